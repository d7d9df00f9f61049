"""The editors' side: deciding in the admin, and the queues of the desk."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from feedback import queues
from feedback.models import (
    AskedWording,
    Correction,
    DailyViews,
    HelpfulVote,
    Inbox,
    ReaderQuestion,
)
from feedback.tests.scenes import asked, logged_in, reported
from publishing.roles import Role
from tests.factories import make_question, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("verb", "fields", "state"),
    [("spam", {}, Inbox.SPAM), ("out_of_scope", {"reply": "请问12393。"}, Inbox.OUT_OF_SCOPE)],
)
def test_closing_in_the_admin(verb: str, fields: dict[str, str], state: Inbox) -> None:
    client, user = logged_in(Role.WRITER)
    question = asked()
    client.post(f"/admin/feedback/readerquestion/{question.pk}/change/", {"verb": verb, **fields})
    question.refresh_from_db()
    assert (question.state, question.reply, question.handled_by) == (state, fields.get("reply", ""), user)


def test_the_page_shows_the_like_and_the_nearest_and_answers_all_of_them() -> None:
    answer = make_question("去外省住院要先备案吗？")
    first, second = asked(), asked("去上海住院要不要先备案呢？")
    other = asked("门诊慢特病的药能网购吗？")
    client, _ = logged_in()
    url = f"/admin/feedback/readerquestion/{first.pk}/change/"
    html = client.get(url).content.decode()
    assert "去上海住院要不要先备案呢？" in html
    assert f'name="answer" value="{answer.pk}"' in html
    assert "一共2条" in html
    client.post(url, {"verb": "answer", "answer": answer.pk, "whole_cluster": "on"})
    states = dict(ReaderQuestion.objects.values_list("pk", "state"))
    assert states == {first.pk: Inbox.ANSWERED, second.pk: Inbox.ANSWERED, other.pk: Inbox.RECEIVED}


def test_a_draft_from_the_admin_opens_the_text() -> None:
    client, _ = logged_in(Role.WRITER)
    question = asked()
    response = client.post(
        f"/admin/feedback/readerquestion/{question.pk}/change/", {"verb": "draft", "title": "去外省住院要先备案吗？"}
    )
    question.refresh_from_db()
    assert response["Location"] == f"/admin/faq/question/{question.answer_id}/draft/"
    assert client.get(response["Location"], follow=True).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"verb": "answer"},
        {"verb": "answer", "answer": "999"},
        {"verb": "merge", "target": "999"},
        {"verb": "nonsense"},
        {"verb": "answer", "answer": "x"},
    ],
)
def test_a_decision_that_is_none_changes_nothing(fields: dict[str, str]) -> None:
    client, _ = logged_in()
    question = asked()
    response = client.post(f"/admin/feedback/readerquestion/{question.pk}/change/", fields, follow=True)
    assert response.status_code == 200
    assert response.context["messages"]
    question.refresh_from_db()
    assert question.state == Inbox.RECEIVED


def test_strangers_see_nothing() -> None:
    question = asked()
    client, _ = logged_in(role=None)
    for path in ("readerquestion/", f"readerquestion/{question.pk}/change/", "helpfulvote/", "errorreport/"):
        assert client.get(f"/admin/feedback/{path}").status_code == 403
    assert Client().get(f"/admin/feedback/readerquestion/{question.pk}/change/").status_code == 302


def test_what_most_people_ask_comes_first_in_few_queries(django_assert_max_num_queries) -> None:
    for number in range(20):
        asked(f"门诊慢特病的药能网购吗{number}")
    single = asked("住院押金能不能退？")
    client, _ = logged_in()
    client.get("/admin/feedback/readerquestion/")
    with django_assert_max_num_queries(14):
        response = client.get("/admin/feedback/readerquestion/")
    assert response.context["cl"].result_list[len(response.context["cl"].result_list) - 1].pk == single.pk
    with django_assert_max_num_queries(10):
        clusters = client.get("/admin/feedback/questioncluster/")
    assert clusters.context["cl"].result_list[0].waiting == 20


def test_every_changelist_opens() -> None:
    page = make_question()
    asked(), reported(page)
    HelpfulVote.objects.create(
        kind="question", object_id=page.pk, revision=1, helpful=False, reason="wrong", comment="过时了"
    )
    DailyViews.objects.create(kind="question", object_id=page.pk, day="2026-11-20", views=3)
    AskedWording.objects.create(wording="外省住院要备案吗", question=page)
    client, _ = logged_in(Role.ADMINISTRATOR, is_superuser=True)
    for name in (
        "readerquestion",
        "questioncluster",
        "askedwording",
        "errorreport",
        "correction",
        "helpfulvote",
        "dailyviews",
        "editorprofile",
    ):
        assert client.get(f"/admin/feedback/{name}/").status_code == 200
    html = client.get("/admin/feedback/helpfulvote/").content.decode()
    assert "内容不对或过时了 1" in html
    assert "过时了" in html


def test_a_corrected_report_is_said_on_the_page(frozen) -> None:
    frozen("2026-11-23")
    page = make_question()
    report = reported(page)
    client, user = logged_in()
    url = f"/admin/feedback/errorreport/{report.pk}/change/"
    assert "请写更正说明" in client.post(url, {"state": "corrected"}).content.decode()
    assert "请告诉读者为什么" in client.post(url, {"state": "confirmed"}).content.decode()
    words = {
        "state": "corrected",
        "correction": "原来写“30天”，应为“2个工作日”。",
        "wrong_since": "2026-11-01",
        "reply": "您说得对，已改。",
    }
    client.post(url, words)
    report.refresh_from_db()
    assert (report.state, report.handled_by) == ("corrected", user)
    assert Correction.objects.get().report == report
    assert "原来写“30天”" in Client().get(page.get_absolute_url()).content.decode()


def test_a_correction_by_hand_is_about_a_page_that_is_there() -> None:
    page = make_question()
    client, _ = logged_in(Role.ADMINISTRATOR, is_superuser=True)
    sent = {"kind": "question", "object_id": page.pk, "text": "原来写三天，应为五天。", "corrected_on": "2026-11-23"}
    url = "/admin/feedback/correction/add/"
    for wrong in ({"kind": "{{ request }}"}, {"kind": "article"}, {"object_id": page.pk + 1}, {"object_id": "9" * 18}):
        assert client.post(url, sent | wrong).status_code == 200, wrong
    assert not Correction.objects.exists()
    assert client.post(url, sent).status_code == 302
    assert "应为五天" in Client().get(page.get_absolute_url()).content.decode()


def test_queues_count_what_waits(frozen) -> None:
    frozen("2026-11-23")
    page = make_question()
    asked(), asked("二"), reported(page)
    HelpfulVote.objects.bulk_create(
        HelpfulVote(kind="question", object_id=page.pk, revision=1, helpful=False) for _ in range(12)
    )
    request = RequestFactory().get("/admin/")
    request.user = make_user(role=Role.WRITER)
    entries = [queue(request)[0] for queue in (queues.open_reports, queues.waiting_questions, queues.unhelpful_pages)]
    assert [(entry.label, entry.count) for entry in entries] == [("报错", 1), ("提问", 2), ("页面", 1)]
    frozen("2026-11-27")
    assert queues.open_reports(request)[0].label == "报错（其中1条超过期限）"
    client, _ = logged_in()
    for entry in entries:
        assert client.get(entry.url).status_code == 200
    request.user = make_user()
    assert queues.open_reports(request) == queues.waiting_questions(request) == queues.unhelpful_pages(request) == []
