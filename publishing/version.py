"""The content version: a short text that changes whenever anything that a public page shows may have changed.

Triggers in the database count every change (`publishing.watching`), whoever makes it and however. The day in China is
part of it, because figures, documents in force, reviews due and what others read go by day.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar

from django.db import DatabaseError, connections, models, router

logger = logging.getLogger(__name__)

PAUSE = 0.25  # seconds for which a process trusts what it read
PAUSE_WHEN_DOWN = 3.0  # seconds until a database that did not answer is asked again
DAY, CHINA = 86_400, 8 * 3_600
FOLDED_AFTER = 600  # seconds after which single changes are added up
UNKNOWN = ""
Value = TypeVar("Value")


class ContentChange(models.Model):
    """How often content changed, and when last. SQLite keeps one row; PostgreSQL adds one for every statement, so that
    editors never wait for each other, and housekeeping adds them up. Only triggers write here."""

    changes = models.BigIntegerField()
    at = models.FloatField()  # seconds since 1970

    class Meta:
        default_permissions = ()
        verbose_name = verbose_name_plural = "内容变动"

    def __str__(self) -> str:
        return f"{self.changes} @ {self.at}"


@dataclass(frozen=True)
class Known:
    """What a process knows of the content: the stamp of the database, the moment of the last change, when to ask again,
    and which database said so."""

    stamp: str = UNKNOWN
    changed_at: float = 0.0
    until: float = 0.0
    source: str = ""


_known = Known()
_asking = threading.Lock()
_kept: list[dict[str, Any]] = []


def current() -> str:
    """The version that pages are rendered for; empty while it cannot be known, and then nothing may be kept."""
    stamp = _content().stamp
    return f"{stamp}-{china_day()}" if stamp else UNKNOWN


def changed_at() -> float:
    """When the current version began, in seconds since 1970: the last change, or midnight in China if that was later."""
    return max(_content().changed_at, china_day() * DAY - CHINA)


def has_moved() -> bool:
    """Whether pages are read from another database than the version was: a replica came or went, and may be behind."""
    return _known.source != router.db_for_read(ContentChange)


def china_day() -> int:
    """The day in China, as a number that grows by one at each midnight there."""
    return int(time.time() + CHINA) // DAY


def per_version(read: Callable[..., Value]) -> Callable[..., Value]:
    """Decorator: what a function found is kept in this process until the content version changes.

    The arguments must be few: everything asked for under one version is held.
    """
    kept: dict[str, Any] = {"version": UNKNOWN, "values": {}}
    _kept.append(kept)

    @wraps(read)
    def reading(*arguments: Hashable) -> Value:
        version = current()
        if version == UNKNOWN:
            return read(*arguments)
        if kept["version"] != version:
            kept.update(version=version, values={})
        values = kept["values"]
        if arguments not in values:
            values[arguments] = read(*arguments)
        return values[arguments]

    return reading


def forget() -> None:
    """Lets this process ask the database at once and drop what it kept; for tests and for whoever just loaded a lot."""
    global _known
    _known = Known()
    for kept in _kept:
        kept.update(version=UNKNOWN, values={})


def _content() -> Known:
    """What is known, at most a quarter of a second old. One thread asks; the others go on with what is known."""
    known = _known
    if time.monotonic() < known.until:
        return known
    if not _asking.acquire(blocking=known.stamp == UNKNOWN):
        return known
    try:
        return _ask()
    finally:
        _asking.release()


def _ask() -> Known:
    global _known
    try:
        source = router.db_for_read(ContentChange)
        stamp, changed = _read(source)
        _known = Known(stamp, changed, time.monotonic() + PAUSE, source)
    except DatabaseError as error:
        logger.warning("The content version cannot be read: %s", error)
        _known = replace(_known, until=time.monotonic() + PAUSE_WHEN_DOWN)
    return _known


def _read(source: str) -> tuple[str, float]:
    """Reads the table. That is no part of any page, so no page's queries count it."""
    connection = connections[source]
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # requests end with this; answers from memory are no requests
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.make_cursor(connection.create_cursor()) as cursor:
        # The sum grows with every commit, whatever the order of commits; the moment tells a restored copy apart.
        cursor.execute("SELECT CAST(SUM(changes) AS BIGINT), MAX(at) FROM publishing_contentchange")
        changes, at = cursor.fetchone()
    return f"{changes or 0:x}.{int((at or 0) * 1_000_000):x}", at or 0.0


def fold() -> str:
    """Housekeeping on PostgreSQL: adds up the rows of changes that are older than ten minutes. The version stays."""
    connection = connections[router.db_for_write(ContentChange)]
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM publishing_contentchange WHERE at < %s RETURNING changes, at), "
            "total AS (SELECT SUM(changes) AS changes, MAX(at) AS at, COUNT(*) AS rows FROM gone) "
            "INSERT INTO publishing_contentchange (changes, at) SELECT changes, at FROM total WHERE rows > 0 "
            "RETURNING (SELECT rows FROM total)",
            [time.time() - FOLDED_AFTER],
        )
        row = cursor.fetchone()
    return f"{row[0]} changes added up" if row and row[0] > 1 else ""
