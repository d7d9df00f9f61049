"""Rows of the inbox, and people who are logged in."""

from __future__ import annotations

from typing import Any

from django.test import Client

from faq.models import Question
from feedback.clusters import cluster_for
from feedback.models import (
    Contact,
    ErrorReport,
    ReaderQuestion,
)
from publishing.roles import Role
from tests.factories import make_user, numbers


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
