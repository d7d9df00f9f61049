"""Counts what is searched for, a day at a time: no address, no time of day, nothing about the person."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from publishing.masking import mask
from search.fallback import whole
from search.models import QueryCount
from search.text import normalise

log = logging.getLogger(__name__)
KEPT_DAYS = 180
# A reader's page must not wait for another writer longer than this.
PATIENCE_MS = 200
# Different queries a day that are kept; more than that is a machine, not people.
MOST_A_DAY = 5_000


def storable(text: str) -> str:
    """The query as it may be stored: normalised, personal numbers and names masked."""
    return normalise(mask(text))[:60]


def record(text: str, found: bool) -> None:
    """Counts a query. A failure to count is no reason to fail the page."""
    _count(storable(text), searches=1, empty=0 if found else 1)


def record_opened(text: str) -> None:
    """Counts an opened result of a query that was asked today; other texts are ignored."""
    _count(storable(text), clicks=1)


def _count(query: str, **more: int) -> None:
    if not query:
        return
    try:
        with _patience(), whole():
            rows = QueryCount.objects.filter(day=timezone.localdate(), query=query)
            if rows.update(**{name: F(name) + value for name, value in more.items()}) or "clicks" in more:
                return
            if QueryCount.objects.filter(day=timezone.localdate()).count() < MOST_A_DAY:
                QueryCount.objects.bulk_create(
                    [QueryCount(day=timezone.localdate(), query=query, **more)], ignore_conflicts=True
                )
    except DatabaseError as error:
        log.warning("a search was not counted: %s", error)


@contextmanager
def _patience() -> Iterator[None]:
    """On SQLite, gives up soon where another process is writing, and does not wait for the disk: an edit must survive a
    power cut, a count need not."""
    if connection.vendor != "sqlite":
        yield
        return
    usual = connection.settings_dict.get("OPTIONS", {}).get("timeout", 5)
    connection.cursor().execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
    careful = connection.in_atomic_block  # then it cannot be changed
    if not careful:
        connection.cursor().execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        if not careful:
            connection.cursor().execute("PRAGMA synchronous = FULL")
        connection.cursor().execute(f"PRAGMA busy_timeout = {int(usual * 1000)}")


def forget() -> str:
    """Housekeeping: drops counts that are older than half a year."""
    day = timezone.localdate() - dt.timedelta(days=KEPT_DAYS)
    gone, _ = QueryCount.objects.filter(day__lt=day).delete()
    return f"{gone} old counts dropped" if gone else ""
