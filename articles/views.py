"""The article list and the article page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from articles.models import Article
from publishing import pages
from publishing.listing import listing
from search.related import batch_of, related_to
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
    return answer(request, pages.build(article))


def answer(request: HttpRequest, page: pages.Page) -> HttpResponse:
    """The page itself, for readers and for an editor's preview alike."""
    related = None if page.withdrawn else related_to(page.document, batch_of(request))
    response = render(request, "articles/article.html", {"page": page, "related": related})
    if page.withdrawn:
        response["X-Robots-Tag"] = "noindex"
    return response
