"""What an editor may do with a reader's question; each verb closes it or moves it on, and is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from feedback.models import Inbox, ReaderQuestion
from publishing import registry
from publishing.drafts import first_draft
from publishing.masking import mask
from publishing.models import Availability, Origin
from publishing.registry import Change


class Refused(Exception):
    """A verb that cannot be done now, with a sentence for the editor."""


def _close(question: ReaderQuestion, user: Any, state: str, **values: Any) -> None:
    question.state, question.handled_by, question.closed_at = state, user, timezone.now()
    for name, value in values.items():
        setattr(question, name, value)
    question.save()


@transaction.atomic
def answer_with(questions: Iterable[ReaderQuestion], answer: Any, user: Any, reply: str = "") -> int:
    """Answers with a page that readers can see; gives back how many questions that closed."""
    if answer is None or answer.availability != Availability.LIVE:
        raise Refused("请先选一个已发布的问题作为回答。")
    count = 0
    for question in questions:
        _close(question, user, Inbox.ANSWERED, answer=answer, reply=mask(reply) or question.reply, merged_into=None)
        count += 1
    answer.record(user, "answer_readers", count=count)
    return count


@transaction.atomic
def write_answer(questions: Iterable[ReaderQuestion], title: str, user: Any) -> Any:
    """Opens a draft for questions that have no answer yet; gives back the new document.

    The title is the editor's own: a reader's words must not live on in a draft after their time is over.
    """
    questions = list(questions)
    if not title.strip():
        raise Refused("请用自己的话写一个标题，不要照抄读者的原话。")
    if mask(title) != title:
        raise Refused("标题里像有姓名或号码，请改成不带个人信息的说法。")
    if not questions:
        raise Refused("没有等待回答的提问。")
    document = registry.content_type("question").model.objects.create(origin=Origin.READER, nationwide=True)
    first_draft(document, title.strip()[:120], user)
    document.record(user, "draft_from_readers", count=len(questions))
    for question in questions:
        question.state, question.answer, question.handled_by = Inbox.DRAFTING, document, user
        question.closed_at = None
        question.save()
    return document


@transaction.atomic
def merge_into(question: ReaderQuestion, target: ReaderQuestion, user: Any) -> None:
    """Says that a question asks the same as another one and shares its fate."""
    while target.merged_into_id:
        target = target.merged_into
    if target.pk == question.pk:
        raise Refused("不能并入自己，请选另一条提问。")
    _close(question, user, Inbox.MERGED, merged_into=target, cluster=target.cluster)
    question.merged.update(merged_into=target)


@transaction.atomic
def put_aside(questions: Iterable[ReaderQuestion], state: str, user: Any, reply: str = "") -> int:
    """Closes questions as spam or as out of scope."""
    count = 0
    for question in questions:
        _close(question, user, state, reply=mask(reply) or question.reply)
        count += 1
    return count


def follow(document: Any, change: Change) -> None:
    """Listener: once the answer that was being written is published, its questions are answered."""
    if change != Change.PUBLISHED or registry.name_of(document) != "question":
        return
    waiting = ReaderQuestion.objects.filter(answer=document, state=Inbox.DRAFTING)
    waiting.update(state=Inbox.ANSWERED, closed_at=timezone.now())
