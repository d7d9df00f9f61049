"""The housekeeping job that tells search engines what is in the outbox: one batch for each target in each run."""

from __future__ import annotations

import datetime as dt
import logging
import random

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from policies.models import start_of
from seo.addresses import absolute
from seo.models import Notice, NoticeState, Target, TargetState
from seo.outbox import notice_figures
from seo.targets import WAYS, Outcome, enabled, tell

log = logging.getLogger(__name__)

CLAIM = dt.timedelta(minutes=5)  # longer than any exchange; after a crash the next run waits no longer than this
FIRST_PAUSE, LONGEST_PAUSE = 60, 6 * 3600
KEEP = dt.timedelta(days=90)


def push() -> str:
    """Tells every target with a key of what it does not know yet; says in a sentence what happened."""
    notice_figures()
    Notice.objects.exclude(state=NoticeState.WAITING).filter(settled_at__lt=timezone.now() - KEEP).delete()
    said = [sentence for target in Target if enabled(target) and (sentence := _push_to(target))]
    return "; ".join(said)


def _push_to(target: Target) -> str:
    if not Notice.objects.waiting(target).exists():
        return ""
    now = timezone.now()
    state = TargetState.objects.claim(target, now, now + CLAIM)
    if state is None:
        return ""
    try:
        rows = list(Notice.objects.waiting(target)[: _size(state, timezone.localdate())])
        # Outside any transaction: a slow stranger must not hold the database.
        outcome = tell(target, list(dict.fromkeys(row.path for row in rows)))
        _record(state, rows, outcome)
    finally:
        TargetState.objects.filter(pk=state.pk).update(claimed_until=None)
    log.info("%s: %d notices, answer: %s", target.name, len(rows), outcome.said)
    return f"{target.name}: {outcome.said}"


def _size(state: TargetState, today: dt.date) -> int:
    """How many to send. Where the target counts, the first one of a day goes alone: its answer tells how many may follow."""
    way = WAYS[state.name]
    if not way.has_allowance:
        return way.batch
    known = state.allowance if state.allowance_on == today else None
    return 1 if known is None else max(1, min(way.batch, known))


@transaction.atomic
def _record(state: TargetState, rows: list[Notice], outcome: Outcome) -> None:
    now = timezone.now()
    ids = [row.pk for row in rows]
    refused = [row.pk for row in rows if absolute(row.path) in outcome.refused]
    found = Notice.objects.filter(pk__in=ids)
    found.update(attempts=F("attempts") + 1, answer=outcome.said[:200])
    found.filter(pk__in=refused).update(state=NoticeState.REFUSED, settled_at=now)
    if outcome.told:
        found.exclude(pk__in=refused).update(state=NoticeState.SENT, settled_at=now)
    state.failures = state.failures + 1 if outcome.is_failure else 0
    state.paused_until = _pause(state.failures, outcome, now)
    if outcome.allowance is not None:
        state.allowance, state.allowance_on = outcome.allowance, timezone.localdate()
    state.told_at, state.answer = now, outcome.said[:200]
    state.save()


def _pause(failures: int, outcome: Outcome, now: dt.datetime) -> dt.datetime | None:
    """Until when the target is left alone, with jitter so that many sites do not come back in the same second."""
    jitter = random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
    if outcome.until_tomorrow:
        return start_of(timezone.localdate() + dt.timedelta(days=1)) + dt.timedelta(minutes=10 * jitter)
    if outcome.told:
        return None
    seconds = outcome.pause
    if seconds is None:
        seconds = min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE)
        return now + dt.timedelta(seconds=seconds * jitter)
    return now + dt.timedelta(seconds=seconds * max(jitter, 1) + 1)  # never sooner than the target asked
