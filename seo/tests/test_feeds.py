"""Feeds: valid, stable ids, real dates, and nothing an editor types can break them."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from policies.characters import legal
from seo import feeds
from seo.tests.reading import NAMES, body, xml
from seo.tests.test_sitemaps import republish
from seo.tests.test_xml import NASTY
from tests.factories import make_article, make_province, make_question, make_topic

PATHS = ["/feed.atom", "/topics/filing/feed.atom"]
SITE = "http://127.0.0.1:8000"
MOMENT = dt.datetime(2026, 12, 1, 4, tzinfo=dt.UTC)


def titles(client: Client, path: str) -> list[str]:
    tree = xml(client.get(path), "atom.rng")
    return [entry.findtext("a:title", namespaces=NAMES) for entry in tree.findall("a:entry", NAMES)]


@pytest.mark.django_db
class TestFeeds:
    def test_newest_first_with_stable_ids(self, client: Client, frozen) -> None:
        frozen("2026-12-01")
        old, new = make_question("旧的？"), make_article("新的")
        ids = [entry.id for entry in feeds.entries()]
        frozen("2026-12-02")
        republish(old, minor=False)
        assert titles(client, "/feed.atom") == ["旧的？啊", "新的"]
        assert {entry.id for entry in feeds.entries()} == set(ids)
        entry = feeds.entries()[0]
        assert (entry.published.day, entry.updated.day) == (1, 2)
        frozen("2026-12-03")
        republish(new, minor=True)
        assert feeds.entries()[1].updated.day == 1

    def test_of_a_topic_and_of_a_province(self, client: Client) -> None:
        province = make_province()
        make_question("江苏的？", provinces=[province])
        make_question("别的？", topics=[make_topic("急诊", "emergency")])
        assert titles(client, "/topics/filing/feed.atom") == ["江苏的？"]
        assert titles(client, "/provinces/jiangsu/feed.atom") == ["江苏的？"]
        assert client.get("/topics/nothing/feed.atom").status_code == 404

    @pytest.mark.parametrize("path", PATHS)
    def test_it_says_where_it_is_and_what_it_follows(self, client: Client, path: str) -> None:
        make_question()
        tree = xml(client.get(path), "atom.rng")
        links = {link.get("rel"): link.get("href") for link in tree.findall("a:link", NAMES)}
        assert links == {"self": SITE + path, "alternate": SITE + path.removesuffix("feed.atom")}
        assert client.get(path)["Content-Type"] == "application/atom+xml; charset=utf-8"

    def test_an_empty_feed_is_valid(self, client: Client) -> None:
        assert titles(client, "/feed.atom") == []
        assert json.loads(body(client.get("/feed.json")))["items"] == []

    def test_json_feed(self, client: Client, frozen) -> None:
        frozen("2026-12-01")
        question = make_question(topics=[make_topic()])
        response = client.get("/feed.json")
        feed = json.loads(body(response))
        assert response["Content-Type"] == "application/feed+json; charset=utf-8"
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert feed["items"] == [
            {
                "id": f"tag:127.0.0.1,2026:question/{question.pk}",
                "url": f"http://127.0.0.1:8000/faq/{question.pk}/",
                "title": question.live.title,
                "content_text": question.live.summary,
                "date_published": "2026-12-01T12:00:00+08:00",
                "date_modified": "2026-12-01T12:00:00+08:00",
                "tags": ["异地备案"],
            }
        ]

    @pytest.mark.parametrize("path", [*PATHS, "/feed.json"])
    def test_a_second_visit_costs_304(self, client: Client, path: str) -> None:
        make_question()
        etag = client.get(path)["ETag"]
        assert client.get(path, headers={"if-none-match": etag}).status_code == 304

    def test_queries_do_not_grow(self, client: Client, django_assert_num_queries) -> None:
        for number in range(3):
            make_question(f"问{number}？")
            make_article(f"文{number}")
        with django_assert_num_queries(8):
            client.get("/feed.atom")
        for number in range(9):
            make_question(f"又问{number}？")
        with django_assert_num_queries(8):
            client.get("/feed.atom")

    def test_no_more_than_fifty(self, client: Client) -> None:
        for number in range(52):
            make_question(f"问{number}？")
        assert len(titles(client, "/feed.atom")) == 50

    def test_nasty_words_in_a_live_page(self, client: Client) -> None:
        title = "]]></title><script>alert(1)</script>😀&amp;？"
        make_question(title, summary="</summary>" + "长" * 350)
        assert titles(client, "/feed.atom") == [title]
        assert json.loads(body(client.get("/feed.json")))["items"][0]["title"] == title


def entry(text: str) -> feeds.Entry:
    return feeds.Entry("tag:x,2026:question/1", "http://x/faq/1/", text, text, MOMENT, MOMENT, (text or "无",))


@pytest.mark.parametrize("text", NASTY)
def test_nasty_text(text: str) -> None:
    tree = xml(feeds.atom_text("全部", "/", "/feed.atom", [entry(text)]).encode(), "atom.rng") if legal(text) else None
    if tree is not None:
        assert tree.findtext("a:entry/a:title", namespaces=NAMES) == legal(text)
    json.loads(feeds.json_text([entry(text)]).encode())


@hypothesis_settings(deadline=None)
@given(st.text(alphabet=st.characters(), min_size=1))
def test_any_text_in_any_place(text: str) -> None:
    if legal(text):
        xml(feeds.atom_text(text, "/", "/feed.atom", [entry(text)]).encode(), "atom.rng")
    json.loads(feeds.json_text([entry(text)]).encode())
