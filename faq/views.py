"""The question list and the answer page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from faq.models import Question
from publishing.listing import listing
from publishing.pages import Page
from search import document_pages
from taxonomy.models import Province, Topic

TEMPLATE = "faq/question.html"


def question_list(request: HttpRequest) -> HttpResponse:
    """All questions, filtered by topic and province."""
    found = listing(request, Question.objects.all())
    context = {"listing": found, "topics": Topic.objects.order_by("order"), "provinces": Province.objects.all()}
    return render(request, "faq/list.html", context)


def question_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One question and its answer, or how the page ended."""
    return document_pages.detail(request, Question, pk, TEMPLATE)


def answer(request: HttpRequest, page: Page) -> HttpResponse:
    """The page itself, for an editor's preview."""
    return document_pages.answer(request, page, TEMPLATE)
