"""What is looked up when Prometheus asks: how much work waits, how old things are, how much memory and disk is used."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Sum
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from publishing import version
from publishing.registry import content_types
from search.models import QueryCount
from seo.models import Notice, NoticeState, Target
from yibao_site.observability.processes import memory_of, workers

log = logging.getLogger(__name__)
KEPT = 60.0  # seconds for which counts of work are kept: nobody needs them fresher, and they cost a query each
MOST = 10_000  # more work than that is not counted to the last piece


class Figures:
    """A collector: gives back gauges, each worked out when it is asked for."""

    def __init__(self) -> None:
        self.work: list[GaugeMetricFamily] = []
        self.until = 0.0

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What is cheap is fresh; what needs the database is at most a minute old."""
        yield from self._machine()
        if time.monotonic() >= self.until:
            try:
                self.work = [_gauge("yibao_database_up", "Whether the database answers.", 1), *_work()]
            except DatabaseError:
                log.warning("The database does not answer; its figures are left out.")
                self.work = [_gauge("yibao_database_up", "Whether the database answers.", 0)]
            self.until = time.monotonic() + KEPT
        yield from self.work

    def _machine(self) -> Iterator[GaugeMetricFamily]:
        memory = GaugeMetricFamily("yibao_worker_memory_bytes", "Memory of each worker (PSS).", labels=["worker"])
        for number, process in enumerate(workers(), 1):
            if (size := memory_of(process)) is not None:
                memory.add_metric([str(number)], size)
        yield memory
        yield _gauge("yibao_disk_free_bytes", "Free space where the site writes.", disk_free())
        done = last_housekeeping()
        if done is not None:
            yield _gauge("yibao_housekeeping_success_timestamp_seconds", "When all jobs last went well.", done)


def disk_free() -> int:
    """Free bytes where the site writes."""
    place = Path(settings.VAR_DIR)
    return shutil.disk_usage(place if place.exists() else settings.BASE_DIR).free


def housekeeping_done() -> None:
    """Remembers that all jobs went well just now."""
    file = Path(settings.HOUSEKEEPING_FILE)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


def last_housekeeping() -> float | None:
    """When that was, in seconds since 1970; None where it has never been."""
    try:
        return Path(settings.HOUSEKEEPING_FILE).stat().st_mtime
    except OSError:
        return None


def _work() -> Iterator[GaugeMetricFamily]:
    changed = version.changed_at()
    yield _gauge("yibao_content_age_seconds", "Since content last changed.", max(time.time() - changed, 0))
    reviews = GaugeMetricFamily(
        "yibao_reviews_due", f"Live pages past their review day, up to {MOST}.", labels=["kind"]
    )
    for kind in content_types():
        due = kind.model.objects.live().filter(review_due_on__lt=timezone.localdate())
        reviews.add_metric([kind.name], due.order_by()[:MOST].count())
    yield reviews
    waiting = dict(
        Notice.objects.filter(state=NoticeState.WAITING).order_by().values_list("target").annotate(Count("id"))
    )
    yield _by_label("yibao_outbox_waiting", "Notices that search engines have not got yet.", "target",
                    ((str(target), waiting.get(target, 0)) for target in Target.values))  # fmt: skip
    today = QueryCount.objects.filter(day=timezone.localdate()).aggregate(all=Sum("searches"), empty=Sum("empty"))
    yield _gauge("yibao_searches_today", "Searches since midnight in China.", today["all"] or 0)
    yield _gauge("yibao_searches_empty_today", "Those of them that found nothing.", today["empty"] or 0)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _by_label(name: str, text: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values:
        family.add_metric([key], value)
    return family
