"""The results page, suggestions, and what is counted, through the public doors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from faq.models import Question
from publishing.models import Availability
from search import querylog
from search.models import IndexEntry, IndexState, Pin, QueryCount, WordSet
from taxonomy.models import Province, Topic

Publish = Callable[..., Question]
OWN = {"origin": "http://testserver"}
LINK = re.compile(r'<a class="row-title" href="(/[a-z]+/\d+/)"')


def page(client: Client, text: str, **more: Any) -> str:
    response = client.get("/search/", {"q": text, **more})
    assert response.status_code == 200
    return response.content.decode()


def links(html: str) -> list[str]:
    return LINK.findall(html.partition("data-results")[2])


def suggested(client: Client, text: str) -> list[str]:
    return [row["label"] for row in json.loads(client.get("/search/suggest/", {"q": text}).content)["suggestions"]]


def test_a_row_says_what_a_reader_needs(publish: Publish, client: Client) -> None:
    topic = Topic.objects.create(name="转诊转院", slug="referral")
    question = publish(
        "转诊单哪里开？", summary="由参保地规定的医院开。", body="先看医生。转诊单要盖章才有用。", topics=[topic]
    )
    html = page(client, "转诊单盖章")
    assert links(html) == [question.get_absolute_url()]
    assert "由参保地规定的医院开。" in html
    assert "转诊转院" in html
    assert "<mark>" in html
    assert 'data-page="search"' in html
    assert '<meta name="robots" content="noindex">' in html


def test_headers(publish: Publish, client: Client) -> None:
    response = client.get("/search/", {"q": "备案"})
    assert response["X-Robots-Tag"] == "noindex"
    assert "s-maxage" not in response["Cache-Control"]
    assert not response.cookies
    assert "max-age=600" in client.get("/search/suggest/", {"q": "备案"})["Cache-Control"]


@pytest.mark.parametrize(
    "text",
    [
        "备" * 10_000, "\x01\x02备案\x7f", "🍎👵🏻备案", '" OR * NEAR(备案', "备案'; DROP TABLE faq_question; --", "<b>备案</b><script>alert(1)</script>",
        "head_tokens : 备案", "备案 AND NOT 备案", "{备案}^2", "'备案':* & !'x' | (", "%_备案\\", "备案" + "\u202e\u200b",
    ],
)  # fmt: skip
def test_bad_input_is_only_text(publish: Publish, client: Client, text: str) -> None:
    publish("备案怎么办？")
    html = page(client, text)
    assert "<script>alert" not in html
    assert client.get("/search/suggest/", {"q": text}).status_code == 200
    assert Question.objects.count() == 1


def test_without_a_query_the_page_helps(publish: Publish, client: Client) -> None:
    publish("备案怎么办？")
    html = client.get("/search/").content.decode()
    assert "<h1>搜索</h1>" in html
    assert QueryCount.objects.count() == 0


def test_nothing_found_leads_on(publish: Publish, client: Client) -> None:
    Topic.objects.create(name="异地备案", slug="filing")
    html = page(client, "量子纠缠")
    assert "data-no-results" in html
    assert "12393" in html
    assert "/ask/" in html
    assert "异地备案" in html


def test_pages(publish: Publish, client: Client) -> None:
    for number in range(12):
        publish(f"备案第{number}问怎么办？")
    first, second = links(page(client, "备案")), links(page(client, "备案", page=2))
    assert (len(first), len(second)) == (10, 2)
    assert not set(first) & set(second)
    assert client.get("/search/", {"q": "备案", "page": 3}).status_code == 404
    assert client.get("/search/", {"q": "备案", "page": "x"}).status_code == 404


def test_facets_count_what_a_click_finds(publish: Publish, client: Client) -> None:
    topics = [
        Topic.objects.create(name=name, slug=slug) for name, slug in (("异地备案", "filing"), ("药店购药", "pharmacy"))
    ]
    place = Province.objects.create(code="440000", name="广东省", short_name="广东", slug="guangdong", region="east")
    publish("备案怎么办？", topics=topics)
    publish("备案去哪办？", topics=topics[:1], provinces=[place])
    publish("备案以后怎么买药？", topics=topics[1:])
    html = page(client, "备案")
    for slug, name, count in (("filing", "异地备案", 2), ("pharmacy", "药店购药", 2)):
        assert f"{name} <span>{count}</span>" in html
        assert len(links(page(client, "备案", topic=slug))) == count
    assert "广东 <span>3</span>" in html
    assert len(links(page(client, "备案", province="guangdong"))) == 3
    assert len(links(page(client, "备案", province="guangdong", topic="filing"))) == 2
    assert client.get("/search/", {"q": "备案", "topic": "nothing"}).status_code == 404


def test_filters_in_force_stand_above_the_closed_list_and_come_off_alone(publish: Publish, client: Client) -> None:
    topic = Topic.objects.create(name="异地备案", slug="filing")
    place = Province.objects.create(code="440000", name="广东省", short_name="广东", slug="guangdong", region="east")
    publish("备案怎么办？", topics=[topic], provinces=[place])
    assert 'class="chosen"' not in page(client, "备案")
    html = page(client, "备案", topic="filing", province="guangdong")
    chosen = html.split('class="chosen"')[1].split("</ul>")[0]
    kept = re.findall(r'href="\?q=[^&"]+&amp;(\w+=\w+)">', chosen)
    assert kept == ["province=guangdong", "topic=filing"]
    assert "<details open" not in html
    assert '<details class="facets">' in html


def test_a_clear_winner_is_answered_on_top(publish: Publish, client: Client) -> None:
    publish("转诊单哪里开？", summary="由参保地规定的医院开。")
    publish("备案怎么办？", body="转诊单以后再说")
    assert "data-answer" in page(client, "转诊单哪里开")
    assert "data-answer" not in page(client, "办")


def test_lines_without_a_full_stop_do_not_run_together_in_a_passage(publish: Publish, client: Client) -> None:
    publish("转诊怎么办？", body="<p>带好转诊单</p><p>先看医生，再说。</p>")
    assert "</mark>。先看医生，再说。" in page(client, "转诊单")


def test_partial_matches_are_said_openly(publish: Publish, client: Client) -> None:
    publish("透析怎么做？")
    publish("药店怎么刷？")
    assert "没有同时包含“透析”“药店”的结果" in page(client, "透析 药店")
    publish("透析病人去药店怎么刷？")
    assert "没有同时包含" not in page(client, "透析 药店")


def test_pinned_results_stand_first_while_they_live(publish: Publish, client: Client) -> None:
    usual, pinned = publish("备案怎么办？"), publish("医保码怎么激活？")
    Pin.objects.create(query="备案！", object_id=pinned.pk)
    assert links(page(client, "备案")) == [pinned.get_absolute_url(), usual.get_absolute_url()]
    Question.objects.filter(pk=pinned.pk).update(availability=Availability.UNPUBLISHED)
    assert links(page(client, "备案")) == [usual.get_absolute_url()]


def test_what_is_not_live_is_never_shown_even_if_the_index_is_wrong(publish: Publish, client: Client) -> None:
    question = publish("备案怎么办？")
    Question.objects.filter(pk=question.pk).update(availability=Availability.GONE)
    assert IndexEntry.objects.exists()
    assert links(page(client, "备案")) == []


@pytest.mark.parametrize("damage", ["stale", "missing"])
def test_a_broken_index_falls_back_to_titles(
    publish: Publish, client: Client, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    question = publish("备案怎么办？")
    if damage == "stale":
        IndexState.objects.update(scheme=0)
    else:
        table = "search_fts" if connection.vendor == "sqlite" else "search_indexentry"
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    html = page(client, "备案")
    assert links(html) == [question.get_absolute_url()]
    assert "只按标题查找" in html
    assert "rebuild_search" in caplog.text
    assert client.get("/search/suggest/", {"q": "备案"}).status_code == 200


def test_queries_are_pinned(publish: Publish, client: Client) -> None:
    for number in range(12):
        publish(f"备案第{number}问怎么办？")
    client.get("/search/", {"q": "备案"})
    with CaptureQueriesContext(connection) as queries:
        client.get("/search/", {"q": "备案"})
    assert len([one for one in queries if "PRAGMA" not in one["sql"] and "SAVEPOINT" not in one["sql"]]) <= 14


def test_suggestions(publish: Publish, client: Client, settled: Callable[[], None]) -> None:
    Topic.objects.create(name="异地备案", slug="filing")
    Province.objects.create(code="440000", name="广东省", short_name="广东", slug="guangdong", region="east")
    publish("转诊单哪里开？")
    publish("异地转诊备案多久有效？")
    settled()
    assert suggested(client, "转诊") == ["转诊单哪里开？", "异地转诊备案多久有效？"]  # what begins so stands first
    assert suggested(client, "诊单") == ["转诊单哪里开？"]
    assert suggested(client, "zhuanzhend") == ["转诊单哪里开？"]
    assert suggested(client, "zzd") == ["转诊单哪里开？"]
    assert suggested(client, "异地备")[0] == "异地备案"
    assert suggested(client, "ydba")[0] == "异地备案"
    assert suggested(client, "广")[:1] != ["广东"]
    assert suggested(client, "广东") == ["广东"]
    assert suggested(client, "guangd") == ["广东"]
    assert suggested(client, "") == []


def test_queries_are_counted_by_day_and_masked(publish: Publish, client: Client, frozen: Callable[..., None]) -> None:
    frozen("2026-11-22")
    publish("备案怎么办？")
    for text in ("备案", "備案", "量子纠缠", "我的手机13812345678备案"):
        page(client, text)
    rows = {row.query: row for row in QueryCount.objects.all()}
    assert (rows["备案"].searches, rows["备案"].empty) == (2, 0)
    assert rows["量子纠缠"].empty == 1
    assert not any("13812345678" in query for query in rows)
    fields = {field.name for field in QueryCount._meta.get_fields()}
    assert fields == {"id", "day", "query", "searches", "empty", "clicks"}


def test_an_opened_result_is_counted_only_for_a_query_of_today(publish: Publish, client: Client) -> None:
    publish("备案怎么办？")
    page(client, "备案")
    assert client.post("/search/opened/", {"q": "备案"}, headers=OWN).status_code == 204
    assert client.post("/search/opened/", {"q": "别的"}, headers=OWN).status_code == 204
    assert client.post("/search/opened/", {"q": "备案"}, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.get("/search/opened/").status_code == 405
    assert [(row.query, row.clicks) for row in QueryCount.objects.all()] == [("备案", 1)]


def test_old_counts_are_forgotten(db: None, frozen: Callable[..., None]) -> None:
    frozen("2026-01-01")
    querylog.record("备案", found=True)
    frozen("2026-11-22")
    assert querylog.forget() == "1 old counts dropped"
    assert querylog.forget() == ""


def test_one_click_makes_a_query_a_search_term(publish: Publish, client: Client) -> None:
    question = publish("转诊单哪里开？")
    page(client, "介绍信")
    editor = get_user_model().objects.create_superuser("editor", password="x")
    client.force_login(editor)
    report = client.get("/admin/search/querycount/report/empty/").content.decode()
    assert "介绍信" in report
    answer = client.post(
        "/admin/search/querycount/take/", {"query": "介绍信", "question": question.pk, "report": "empty"}
    )
    assert answer.status_code == 302
    assert links(page(client, "介绍信")) == [question.get_absolute_url()]
    question.refresh_from_db()
    assert question.search_terms == "介绍信"


def test_reports_say_what_nobody_opened(publish: Publish, client: Client) -> None:
    publish("转诊单哪里开？")
    publish("备案怎么办？")
    page(client, "转诊单")
    page(client, "备案")
    client.post("/search/opened/", {"q": "备案"}, headers=OWN)
    client.force_login(get_user_model().objects.create_superuser("editor", password="x"))
    report = client.get("/admin/search/querycount/report/unopened/").content.decode()
    assert "转诊单</a>" in report
    assert "备案</a></th>" not in report
    assert client.get("/admin/search/querycount/").status_code == 200


def test_the_reports_are_for_editors(publish: Publish, client: Client) -> None:
    question = publish("备案怎么办？")
    assert client.get("/admin/search/querycount/report/empty/").status_code == 302
    client.force_login(get_user_model().objects.create_user("nobody", password="x", is_staff=True))
    assert client.get("/admin/search/querycount/report/empty/").status_code == 403
    assert client.post("/admin/search/querycount/take/", {"query": "x", "question": question.pk}).status_code == 403


def test_a_pin_to_nowhere_is_refused(publish: Publish, client: Client) -> None:
    client.force_login(get_user_model().objects.create_superuser("editor", password="x"))
    response = client.post(
        "/admin/search/pin/add/", {"query": "备案", "kind": "question", "object_id": 999, "position": 1}
    )
    assert "不存在或还没有发布" in response.content.decode()
    assert not Pin.objects.exists()


def test_a_word_set_of_one_word_is_refused(db: None, client: Client) -> None:
    client.force_login(get_user_model().objects.create_superuser("editor", password="x"))
    response = client.post(
        "/admin/search/wordset/add/", {"name": "试", "kind": "synonym", "words": "备案", "active": "on"}
    )
    assert "至少要写2个词" in response.content.decode()
    assert not WordSet.objects.exists()
