"""A document's page with the links to related ones below it; the same for every content type."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from publishing import pages
from publishing.models import Document
from search.models import RelatedRow
from search.related import batch_of, related, related_to, rows_of


def detail(request: HttpRequest, model: type[Document], pk: int, template: str) -> HttpResponse:
    """The page of a document of this type, or how it ended."""
    document = pages.find(model, pk)
    if response := pages.ending(request, document):
        return response
    rows = rows_of(document)
    return answer(request, pages.build(document, beside=[row.summary for row in rows]), template, rows)


def answer(request: HttpRequest, page: pages.Page, template: str, rows: list[RelatedRow] | None = None) -> HttpResponse:
    """The page itself, for readers and for an editor's preview alike; `rows` are its links where they were read already."""
    batch = batch_of(request)
    if page.withdrawn:
        links = None
    elif rows is None:
        links = related_to(page.document, batch)
    else:
        links = related(rows, batch, page.text.read)
    response = render(request, template, {"page": page, "related": links})
    if page.withdrawn:
        response["X-Robots-Tag"] = "noindex"
    return response
