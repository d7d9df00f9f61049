"""The question list and the answer page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from faq.models import Question
from publishing import pages
from publishing.listing import listing
from search.models import RelatedRow
from search.related import batch_of, related, related_to, rows_of
from taxonomy.models import Province, Topic


def question_list(request: HttpRequest) -> HttpResponse:
    """All questions, filtered by topic and province."""
    found = listing(request, Question.objects.all())
    context = {"listing": found, "topics": Topic.objects.order_by("order"), "provinces": Province.objects.all()}
    return render(request, "faq/list.html", context)


def question_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One question and its answer, or how the page ended."""
    question = pages.find(Question.objects.all(), pk)
    if response := pages.ending(request, question):
        return response
    rows = rows_of(question)
    return answer(request, pages.build(question, beside=[row.summary for row in rows]), rows)


def answer(request: HttpRequest, page: pages.Page, rows: list[RelatedRow] | None = None) -> HttpResponse:
    """The page itself, for readers and for an editor's preview alike."""
    batch = batch_of(request)
    if page.withdrawn:
        links = None
    elif rows is None:
        links = related_to(page.document, batch)
    else:
        links = related(rows, batch, page.text.read)
    response = render(request, "faq/question.html", {"page": page, "related": links})
    if page.withdrawn:
        response["X-Robots-Tag"] = "noindex"
    return response
