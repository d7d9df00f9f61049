"""Deleting what readers sent when its time is over. The periods are in the settings; the reasons in docs/."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from feedback.models import Contact, CountedBatch, DailyViews, ErrorReport, HelpfulVote, QuestionCluster, ReaderQuestion

# A name in CountedBatch only matters until its batch is gone from the store.
BATCHES_KEPT = dt.timedelta(days=7)


def _before(name: str) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=settings.RETENTION_DAYS[name])


def expired() -> dict[str, QuerySet]:
    """Everything whose time is over, by what it is."""
    unanswered = Q(closed_at__isnull=True, received_at__lt=_before("question_unanswered"))
    closed = Q(closed_at__lt=_before("question_after_close"))
    late_contact = Q(question__closed_at__lt=_before("contact_after_close"))
    return {
        "contacts": Contact.objects.filter(late_contact),
        "questions": ReaderQuestion.objects.filter(closed | unanswered),
        "reports": ErrorReport.objects.filter(received_at__lt=_before("report")),
        "votes": HelpfulVote.objects.filter(day__lt=timezone.localdate(_before("vote"))),
        "daily views": DailyViews.objects.filter(day__lt=timezone.localdate(_before("views"))),
        "counted batches": CountedBatch.objects.filter(counted_at__lt=timezone.now() - BATCHES_KEPT),
    }


def delete_expired() -> str:
    """Housekeeping: deletes what is due; gives back how much of what."""
    done = {name: rows.delete()[0] for name, rows in expired().items()}
    done["clusters"] = QuestionCluster.objects.filter(
        questions__isnull=True, created_at__lt=timezone.now() - dt.timedelta(days=1)
    ).delete()[0]
    said = ", ".join(f"{count} {name}" for name, count in done.items() if count)
    return f"deleted {said}" if said else ""
