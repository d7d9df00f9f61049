"""A site in which every text of every row is hostile: the whole content, with payloads written over its words."""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import count
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone

from faq.models import Question, QuestionRevision
from feedback.models import AskedWording, Correction, EditorProfile, ErrorReport, HelpfulVote, ReaderQuestion
from filing.fields import CodesField
from policies.models import PolicyDocument
from publishing.drafts import open_draft
from publishing.models import AuditEvent, Availability
from publishing.previews import share
from publishing.roles import Role
from search.models import Pin, QueryCount, WordSet
from seo.models import Notice
from tests.factories import make_user, numbers
from tests.hostile.corpus import Payload, corpus

APPS = ("taxonomy", "policies", "publishing", "faq", "articles", "filing", "feedback", "search", "seo")
# Columns that hold no words of anybody: names that addresses and code are made of, digests, tokens, counts of tokens.
NO_WORDS = {
    "slug", "code", "key", "kind", "receipt", "token", "path", "reason", "lexicon", "term", "field", "head_tokens", "body_tokens",
    "pinyin", "initials", "topics", "provinces", "questions", "action", "session_key", "session_data", "digest", "source_kind",
    "target_kind", "shelf", "facts", "heads", "content", "when",
}  # fmt: skip
UNTOUCHED = {"search.TermCount", "feedback.CountedBatch", "publishing.AuditEvent", "publishing.ContentChange"}


def text_columns(model: type[models.Model]) -> list[models.Field]:
    """The columns of a model that hold words a person wrote."""
    return [
        column
        for column in model._meta.concrete_fields
        if isinstance(column, models.CharField | models.TextField | models.FileField)
        and not isinstance(column, CodesField | models.JSONField)
        and not column.choices
        and column.name not in NO_WORDS
    ]


def watched_models() -> list[type[models.Model]]:
    """Every model of the project's own apps that holds words."""
    found = (model for label in APPS for model in apps.get_app_config(label).get_models())
    return [model for model in found if model._meta.label not in UNTOUCHED and text_columns(model)]


@transaction.atomic
def poison(offset: int = 0) -> dict[int, set[str]]:
    """Writes payloads over all words of all rows; gives back, by payload, the columns that hold it."""
    held: dict[int, set[str]] = {}
    for model in watched_models():
        columns = text_columns(model)
        for number, row in enumerate(model._base_manager.order_by("pk"), offset):
            for shift, column in enumerate(columns):
                payload, text = fitting(column, number + 41 * shift, row.pk)
                setattr(row, column.attname, text)
                held.setdefault(payload.number, set()).add(f"{model._meta.label}.{column.name}")
            # Not `save`: rows that the workflow guards are written as a shell or an import would write them.
            model._base_manager.filter(pk=row.pk).update(**{one.attname: getattr(row, one.attname) for one in columns})
    return held


def fitting(column: models.Field, number: int, pk: Any) -> tuple[Payload, str]:
    """The payload of that number, or the next that fits into the column, as the column can hold it."""
    limit = column.max_length or 10_000
    before = "https://www.gov.cn/" if column.model is PolicyDocument and column.name == "url" else ""
    mark = f" {pk}" if column.unique or column.name == "number" else ""
    room = limit - len(before) - len(mark)
    fit = that_fit(room)
    payload = fit[number % len(fit)]
    words = payload.text if isinstance(column, models.TextField) else payload.line
    # PostgreSQL stores no NUL; where one could arrive from outside is tried elsewhere.
    return payload, before + words.replace("\x00", "")[:room] + mark


@cache
def that_fit(room: int) -> list[Payload]:
    """The payloads of at most so many characters, or all of them where none is so short."""
    return [payload for payload in corpus() if len(payload.text) <= room] or list(corpus())


def add_rows() -> None:
    """Rows of every model that the content itself does not fill; once is enough, however often they are poisoned."""
    question = Question.objects.live().order_by("pk").first()
    author = make_user(f"hostile{next(numbers)}", Role.REVIEWER, first_name="x", last_name="y")
    receipts = count(next(numbers) * 1000)
    for _ in range(3):
        reader = ReaderQuestion.objects.create(
            text="问", receipt=f"digest{next(receipts)}", reply="答", answer=question
        )
        ReaderQuestion.objects.filter(pk=reader.pk).update(state="answered")
        ReaderQuestion.objects.create(text="问", receipt=f"digest{next(receipts)}")
        ErrorReport.objects.create(
            kind="question",
            object_id=question.pk,
            wrong="错",
            doing="办",
            quote="句",
            revision=1,
            receipt=f"digest{next(receipts)}",
        )
        HelpfulVote.objects.create(
            kind="question", object_id=question.pk, revision=1, helpful=False, comment="看不懂", reason="unclear"
        )
        Correction.objects.create(kind="question", object_id=question.pk, text="更正")
        AskedWording.objects.create(wording="怎么办", question=question, approved_by=author)
        QueryCount.objects.create(day=timezone.localdate(), query=f"词{next(numbers)}", searches=3, empty=3)
        WordSet.objects.create(name=f"组{next(numbers)}", words="甲\n乙")
        Pin.objects.create(query=f"词{next(numbers)}", object_id=question.pk)
        Notice.objects.create(
            target="baidu", path=f"/faq/{next(numbers)}/", reason="new", changed_at=timezone.now(), answer="x"
        )
    EditorProfile.objects.create(
        user=author, name="甲", role="撰稿", credentials="x", about="y", consented_at=timezone.now()
    )
    _versions(question, author)
    _endings(author)
    _deeds(question, author)


def _versions(question: Question, author: Any) -> None:
    """A second version that readers see, a draft on top of it, and a link to that."""
    live = question.live
    QuestionRevision.objects.filter(pk=live.pk).update(number=2, author=author, reviewer=author)
    QuestionRevision.objects.create(
        document=question, number=1, title="旧", summary="旧", body="<p>旧</p>", state="superseded", change_note="改",
        published_at=timezone.now() - dt.timedelta(days=9), author=author,
    )  # fmt: skip
    draft = open_draft(Question.objects.get(pk=question.pk), author)
    share(draft, author, dt.timedelta(days=1))


def _endings(author: Any) -> None:
    """One page withdrawn, one removed, one merged."""
    first, *others = Question.objects.live().order_by("-pk")[:4]
    states = (Availability.WITHDRAWN, Availability.GONE, Availability.MERGED)
    for document, state in zip(others, states, strict=True):
        target = first if state == Availability.MERGED else None
        Question.objects.filter(pk=document.pk).update(
            availability=state, withdrawn_on=timezone.localdate(), withdrawn_note="撤", replaced_by=target
        )


def _deeds(question: Question, author: Any) -> None:
    """Deeds whose details hold every payload, as logins, reasons and old titles do."""
    kind = ContentType.objects.get_for_model(question)
    AuditEvent.objects.bulk_create(
        AuditEvent(actor=author, action=action, content_type=kind, object_id=question.pk, details=details)
        for payload in corpus()
        for action, details in [
            (
                "reject",
                {
                    "note": payload.line.replace("\x00", ""),
                    payload.line.replace("\x00", "")[:40]: ["a", payload.line.replace("\x00", "")],
                },
            )
        ]
    )
