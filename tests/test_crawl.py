"""The site with its real content: every page answers, every link leads somewhere, every answer is whole."""

from __future__ import annotations

import html5lib
import pytest
from html5lib.html5parser import ParseError

from articles.models import Article
from faq.models import Question
from policies.models import PolicyDocument
from taxonomy.models import Province, Topic
from tests.crawl import TREE, Visit, crawl

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def visits(content, client) -> dict[str, Visit]:
    # Filtered lists are endless combinations; a sample of them is visited in test_filters.
    found = {}
    for visit in crawl(client, skip=("/admin/", "/search/?", "/filing/", "/faq/?", "/articles/?")):
        found[visit.url] = visit
    return found


def test_every_page_of_the_site(visits: dict[str, Visit]) -> None:
    broken = {url: visit.status for url, visit in visits.items() if visit.status not in {200, 301, 302}}
    assert not broken
    everything = [
        *Question.objects.live(),
        *Article.objects.live(),
        *Topic.objects.all(),
        *Province.objects.all(),
        *PolicyDocument.objects.all(),
    ]
    missing = [row.get_absolute_url() for row in everything if row.get_absolute_url() not in visits]
    assert not missing
    invalid = {}
    for url, visit in visits.items():
        if visit.html and (problem := _problem(visit.html)):
            invalid[url] = problem
    assert not invalid
    incomplete = {url: missing for url, visit in visits.items() if (missing := _missing(url, visit.html))}
    assert not incomplete
    assert len([url for url in visits if url.startswith("/faq/")]) > 190


def _problem(html: str) -> str | None:
    parser = html5lib.HTMLParser(strict=True)
    try:
        parser.parse(html)
    except ParseError as error:
        return f"{error} {parser.errors[-1:]}"
    return None


def _missing(url: str, html: str) -> list[str]:
    """What an answer page lacks."""
    if not url.startswith("/faq/") or url == "/faq/" or not html:
        return []
    tree = html5lib.parse(html)
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
