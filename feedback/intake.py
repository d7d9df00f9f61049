"""Taking in what readers send: one row a submission, however often it is sent."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest

from feedback import receipts
from feedback.clusters import cluster_for
from feedback.limits import network_mark
from feedback.models import Contact, ErrorReport, HelpfulVote, ReaderQuestion, Submission
from publishing import registry


@transaction.atomic
def receive_question(words: dict[str, Any], request: HttpRequest) -> str:
    """Stores a question from a valid `AskForm` and gives back its receipt code."""
    code = receipts.new_code("question", words["text"], words["email"], network_mark(request))
    details = {name: words[name] for name in ("text", "insured_in", "treated_in", "insurance")}
    question, is_new = ReaderQuestion.objects.get_or_create(receipt=receipts.stored_form(code), defaults=details)
    if is_new:
        question.cluster = cluster_for(question.text)
        question.save(update_fields=["cluster"])
        if words["email"]:
            Contact.objects.create(question=question, email=words["email"])
    return code


@transaction.atomic
def receive_report(words: dict[str, Any], document: Any, request: HttpRequest) -> str:
    """Stores a report from a valid `ReportForm` and gives back its receipt code."""
    kind = registry.name_of(document)
    code = receipts.new_code("report", kind, str(document.pk), words["wrong"], network_mark(request))
    details = {name: words[name] for name in ("doing", "wrong", "quote")}
    page = {"kind": kind, "object_id": document.pk, "revision": document.live.number}
    ErrorReport.objects.get_or_create(receipt=receipts.stored_form(code), defaults={**details, **page})
    return code


def receive_vote(kind: str, document: Any, revision: int, helpful: bool) -> HelpfulVote:
    """Stores a vote on a version of a page."""
    return HelpfulVote.objects.create(kind=kind, object_id=document.pk, revision=revision, helpful=helpful)


def submission_of(code: str) -> Submission | None:
    """The question or report behind a receipt code."""
    stored = receipts.stored_form(code)
    questions = ReaderQuestion.objects.select_related(
        "answer__live", "merged_into__answer__live", "insured_in", "treated_in"
    )
    return questions.filter(receipt=stored).first() or ErrorReport.objects.filter(receipt=stored).first()
