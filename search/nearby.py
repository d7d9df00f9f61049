"""Where to go from a search that found nothing: the nearest topics, kindred questions, what others ask."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from dataclasses import dataclass

from django.db import DatabaseError
from django.db.models import Sum
from django.utils import timezone

from publishing import registry
from publishing.listed import Listed, listed
from search.engine import search
from search.fallback import whole
from search.models import QueryCount
from search.store import Filters
from taxonomy.models import Topic

log = logging.getLogger(__name__)
# Below this share of the query's subject a question is not even kindred.
KINDRED = 0.2
DAYS = 30
ENOUGH_ASKED = 3


@dataclass
class Nearby:
    """Ways on."""

    topics: list[Topic]
    questions: list[Listed]
    queries: list[str]


def around(text: str, size: int = 6) -> Nearby:
    """Topics and questions nearest to a text, filled up with the first topics and the questions most asked."""
    hits = []
    if text:
        try:
            with whole():
                hits = search(text, Filters(kind="question"), enough=KINDRED).hits
        except DatabaseError:
            log.exception("search index cannot be read")
    votes = Counter(slug for hit in hits[:size] for slug in hit.candidate.topics.split())
    topics = sorted(Topic.objects.all(), key=lambda topic: (-votes[topic.slug], topic.order))[:size]
    keys = [hit.candidate.object_id for hit in hits[:size]]
    return Nearby(topics, _questions(keys, topics, size), popular_queries())


def _questions(keys: list[int], topics: list[Topic], size: int) -> list[Listed]:
    """The kindred questions, then the first one of each of these topics."""
    model = registry.content_type("question").model
    live = model.objects.live()
    found = sorted(live.filter(pk__in=keys), key=lambda one: keys.index(one.pk))
    for question in live.filter(topics__in=topics).distinct().order_by("id")[: size * 2]:
        if len(found) < size and question not in found:
            found.append(question)
    return listed(model, [question.pk for question in found])


def popular_queries(size: int = 8) -> list[str]:
    """What was asked most in the last weeks and found something; masked as it was stored."""
    since = timezone.localdate() - dt.timedelta(days=DAYS)
    rows = (
        QueryCount.objects.filter(day__gte=since)
        .values("query")
        .annotate(asked=Sum("searches"), opened=Sum("clicks"), nothing=Sum("empty"))
        .filter(asked__gte=ENOUGH_ASKED, nothing=0, opened__gt=0)
        .order_by("-asked", "query")
    )
    return [row["query"] for row in rows[:size]]
