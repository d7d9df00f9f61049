"""Votes and reports: bound to a version, bounded for each network, answered within three working days."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache

from feedback.helpfulness import Score, lower_bound, unhelpful
from feedback.models import Correction, ErrorReport, HelpfulVote, working_days_after
from feedback.tests.conftest import Reader
from publishing.drafts import open_draft
from publishing.workflow import make_live
from tests.factories import make_article, make_question, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(frozen) -> None:
    frozen("2026-11-23T12:00")


def vote(reader: Reader, page, helpful: str = "yes", revision: int = 1, **fields: str):
    values = {"kind": "question", "page": page.pk, "revision": revision, "helpful": helpful, **fields}
    return reader.post("/feedback/helpful/", values)


def test_yes_and_no_count_for_the_version_that_was_read(reader: Reader) -> None:
    page = make_question()
    assert "谢谢" in vote(reader, page, "yes").content.decode()
    draft = open_draft(page, make_user())
    make_live(draft, None)
    vote(reader, page, "no", revision=1)  # from a cached copy of the first version
    vote(reader, page, "no", revision=2)
    rows = {row["revision"]: (row["yes"], row["no"]) for row in HelpfulVote.objects.by_revision()}
    assert rows == {1: (1, 1), 2: (0, 1)}


def test_a_reason_after_no(reader: Reader) -> None:
    import re

    page = make_question()
    html = vote(reader, page, "no").content.decode()
    signed = re.search(r'name="vote" value="([^"]+)"', html)[1]
    reader.post("/feedback/helpful/reason/", {"vote": signed, "reason": "not_my_case", "comment": "我电话13800138000"})
    row = HelpfulVote.objects.get()
    assert (row.reason, row.comment) == ("not_my_case", "我电话【手机号】")
    reader.post("/feedback/helpful/reason/", {"vote": signed, "reason": "wrong"})  # once only
    assert HelpfulVote.objects.get().reason == "not_my_case"
    assert reader.post("/feedback/helpful/reason/", {"vote": "1:forged", "reason": "wrong"}).status_code == 400


def test_json_for_the_script(reader: Reader) -> None:
    page = make_question()
    values = {"kind": "question", "page": page.pk, "revision": 1, "helpful": "no"}
    answer = reader.post("/feedback/helpful/", values, headers={"accept": "application/json"}).json()
    assert answer["thanks"]
    assert answer["vote"]
    values["revision"] = 7
    response = reader.post("/feedback/helpful/", values, headers={"accept": "application/json"})
    assert (response.status_code, "刷新" in response.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"kind": "question", "revision": "1", "helpful": "maybe"}, 400),
        ({"kind": "question", "revision": "9", "helpful": "yes"}, 400),
        ({"kind": "question", "revision": "0", "helpful": "yes"}, 400),
        ({"kind": "nothing", "revision": "1", "helpful": "yes"}, 404),
        ({"kind": "question", "revision": "1", "helpful": "yes", "website": "x"}, 400),
        ({"kind": "question", "revision": "99999999999999999999", "helpful": "yes"}, 400),
    ],
)
def test_votes_that_are_none(reader: Reader, fields: dict[str, str], status: int) -> None:
    page = make_question()
    assert reader.post("/feedback/helpful/", {"page": page.pk, **fields}).status_code == status
    assert not HelpfulVote.objects.exists()


def test_one_network_has_a_few_votes_a_page(reader: Reader) -> None:
    page, other = make_question(), make_question("备案要带什么？")
    for _ in range(10):
        assert vote(reader, page).status_code == 200
    assert HelpfulVote.objects.count() == 4
    vote(reader, other)
    assert HelpfulVote.objects.count() == 5
    for _ in range(60):
        last = vote(reader, other)
    assert last.status_code == 429


def test_articles_too(reader: Reader) -> None:
    article = make_article()
    reader.post("/feedback/helpful/", {"kind": "article", "page": article.pk, "revision": 1, "helpful": "yes"})
    assert HelpfulVote.objects.about("article", article.pk).count() == 1


def test_few_votes_prove_little() -> None:
    assert lower_bound(0, 0) == 0
    assert lower_bound(3, 3) > lower_bound(1, 1)
    assert lower_bound(10, 20) < 0.5
    assert abs(lower_bound(500, 1000) - 0.5) < 0.03
    assert not Score("question", 1, 1, yes=1, no=5).is_unhelpful  # too few
    assert Score("question", 1, 1, yes=4, no=8).is_unhelpful
    assert not Score("question", 1, 1, yes=80, no=20).is_unhelpful


def test_a_new_version_starts_clean(reader: Reader) -> None:
    page = make_question()
    HelpfulVote.objects.bulk_create(
        HelpfulVote(kind="question", object_id=page.pk, revision=1, helpful=False) for _ in range(12)
    )
    assert [score.object_id for score in unhelpful()] == [page.pk]
    make_live(open_draft(page, make_user()), None)
    assert unhelpful() == []


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2026-11-23", "2026-11-26"),
        ("2026-11-25", "2026-11-30"),
        ("2026-11-27", "2026-12-02"),
        ("2026-11-28", "2026-12-02"),
        ("2026-11-29", "2026-12-02"),
    ],
)
def test_three_working_days(day: str, due: str) -> None:
    assert working_days_after(dt.date.fromisoformat(day), 3) == dt.date.fromisoformat(due)


def test_a_report_with_its_quote(reader: Reader) -> None:
    page = make_question()
    url = f"/feedback/report/question/{page.pk}/"
    response = reader.report(url, doing="帮我爸备案", wrong="电话写错了，应为13800138000", quote="要看参保地。")
    assert "3个工作日内" in response.content.decode()
    report = ErrorReport.objects.get()
    assert (report.wrong, report.quote, report.revision) == ("电话写错了，应为【手机号】", "要看参保地。", 1)
    assert report.due_on == dt.date(2026, 11, 26)
    assert report.document == page
    reader.report(url, doing="帮我爸备案", wrong="电话写错了，应为13800138000", quote="要看参保地。")
    assert ErrorReport.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"wrong": ""}, "哪里不对"), ({"wrong": "错"}, "一句话也行"), ({"wrong": "错" * 1001}, "最多1000字"), ({"wrong": "写错了", "website": "x"}, "请留空"),
     ({"wrong": "看 https://a.cn https://b.cn"}, "不要放网址")],
)  # fmt: skip
def test_a_report_that_is_refused_keeps_its_words(reader: Reader, fields: dict[str, str], sentence: str) -> None:
    page = make_question()
    response = reader.report(f"/feedback/report/question/{page.pk}/", quote="要看参保地。", **fields)
    html = response.content.decode()
    assert response.status_code == 400
    assert sentence in html
    assert "要看参保地。" in html
    assert not ErrorReport.objects.exists()


def test_a_report_at_a_machines_pace(reader: Reader) -> None:
    page = make_question()
    response = reader.report(f"/feedback/report/question/{page.pk}/", wait=0, wrong="写错了")
    assert response.status_code == 400
    assert "太快" in response.content.decode()
    assert "写错了" in response.content.decode()


def test_reports_about_nothing(reader: Reader, client) -> None:
    assert client.get("/feedback/report/question/999/").status_code == 404
    assert client.get("/feedback/report/nothing/1/").status_code == 404


def test_a_correction_is_said_on_the_page_in_one_query(client, django_assert_num_queries) -> None:
    from feedback.page_parts import page_foot
    from publishing.pages import build, find

    page = make_question()
    Correction.objects.create(
        kind="question",
        object_id=page.pk,
        text="原来写“30天”，应为“2个工作日”。",
        wrong_since=dt.date(2026, 11, 1),
        corrected_on=dt.date(2026, 11, 20),
    )
    html = client.get(page.get_absolute_url()).content.decode()
    assert "原来写“30天”" in html
    assert "2026年11月1日起有误" in html
    built = build(find(type(page), page.pk))
    cache.clear()
    with django_assert_num_queries(1):
        assert page_foot(built)["corrections"][0]["text"].startswith("原来写")


def test_the_foot_of_a_page_is_the_same_for_everyone(client) -> None:
    page = make_question()
    first = client.get(page.get_absolute_url()).content
    assert Reader(REMOTE_ADDR="198.51.100.9").get(page.get_absolute_url()).content == first
    assert f'name="page" value="{page.pk}"'.encode() in first
