"""What others read: from counts up to yesterday, so that a page with such a list changes once a day, not every minute."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.cache import caches
from django.db.models import Sum
from django.utils import timezone

from feedback.models import DailyViews
from publishing import registry
from publishing.shelves import of_province, of_topic
from publishing.version import per_version
from taxonomy.models import Province, Topic

WEEK = dt.timedelta(days=7)
MONTH = dt.timedelta(days=30)
# Fewer views say nothing: a list of what three people opened by chance helps nobody.
LEAST_WEIGHT = 5
LEAST_SHOWN = 100
RANKED = 400
SHOWN = 5


@per_version
def ranking(today: dt.date) -> list[tuple[str, int]]:
    """The pages most read in the seven days before today, best first; one query a content version and process."""
    week = DailyViews.objects.filter(day__gte=today - WEEK, day__lt=today)
    rows = week.values("kind", "object_id").annotate(sum=Sum("weight")).filter(sum__gte=LEAST_WEIGHT)
    return [(row["kind"], row["object_id"]) for row in rows.order_by("-sum", "kind", "object_id")[:RANKED]]


def most_read(topic: Topic | None = None, province: Province | None = None, limit: int = SHOWN) -> list[Any]:
    """Live pages that others read this week: of a topic, written for a province, or of the whole site."""
    places = {page: place for place, page in enumerate(ranking(timezone.localdate()))}
    found: list[tuple[int, Any, int]] = []
    for kind in registry.content_types():
        ids = [object_id for name, object_id in places if name == kind.name]
        if ids:
            documents = kind.model.objects
            numbers = set(documents.live().filter(pk__in=ids).values_list("pk", flat=True))
            for shelf in (topic and of_topic(topic), province and of_province(province)):
                numbers = documents.on_shelf(shelf, numbers) if shelf else numbers
            found += [(places[(kind.name, number)], kind, number) for number in numbers]
    first = [(kind, number) for _, kind, number in sorted(found, key=lambda each: each[0])[:limit]]
    shown = {}
    for kind in {kind for kind, _ in first}:
        documents = kind.model.objects.live().in_bulk([number for other, number in first if other == kind])
        shown |= {(kind, number): document for number, document in documents.items()}
    return [shown[page] for page in first]


def shown_count(kind: str, object_id: int) -> int | None:
    """How often a page was read in thirty days, in round numbers; None where it is too little to mean something."""
    since = timezone.localdate() - MONTH
    key = f"feedback:shown:{kind}:{object_id}"
    rows = DailyViews.objects.since(since).about(kind, object_id)
    count = caches["process"].get_or_set(key, rows.total, 600)
    return rounded(count) if count >= LEAST_SHOWN else None


def rounded(count: int) -> int:
    """The first two digits of a count and zeros: 1234 → 1200."""
    step = 10 ** max(len(str(count)) - 2, 0)
    return count // step * step
