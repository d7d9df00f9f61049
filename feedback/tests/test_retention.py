"""Mails once there is an answer, and what is deleted when."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.utils import timezone

from feedback import notices, retention, triage
from feedback.models import (
    Contact,
    CountedBatch,
    DailyViews,
    ErrorReport,
    HelpfulVote,
    QuestionCluster,
    ReaderQuestion,
)
from feedback.tests.scenes import asked, reported
from publishing.housekeeping import jobs
from tests.factories import make_question, make_user

pytestmark = pytest.mark.django_db


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
