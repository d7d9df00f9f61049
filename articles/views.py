"""The article list and the article page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from articles.models import Article
from publishing import pages
from publishing.listing import listing
from search.models import RelatedRow
from search.related import batch_of, related, related_to, rows_of
from taxonomy.models import Province, Topic


def article_list(request: HttpRequest) -> HttpResponse:
    """All articles, filtered by topic and province."""
    found = listing(request, Article.objects.all())
    context = {"listing": found, "topics": Topic.objects.order_by("order"), "provinces": Province.objects.all()}
    return render(request, "articles/list.html", context)


def article_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One article, or how the page ended."""
    article = pages.find(Article.objects.all(), pk)
    if response := pages.ending(request, article):
        return response
    rows = rows_of(article)
    return answer(request, pages.build(article, beside=[row.summary for row in rows]), rows)


def answer(request: HttpRequest, page: pages.Page, rows: list[RelatedRow] | None = None) -> HttpResponse:
    """The page itself, for readers and for an editor's preview alike."""
    batch = batch_of(request)
    if page.withdrawn:
        links = None
    elif rows is None:
        links = related_to(page.document, batch)
    else:
        links = related(rows, batch, page.text.read)
    response = render(request, "articles/article.html", {"page": page, "related": links})
    if page.withdrawn:
        response["X-Robots-Tag"] = "noindex"
    return response
