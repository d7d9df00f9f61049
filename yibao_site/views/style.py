"""The living style page."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from faq.models import Question
from publishing.listed import listed
from yibao_site.views.places import provinces_by_region

COLOUR_TOKEN = re.compile(r"--([a-z-]+): #")


def style(request: HttpRequest) -> HttpResponse:
    """Every component with its real template and style; only while DEBUG is on."""
    if not settings.DEBUG:
        raise Http404("只在开发时有")
    css = (settings.BASE_DIR / "static" / "css" / "site.css").read_text(encoding="utf-8")
    context = {
        "colours": list(dict.fromkeys(COLOUR_TOKEN.findall(css))),
        "questions": listed(Question, Question.objects.numbers(3)),
        "regions": provinces_by_region()[:2],
    }
    return render(request, "style.html", context)
