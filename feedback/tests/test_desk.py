"""The editors' side: deciding about questions and reports, queues, profiles, mails, and what is deleted when."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.test import Client, RequestFactory
from django.utils import timezone

from faq.models import Question
from feedback import notices, queues, retention, triage
from feedback.clusters import cluster_for, likeness, tokens
from feedback.models import (
    AskedWording,
    Contact,
    Correction,
    CountedBatch,
    DailyViews,
    EditorProfile,
    ErrorReport,
    HelpfulVote,
    Inbox,
    QuestionCluster,
    ReaderQuestion,
)
from publishing.housekeeping import jobs
from publishing.models import Origin
from publishing.roles import Role
from publishing.workflow import make_live
from tests.factories import draft_question, make_question, make_user, numbers

pytestmark = pytest.mark.django_db


def asked(text: str = "去上海住院要不要先备案？", email: str = "", **fields: Any) -> ReaderQuestion:
    question = ReaderQuestion.objects.create(
        text=text, receipt=f"digest{next(numbers)}", cluster=cluster_for(text), **fields
    )
    if email:
        Contact.objects.create(question=question, email=email)
    return question


def reported(page: Question, **fields: Any) -> ErrorReport:
    defaults = {"wrong": "第三步写错了", "revision": 1, "receipt": f"digest{next(numbers)}"}
    return ErrorReport.objects.create(kind="question", object_id=page.pk, **{**defaults, **fields})


def logged_in(role: Role = Role.REVIEWER, **fields: Any) -> tuple[Client, Any]:
    user, client = make_user(role=role, **fields), Client()
    client.force_login(user)
    return client, user


# Clusters


def test_likeness_is_between_nothing_and_all() -> None:
    one = tokens("江苏参保去上海住院要不要备案")
    assert likeness(one, one) == 1
    assert likeness(one, tokens("")) == 0
    assert likeness(one, tokens("江苏参保，到上海住院，要不要备案？")) > 0.6
    assert likeness(one, tokens("门诊慢特病的药能网购吗")) < 0.2


# Verbs


def test_answered_by_what_is_there() -> None:
    question, answer, user = asked(), make_question(), make_user()
    triage.answer_with([question], answer, user, "看这里，电话13800138000")
    question.refresh_from_db()
    assert (question.state, question.answer, question.handled_by) == (Inbox.ANSWERED, answer, user)
    assert question.closed_at
    assert question.reply == "看这里，电话【手机号】"
    with pytest.raises(triage.Refused):
        triage.answer_with([question], draft_question().document, user)


def test_a_new_answer_is_a_draft_of_its_own_and_publishing_it_answers(frozen) -> None:
    questions, user = [asked(), asked("去上海住院要先备案吗？")], make_user()
    with pytest.raises(triage.Refused):
        triage.write_answer(questions, " ", user)
    with pytest.raises(triage.Refused):
        triage.write_answer(questions, "我叫张三怎么备案", user)
    document = triage.write_answer(questions, "去外省住院要先备案吗？", user)
    assert document.origin == Origin.READER
    draft = document.working_revision
    assert (draft.title, draft.author, draft.body) == ("去外省住院要先备案吗？", user, "")
    assert all(question.text not in draft.title for question in questions)
    assert set(ReaderQuestion.objects.values_list("state", flat=True)) == {Inbox.DRAFTING}
    make_live(draft, None)
    assert set(ReaderQuestion.objects.values_list("state", flat=True)) == {Inbox.ANSWERED}
    assert ReaderQuestion.objects.filter(closed_at__isnull=True).count() == 0


def test_merging_leads_to_the_first_and_never_in_a_circle() -> None:
    first, second, third, user = asked(), asked("二"), asked("三"), make_user()
    triage.merge_into(second, first, user)
    triage.merge_into(third, second, user)
    third.refresh_from_db()
    assert third.merged_into == first
    with pytest.raises(triage.Refused):
        triage.merge_into(first, third, user)


# The admin


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


# Queues


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


# Mails


def test_a_mail_once_there_is_an_answer_and_only_one(settings) -> None:
    settings.SITE_URL = "https://example.org"
    question, answer = (
        asked("去上海住院要不要先备案？", email="li@example.org"),
        make_question("去外省住院要先备案吗？"),
    )
    assert notices.notify() == ""
    triage.answer_with([question], answer, make_user())
    assert notices.notify() == "1 readers notified"
    assert notices.notify() == ""
    (message,) = mail.outbox
    assert message.to == ["li@example.org"]
    assert f"https://example.org/faq/{answer.pk}/" in message.body
    assert question.text not in message.body


def test_a_mail_that_fails_is_tried_again_and_names_nobody(settings, caplog) -> None:
    question, answer = asked(email="li@example.org"), make_question()
    triage.answer_with([question], answer, make_user())
    good, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert notices.notify() == ""
    assert "was not sent" in caplog.text
    assert "li@example.org" not in caplog.text
    settings.EMAIL_BACKEND = good
    assert notices.notify() == "1 readers notified"


# Retention


def test_what_is_deleted_when(frozen) -> None:
    start = dt.date(2026, 1, 5)
    frozen(start)
    page, user = make_question(), make_user()
    answered, waiting = asked(email="li@example.org"), asked("没人处理的问题", email="wang@example.org")
    triage.answer_with([answered], page, user)
    reported(page), reported(page, wrong="别的错")
    HelpfulVote.objects.create(kind="question", object_id=page.pk, revision=1, helpful=True)
    DailyViews.objects.create(kind="question", object_id=page.pk, day=timezone.localdate(), views=1)
    CountedBatch.objects.create(name="old")

    def left(days: int) -> list[int]:
        frozen(start + dt.timedelta(days=days))
        retention.delete_expired()
        models = (Contact, ReaderQuestion, ErrorReport, HelpfulVote, DailyViews, CountedBatch, QuestionCluster)
        return [model.objects.count() for model in models]

    assert left(0) == [2, 2, 2, 1, 1, 1, 2]
    assert left(30) == [2, 2, 2, 1, 1, 0, 2]
    assert left(31) == [1, 2, 2, 1, 1, 0, 2]
    assert left(90) == [1, 2, 2, 1, 1, 0, 2]
    assert left(91) == [1, 1, 2, 1, 1, 0, 1]
    assert left(365) == [1, 1, 2, 1, 1, 0, 1]
    assert left(366) == [0, 0, 0, 0, 1, 0, 0]
    assert left(401) == [0, 0, 0, 0, 0, 0, 0]
    assert waiting.text == "没人处理的问题"


def test_housekeeping_knows_the_jobs() -> None:
    assert {"feedback: views", "feedback: notices", "feedback: retention"} <= {name for name, _ in jobs()}


# What others ask, and who answers


def test_only_approved_wordings_are_public(client) -> None:
    page, hidden = make_question(), draft_question("还没发布的").document
    asked("独一无二的原话")
    AskedWording.objects.create(wording="外省住院要备案吗", question=page)
    AskedWording.objects.create(wording="还看不到的", question=hidden)
    html = client.get("/").content.decode()
    assert "最近被问到" in html
    assert "外省住院要备案吗" in html
    assert "还看不到的" not in html
    assert "独一无二的原话" not in html


def test_a_wording_with_personal_data_is_refused() -> None:
    client, user = logged_in(Role.ADMINISTRATOR, is_superuser=True)
    page = make_question()
    response = client.post("/admin/feedback/askedwording/add/", {"wording": "我叫张三怎么备案", "question": page.pk})
    assert "不带个人信息" in response.content.decode()
    client.post("/admin/feedback/askedwording/add/", {"wording": "外省住院要备案吗", "question": page.pk})
    assert AskedWording.objects.get().approved_by == user


def test_a_name_is_public_only_while_its_owner_agrees(client) -> None:
    author, reviewer = make_user("writer1"), make_user("reviewer1")
    revision = draft_question(author=author)
    make_live(revision, reviewer)
    url = revision.document.get_absolute_url()
    profile = EditorProfile.objects.create(user=author, name="老周", role="撰稿")
    EditorProfile.objects.create(user=reviewer, name="小林", role="审核", consented_at=timezone.now())
    HelpfulVote.objects.create(kind="question", object_id=revision.document_id, revision=1, helpful=True)
    html = client.get(url).content.decode()
    assert "小林" in html
    assert "老周" not in html
    profile.consented_at = timezone.now()
    profile.save()
    assert "老周" in client.get(url).content.decode()
    html = client.get("/about/editors/").content.decode()
    assert "写了1页" in html
    assert "核对了1页" in html
    assert "1位读者说有帮助" in html
    author.is_active = False
    author.save()
    assert "老周" not in client.get(url).content.decode()
    for login in ("writer1", "reviewer1"):
        assert login not in html


def test_only_oneself_can_agree() -> None:
    other = EditorProfile.objects.create(user=make_user(), name="老周", role="撰稿")
    boss, _ = logged_in(Role.ADMINISTRATOR, is_superuser=True)
    boss.post(f"/admin/feedback/editorprofile/{other.pk}/change/", {"name": "老周", "role": "撰稿", "consent": "on"})
    other.refresh_from_db()
    assert other.consented_at is None
    client, user = logged_in(Role.WRITER)
    client.post("/admin/feedback/editorprofile/add/", {"name": "小林", "role": "撰稿", "consent": "on"})
    own = EditorProfile.objects.get(user=user)
    assert own.consented_at
    client.post(f"/admin/feedback/editorprofile/{own.pk}/change/", {"name": "小林", "role": "撰稿"})
    own.refresh_from_db()
    assert own.consented_at is None
    assert client.get(f"/admin/feedback/editorprofile/{other.pk}/change/").status_code == 302
