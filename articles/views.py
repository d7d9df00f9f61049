"""The article list and the article page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from articles.models import Article
from publishing.listing import listing
from publishing.pages import Page
from search import document_pages
from taxonomy.models import Province, Topic

TEMPLATE = "articles/article.html"


def article_list(request: HttpRequest) -> HttpResponse:
    """All articles, filtered by topic and province."""
    found = listing(request, Article.objects.all())
    context = {"listing": found, "topics": Topic.objects.order_by("order"), "provinces": Province.objects.all()}
    return render(request, "articles/list.html", context)


def article_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One article, or how the page ended."""
    return document_pages.detail(request, Article, pk, TEMPLATE)


def answer(request: HttpRequest, page: Page) -> HttpResponse:
    """The page itself, for an editor's preview."""
    return document_pages.answer(request, page, TEMPLATE)
