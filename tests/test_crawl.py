"""The site with its real content: every page answers, every link leads somewhere, every answer is whole."""

from __future__ import annotations

from typing import Any

import pytest

from articles.models import Article
from faq.models import Question
from policies.models import PolicyDocument
from taxonomy.models import Province, Topic
from tests.crawl import TREE, crawl

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_every_page_of_the_site(content, client) -> None:
    visited, broken, invalid, incomplete = set(), {}, {}, {}
    # Filtered lists are endless combinations; a sample of them is visited in test_filters.
    for page in crawl(client, skip=("/admin/", "/search/?", "/filing/", "/faq/?", "/articles/?")):
        visited.add(page.url)
        if page.status not in {200, 301, 302}:
            broken[page.url] = page.status
        if page.errors:
            invalid[page.url] = page.errors[-1]
        if missing := _missing(page.url, page.tree):
            incomplete[page.url] = missing
    assert not broken
    everything = [
        *Question.objects.live(),
        *Article.objects.live(),
        *Topic.objects.all(),
        *Province.objects.all(),
        *PolicyDocument.objects.all(),
    ]
    missing = [row.get_absolute_url() for row in everything if row.get_absolute_url() not in visited]
    assert not missing
    assert not invalid
    assert not incomplete
    assert len([url for url in visited if url.startswith("/faq/")]) > 190


def _missing(url: str, tree: Any) -> list[str]:
    """What an answer page lacks."""
    if not url.startswith("/faq/") or url == "/faq/" or tree is None:
        return []
    attributes = {name for element in tree.iter() for name in element.attrib}
    lacking = [
        name
        for name in (
            "data-short-answer",
            "data-citations",
            "data-related",
            "data-verified-on",
            "data-review-due",
            "data-changes",
        )
        if name not in attributes
    ]
    main = next(tree.iter(f"{TREE}main"))
    if main.get("data-page") != "question" or main.get("id") != "main":
        lacking.append("main")
    for name in ("data-citations", "data-related"):
        block = next((element for element in tree.iter() if name in element.attrib), None)
        if block is not None and not list(block.iter(f"{TREE}a")):
            lacking.append(f"{name} is empty")
    return lacking


@pytest.mark.parametrize("path", ["/faq/", "/articles/"])
def test_filters(content, client, path: str) -> None:
    for topic in Topic.objects.all():
        for province in ("", "jiangsu", "beijing"):
            response = client.get(path, {"topic": topic.slug, "province": province})
            assert response.status_code == 200
            assert topic.name in response.content.decode()


def test_lists_cost_the_same_whatever_their_length(content, client, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(8):
        client.get("/faq/")


def test_an_answer_page_is_cheap(content, client, django_assert_max_num_queries) -> None:
    client.get("/faq/22/")
    with django_assert_max_num_queries(6):
        client.get("/faq/22/")
