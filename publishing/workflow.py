"""The verbs of publishing. Each asks `blockers()` first; the admin shows the same sentences beside the button."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from policies.figures import tokens_in
from policies.models import Parameter
from publishing.models import Availability, State
from publishing.registry import Change, announce
from publishing.rules import SUMMARY_LIMIT, Action, Blocked, blockers, place_blockers, text_blockers, unknown_keys
from taxonomy.models import Province

__all__ = ["SUMMARY_LIMIT", "Action", "Blocked", "blockers", "text_blockers", "unknown_keys"]

REVIEW_AFTER = dt.timedelta(days=180)
NO_REASON = "请写明原因，别人以后查得到。"


def _begin(action: Action, revision: Any, user: Any) -> Any:
    """Locks the page, refuses what must not happen now, and gives back the page as it is."""
    document = revision.document
    fresh = type(document).objects.select_for_update().get(pk=document.pk)
    # The text is locked too: nobody may go on writing between the decision and its effect.
    current = type(revision).objects.select_for_update().only("state", "lock").get(pk=revision.pk)
    if current.state != revision.state:
        raise Blocked([f"别人刚刚把这一版变成了“{State(current.state).label}”，请刷新页面再看。"])
    if current.lock != revision.lock:
        raise Blocked(["这一版在您打开之后又有人改过，请刷新页面，看过再决定。"])
    for field in (
        "availability",
        "live_id",
        "replaced_by_id",
        "nationwide",
        "first_published_at",
        "verified_on",
        "review_due_on",
    ):
        setattr(document, field, getattr(fresh, field))
    reasons = blockers(action, revision, user)
    if reasons:
        raise Blocked(reasons)
    return document


def _reason(text: str, sentence: str = NO_REASON) -> str:
    if not text.strip():
        raise Blocked([sentence])
    return text.strip()[:300]


@transaction.atomic
def submit(revision: Any, user: Any) -> None:
    """Hands the draft to a reviewer."""
    document = _begin(Action.SUBMIT, revision, user)
    revision.state, revision.rejected_note = State.SUBMITTED, ""
    revision.save(update_fields=["state", "rejected_note", "updated_at"])
    document.record(user, "submit", number=revision.number)


@transaction.atomic
def reject(revision: Any, user: Any, note: str) -> None:
    """Sends a text back to its author with the reason; a scheduled one is no longer scheduled."""
    document = _begin(Action.REJECT, revision, user)
    note = _reason(note, "请写明要改什么，作者会看到。")
    revision.state, revision.rejected_note, revision.publish_at = State.REJECTED, note, None
    revision.save(update_fields=["state", "rejected_note", "publish_at", "updated_at"])
    document.record(user, "reject", number=revision.number, note=note)


@transaction.atomic
def publish(revision: Any, user: Any) -> None:
    """Moves the live pointer to this revision: the one way a text reaches readers."""
    document = _begin(Action.PUBLISH, revision, user)
    _start_reviews(document)
    make_live(revision, user)
    document.record(user, "publish", number=revision.number, minor=revision.is_minor)


@transaction.atomic
def schedule(revision: Any, user: Any, at: dt.datetime) -> None:
    """Approves the text for a later moment; `publish_due` makes it live then."""
    document = _begin(Action.SCHEDULE, revision, user)
    if at <= timezone.now():
        raise Blocked(["定时发布的时间已经过去，请选一个以后的时间，或者直接发布。"])
    revision.state, revision.publish_at, revision.reviewer = State.SCHEDULED, at, user
    revision.save(update_fields=["state", "publish_at", "reviewer", "updated_at"])
    document.record(user, "schedule", number=revision.number, at=at.isoformat())


@transaction.atomic
def publish_scheduled(revision: Any, now: dt.datetime) -> bool:
    """Publishes a text whose moment has come, if nothing in it would harm readers; says whether it did. Safe to repeat."""
    document = type(revision.document).objects.select_for_update().get(pk=revision.document_id)
    revision = type(revision).objects.select_related("reviewer").get(pk=revision.pk)
    revision.document = document
    if revision.state != State.SCHEDULED or revision.publish_at > now:
        return False
    if (
        document.availability in {Availability.MERGED, Availability.GONE}
        or text_blockers(revision)
        or place_blockers(document)
    ):
        return False  # it stays on the desk as overdue, with the reasons
    _start_reviews(document)
    make_live(revision, revision.reviewer, now)
    document.record(
        revision.reviewer,
        "publish",
        number=revision.number,
        minor=revision.is_minor,
        scheduled=revision.publish_at.isoformat(),
    )
    return True


@transaction.atomic
def force_publish(revision: Any, user: Any, reason: str) -> None:
    """Publishes at once without a second person; stays in a queue until somebody else has approved it."""
    document = _begin(Action.FORCE_PUBLISH, revision, user)
    revision.forced_reason = _reason(reason, "请写明为什么等不到另一位审核人，补审的人会看到。")
    revision.forced_approved_by, revision.publish_at = None, None
    revision.save(update_fields=["forced_reason", "forced_approved_by", "publish_at"])
    make_live(revision, user)
    document.record(user, "force_publish", number=revision.number, reason=revision.forced_reason)


@transaction.atomic
def approve_after(revision: Any, user: Any) -> None:
    """The second pair of eyes, after the fact."""
    document = _begin(Action.APPROVE_AFTER, revision, user)
    revision.forced_approved_by = user
    revision.save(update_fields=["forced_approved_by"])
    if document.live_id == revision.pk:
        _start_reviews(document)
        document.save(update_fields=["verified_on", "review_due_on"])
    document.record(user, "approve_after", number=revision.number)


@transaction.atomic
def verify(revision: Any, user: Any, next_due: dt.date) -> None:
    """Says that the whole page was read again and nothing had to change: the review clock starts anew."""
    document, today = _begin(Action.VERIFY, revision, user), timezone.localdate()
    if next_due <= today:
        raise Blocked(["下次核对的日期要在今天以后，请重新选。"])
    before = [str(document.verified_on or ""), str(document.review_due_on or "")]
    document.verified_on, document.review_due_on = today, next_due
    document.save(update_fields=["verified_on", "review_due_on"])
    document.record(user, "verify", verified_on=[before[0], str(today)], review_due_on=[before[1], str(next_due)])
    announce(document, Change.IDENTITY)


def _start_reviews(document: Any) -> None:
    """A page that somebody read as a whole before its first publication has been verified; later edits move nothing."""
    if document.verified_on is None:
        document.verified_on = timezone.localdate()
        document.review_due_on = document.review_due_on or document.verified_on + REVIEW_AFTER


def identity_of(document: Any) -> dict[str, Any]:
    """What a page is about, as names, for history."""
    return {
        "topics": [topic.name for topic in document.topics.all()],
        "provinces": ["全国"] if document.nationwide else [place.short_name for place in document.provinces.all()],
    }


def make_live(revision: Any, reviewer: Any, at: dt.datetime | None = None) -> None:
    """The pointer move itself, without asking who may; call inside a transaction."""
    document, now = revision.document, at or timezone.now()
    previous = document.live
    if previous and previous.pk != revision.pk:
        previous.state = State.SUPERSEDED
        previous.save(update_fields=["state"])
    revision.state, revision.published_at, revision.reviewer = State.PUBLISHED, now, reviewer
    revision.identity = identity_of(document)
    revision.save(update_fields=["state", "published_at", "reviewer", "identity", "updated_at"])
    is_major = previous is None or not revision.is_minor
    document.live, document.availability = revision, Availability.LIVE
    document.withdrawn_on, document.withdrawn_note = None, ""
    document.first_published_at = document.first_published_at or now
    if is_major:
        document.changed_at = now
    document.save()
    record_figures(revision)
    announce(document, Change.PUBLISHED if is_major else Change.MINOR)


def record_figures(revision: Any) -> None:
    """Remembers which figures the text shows, so that "where used" is one query."""
    tokens = tokens_in(revision.texts())
    parameters = dict(Parameter.objects.filter(key__in={key for key, _ in tokens}).values_list("key", "id"))
    places = dict(Province.objects.filter(slug__in={place for _, place in tokens if place}).values_list("slug", "id"))
    wanted = {(parameters[key], places.get(place)) for key, place in tokens if key in parameters}
    uses = revision.parameter_uses
    have = {(use.parameter_id, use.province_id): use for use in uses.all()}
    uses.filter(pk__in=[use.pk for place, use in have.items() if place not in wanted]).delete()
    model = uses.model
    new = sorted(wanted - have.keys(), key=lambda pair: (pair[0], pair[1] or 0))
    model.objects.bulk_create([model(revision=revision, parameter_id=key, province_id=place) for key, place in new])


@transaction.atomic
def withdraw(revision: Any, user: Any, note: str) -> None:
    """Takes the page out of lists and search; its URL keeps the text under a banner with the reason."""
    document = _begin(Action.WITHDRAW, revision, user)
    note = _reason(note, "请写明撤回的原因，读者会看到它。")
    document.availability, document.withdrawn_on, document.withdrawn_note = (
        Availability.WITHDRAWN,
        timezone.localdate(),
        note,
    )
    document.save(update_fields=["availability", "withdrawn_on", "withdrawn_note"])
    document.record(user, "withdraw", note=note)
    announce(document, Change.WITHDRAWN)


@transaction.atomic
def restore(revision: Any, user: Any) -> None:
    """Brings a withdrawn page back as it was."""
    document = _begin(Action.RESTORE, revision, user)
    document.availability, document.withdrawn_on, document.withdrawn_note = Availability.LIVE, None, ""
    document.save(update_fields=["availability", "withdrawn_on", "withdrawn_note"])
    document.record(user, "restore")
    announce(document, Change.PUBLISHED)


@transaction.atomic
def merge(revision: Any, user: Any, target: Any) -> None:
    """Sends readers of this page to another one for good, in one hop."""
    document = _begin(Action.MERGE, revision, user)
    target = type(document).objects.select_for_update().filter(pk=target.pk if target else None).first()
    if target is None or target.pk == document.pk or target.availability != Availability.LIVE:
        raise Blocked(["请选择另一个已发布的页面作为合并目标。"])
    document.availability, document.replaced_by = Availability.MERGED, target
    document.withdrawn_on, document.withdrawn_note = None, ""
    document.save(update_fields=["availability", "replaced_by", "withdrawn_on", "withdrawn_note"])
    for earlier in type(document).objects.filter(replaced_by=document):
        earlier.replaced_by = target
        earlier.save(update_fields=["replaced_by"])
    _stand_down(document)
    document.record(user, "merge", target=target.pk)
    announce(document, Change.MERGED)


@transaction.atomic
def remove(revision: Any, user: Any, note: str) -> None:
    """Removes the page for good; its URL answers 410 with a human sentence."""
    document = _begin(Action.REMOVE, revision, user)
    document.availability, document.withdrawn_note = Availability.GONE, _reason(note)
    document.save(update_fields=["availability", "withdrawn_note"])
    _stand_down(document)
    document.record(user, "remove", note=note)
    announce(document, Change.REMOVED)


def _stand_down(document: Any) -> None:
    """Texts that waited to be published on a page that has ended become drafts again, so that nothing is stuck."""
    waiting = document.revisions.filter(state__in=[State.SCHEDULED, State.SUBMITTED])
    waiting.update(state=State.DRAFT, publish_at=None)
