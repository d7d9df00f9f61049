"""Counting page views without a database write for each: views are noted cheaply and added up once a minute.

A note is one short line: day, page, and the reader's network under today's name for it. On one machine it is appended
to one file: such an append is whole or not there at all, needs no lock between the server's processes, and survives
their end. Where `CACHE_URL` names a Redis, notes are counters in one hash there, so that many machines may count.

`drain()` moves what has been noted aside under a new name, adds it to `DailyViews` and writes that name into
`CountedBatch` in the same transaction. Killed at any moment, it neither loses nor doubles a view when it runs again.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import redis
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from feedback.models import CountedBatch, DailyViews
from publishing import registry

log = logging.getLogger(__name__)

# A process that had opened the file before it was moved aside may still write to it for a moment.
SETTLED = 2.0
# From one network, more views of a page than this in one batch do not move its rank.
WEIGHT_CAP = 5
REDIS_KEY = "yibao:views"
TIMEOUT = 0.5  # seconds; every view waits for it
PAUSE = 5.0  # seconds for which a Redis that did not answer is left alone


class Resting(Exception):
    """A store did not answer a moment ago."""


class Store(Protocol):
    """Where views are noted until they are added up."""

    def note(self, line: str) -> None: ...

    def batches(self) -> Iterator[tuple[str, Mapping[str, int]]]: ...

    def forget(self, name: str) -> None: ...


class FileStore:
    """Lines in one file, for one machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def note(self, line: str) -> None:
        handle = os.open(self.folder / "current", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{line}\n".encode())
        finally:
            os.close(handle)

    def batches(self) -> Iterator[tuple[str, Mapping[str, int]]]:
        """Everything noted so far, by batch, once nobody writes to it any more."""
        current = self.folder / "current"
        if current.exists():
            current.rename(self.folder / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.views")
        for path in sorted(self.folder.glob("*.views")):
            if (wait := path.stat().st_mtime + SETTLED - time.time()) > 0:
                time.sleep(min(wait, SETTLED))
            yield path.name, Counter(path.read_text().split("\n")[:-1])

    def forget(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)


class RedisStore:
    """Counters in one Redis hash, for many machines. The log says once that it does not answer."""

    def __init__(self, url: str) -> None:
        self.client = redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, decode_responses=True)
        self.asked_again_at = 0.0

    def note(self, line: str) -> None:
        if time.monotonic() < self.asked_again_at:
            raise Resting
        try:
            self.client.hincrby(REDIS_KEY, line, 1)
        except redis.RedisError as error:
            if not self.asked_again_at:
                log.warning("views are noted in a file, Redis does not answer: %s", type(error).__name__)
            self.asked_again_at = time.monotonic() + PAUSE
            raise Resting from error
        self.asked_again_at = 0.0

    def batches(self) -> Iterator[tuple[str, Mapping[str, int]]]:
        name = f"{REDIS_KEY}:batch:{time.time_ns()}-{uuid.uuid4().hex[:8]}"
        if self.client.exists(REDIS_KEY):
            self.client.rename(REDIS_KEY, name)  # atomic: later notes begin a new hash
        for batch in sorted(self.client.scan_iter(f"{REDIS_KEY}:batch:*")):
            yield batch, {line: int(count) for line, count in self.client.hgetall(batch).items()}

    def forget(self, name: str) -> None:
        self.client.delete(name)


_stores: dict[tuple[str, str], list[Store]] = {}


def stores() -> list[Store]:
    """The stores in use, the preferred one first; the file is there even with Redis, for when that does not answer."""
    key = (settings.CACHE_URL, str(settings.VIEWS_DIR))
    if key not in _stores:
        shared = [RedisStore(settings.CACHE_URL)] if settings.CACHE_URL else []
        _stores[key] = [*shared, FileStore(Path(settings.VIEWS_DIR))]
    return _stores[key]


def note_view(kind: str, object_id: int, network: str) -> None:
    """Notes one view. Never raises: a reader's page is worth more than a count."""
    line = f"{timezone.localdate()} {kind} {object_id} {network[:8]}"
    for store in stores():
        try:
            store.note(line)
        except Resting:
            continue
        except OSError as error:
            log.warning("views cannot be noted: %s", type(error).__name__)
        else:
            return


def drain() -> str:
    """Housekeeping: adds everything noted to the daily totals; gives back a sentence about it."""
    added = 0
    for store in stores():
        try:
            for name, lines in store.batches():
                added += _add(name, lines)
                store.forget(name)
        except redis.RedisError as error:
            log.warning("views in Redis are counted later: %s", type(error).__name__)
    return f"{added} views added" if added else ""


@transaction.atomic
def _add(name: str, lines: Mapping[str, int]) -> int:
    """Adds one batch unless it is in the totals already; gives back how many views it held."""
    _, is_new = CountedBatch.objects.get_or_create(name=name)
    if not is_new:
        return 0
    views, weights = totals(lines)
    days = {day for day, _, _ in views}
    existing = {
        (row.day, row.kind, row.object_id): row for row in DailyViews.objects.select_for_update().filter(day__in=days)
    }
    for page, count in views.items():
        day, kind, object_id = page
        row = existing.get(page) or DailyViews(day=day, kind=kind, object_id=object_id)
        row.views, row.weight = row.views + count, row.weight + weights[page]
        existing[page] = row
    changed = [existing[page] for page in views]
    DailyViews.objects.bulk_create([row for row in changed if row.pk is None])
    DailyViews.objects.bulk_update([row for row in changed if row.pk is not None], ["views", "weight"], batch_size=500)
    return sum(views.values())


PageDay = tuple[dt.date, str, int]


def totals(lines: Mapping[str, int]) -> tuple[Counter[PageDay], Counter[PageDay]]:
    """Per day and page: all views, and the weight, for which one network counts a few times only."""
    kinds = {kind.name for kind in registry.content_types()}
    views: Counter[PageDay] = Counter()
    weights: Counter[PageDay] = Counter()
    for line, count in lines.items():
        try:
            day, kind, key, _ = line.split(" ")
            page = (dt.date.fromisoformat(day), kind, int(key))
        except ValueError:
            continue  # half a line, for which the disk had room; the next one may have joined it
        if kind not in kinds:
            continue  # a page type that is gone
        views[page] += count
        weights[page] += min(count, WEIGHT_CAP)
    return views, weights
