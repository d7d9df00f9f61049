"""Sitemaps hold every live page and nothing else, in constant memory, and change only when a page does."""

from __future__ import annotations

import datetime as dt
import tracemalloc

import pytest
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from faq.models import Question, QuestionRevision
from publishing.drafts import open_draft
from publishing.models import Availability
from publishing.workflow import make_live
from seo import sitemaps
from seo.tests.reading import addresses, body, xml
from tests.factories import make_article, make_figure, make_policy, make_question, make_topic

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"


def put_live(numbers: range) -> None:
    """Many live questions at once, each with a short text."""
    now = timezone.now()
    Question.objects.bulk_create([Question(pk=number) for number in numbers], batch_size=500)
    QuestionRevision.objects.bulk_create(
        [QuestionRevision(pk=number, document_id=number, title="问", summary="答") for number in numbers],
        batch_size=500,
    )
    Question.objects.filter(pk__gte=numbers.start).update(
        live=F("id"), availability=Availability.LIVE, changed_at=now, first_published_at=now
    )


def republish(question: Question, *, minor: bool) -> None:
    draft = open_draft(question, None)
    draft.is_minor, draft.title = minor, draft.title + "啊"
    draft.save()
    with transaction.atomic():
        make_live(draft, None)


def test_every_live_page_and_nothing_else(client: Client) -> None:
    question, article, policy = make_question(), make_article(), make_policy()
    for availability in (Availability.UNPUBLISHED, Availability.WITHDRAWN, Availability.GONE):
        other = make_question()
        Question.objects.filter(pk=other.pk).update(availability=availability, withdrawn_on=dt.date(2026, 1, 1))
    found = {address.removeprefix(SITE) for address in addresses(client)}
    assert {path for path in found if path.startswith("/faq/") and path != "/faq/"} == {f"/faq/{question.pk}/"}
    assert {path for path in found if path.startswith("/articles/") and path != "/articles/"} == {
        f"/articles/{article.pk}/"
    }
    assert {policy.get_absolute_url(), "/", "/faq/", "/topics/", "/topics/filing/", "/about/"} <= found
    assert not any(path.startswith(("/admin", "/search", "/api", "/feedback")) for path in found)


def test_the_plain_list_says_the_same(client: Client) -> None:
    make_question()
    response = client.get("/sitemap.txt")
    lines = body(response).decode().splitlines()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert sorted(lines) == sorted(addresses(client))


def test_lastmod_moves_with_major_changes_only(client: Client, frozen) -> None:
    frozen("2026-12-01")
    question = make_question()
    address = f"{SITE}{question.get_absolute_url()}"
    assert addresses(client)[address] == "2026-12-01T12:00:00+08:00"
    frozen("2026-12-05")
    republish(question, minor=True)
    assert addresses(client)[address] == "2026-12-01T12:00:00+08:00"
    assert addresses(client)[f"{SITE}/topics/filing/"] == "2026-12-01T12:00:00+08:00"
    frozen("2026-12-09")
    republish(question, minor=False)
    found = addresses(client)
    assert found[address] == found[f"{SITE}/"] == found[f"{SITE}/topics/filing/"] == "2026-12-09T12:00:00+08:00"
    assert found[f"{SITE}/about/"] is None


def test_a_figure_moves_lastmod_on_the_day_it_takes_effect(client: Client, frozen) -> None:
    frozen("2026-12-01")
    old = make_figure()
    question = make_question(summary="[[filing_days]]。")
    old.in_force_until = dt.date(2026, 12, 31)
    old.save()
    old.parameter.values.create(value="1", in_force_from=dt.date(2027, 1, 1), source_note="测试")
    address = f"{SITE}{question.get_absolute_url()}"
    before = addresses(client)[address]
    frozen("2027-01-02")
    assert before < addresses(client)[address] == "2027-01-01T00:00:00+08:00"


def test_two_builds_without_edits_are_the_same_bytes(client: Client, frozen) -> None:
    frozen("2026-12-01")
    make_question()
    paths = ["/sitemap.xml", "/sitemap-page-0.xml", "/sitemap-question-0.xml", "/sitemap.txt"]
    first = [body(client.get(path)) for path in paths]
    frozen("2026-12-24")
    assert [body(client.get(path)) for path in paths] == first


@pytest.mark.parametrize("path", ["/sitemap.xml", "/sitemap-page-0.xml", "/sitemap-question-0.xml", "/sitemap.txt"])
def test_a_second_visit_costs_304(client: Client, path: str, frozen) -> None:
    frozen("2026-12-01")
    make_question()
    first = client.get(path)
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 304
    frozen("2026-12-02")
    make_question("另一个问题？")
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("path", ["/sitemap-question-7.xml", "/sitemap-nonsense-0.xml", "/sitemap-page-1.xml"])
def test_a_child_that_would_be_empty_is_404(client: Client, path: str) -> None:
    make_question()
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/sitemap.xml", "/sitemap-page-0.xml", "/sitemap-question-0.xml"])
def test_queries_do_not_grow(client: Client, path: str, django_assert_num_queries) -> None:
    put_live(range(1, 3))
    for topic in range(3):
        make_topic(f"栏目{topic}", f"topic-{topic}")
    # Each is produced twice: once for its ETag, once for the visitor.
    with django_assert_num_queries({"/sitemap.xml": 18, "/sitemap-page-0.xml": 12, "/sitemap-question-0.xml": 3}[path]):
        body(client.get(path))
    put_live(range(3, 60))
    with django_assert_num_queries({"/sitemap.xml": 18, "/sitemap-page-0.xml": 12, "/sitemap-question-0.xml": 3}[path]):
        body(client.get(path))


@pytest.mark.slow
def test_25_000_pages_in_children_of_ten_thousand_and_constant_memory(client: Client) -> None:
    put_live(range(1, 25_001))
    found = [xml(client.get(f"/sitemap-question-{block}.xml"), "sitemap.xsd") for block in range(3)]
    assert [len(tree) for tree in found] == [9_999, 10_000, 5_001]
    peaks = []
    for block in (2, 1):  # 5,001 pages, then 10,000
        response = client.get(f"/sitemap-question-{block}.xml")
        tracemalloc.start()
        sizes = [len(chunk) for chunk in response.streaming_content]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert max(sizes) < 40_000
        assert sum(sizes) < 10_000_000
    assert peaks[1] < peaks[0] * 1.3


def test_addresses_are_short_enough_for_baidu() -> None:
    make_question(pk=9_999_999_999)
    assert max(len(sitemaps.absolute(path)) for path in sitemaps.every_address()) <= 256
