"""What the views of public forms have in common: who may post, how they refuse, and that nobody keeps their answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from publishing.own_site import is_from_this_site

View = Callable[..., HttpResponse]


def own_site_only(view: View) -> View:
    """A public form's view: takes POST from this site's pages only, without a token, and is never stored by a cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if request.method == "POST" and not is_from_this_site(request):
            return refusal(request, "这次提交不是从本站页面发出的，没有收下。请打开本站的页面再填一次。", 403)
        return view(request, *args, **options)

    # Django's own check wants a cookie, and public pages set none; this decorator takes its place.
    return csrf_exempt(guarded)


def refusal(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """A page that says in one sentence why something was not taken, and what to do."""
    response = render(request, "feedback/refused.html", {"sentence": sentence}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def private(view: View) -> View:
    """Never stored, never indexed: for pages that hold one reader's words."""

    @wraps(view)
    def quiet(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        response = view(request, *args, **options)
        response["X-Robots-Tag"] = "noindex"
        response["Cache-Control"] = "no-store"
        return response

    return quiet
