"""Which searches help nobody, and where they may belong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Q, Sum

from publishing import registry
from publishing.registry import Change, announce
from search.engine import search
from search.models import QueryCount
from search.store import Filters
from search.text import compact

DAYS = 30
ROWS = 50
PROPOSALS = 3


class Report(models.TextChoices):
    EMPTY = "empty", "没有结果的搜索"
    UNOPENED = "unopened", "有结果但没人点开的搜索"
    ALL = "all", "搜得最多的"


@dataclass
class Row:
    """A query of the last weeks with the questions it may belong to."""

    query: str
    searches: int
    empty: int
    clicks: int
    proposals: list[Any]


def report(kind: Report, since: dt.date) -> list[Row]:
    """The most frequent queries of a kind since a day. Proposals are worked out for each row."""
    totals = (
        QueryCount.objects.filter(day__gte=since)
        .values("query")
        .annotate(asked=Sum("searches"), nothing=Sum("empty"), opened=Sum("clicks"))
        .order_by("-asked", "query")
    )
    wanted = {Report.EMPTY: Q(nothing__gt=0), Report.UNOPENED: Q(nothing=0, opened=0), Report.ALL: Q()}[kind]
    rows = list(totals.filter(wanted)[:ROWS])
    near = {row["query"]: _nearest(row["query"]) for row in rows}
    live = registry.content_type("question").model.objects.live().in_bulk({pk for keys in near.values() for pk in keys})
    return [
        Row(
            row["query"],
            row["asked"],
            row["nothing"],
            row["opened"],
            [live[pk] for pk in near[row["query"]] if pk in live],
        )
        for row in rows
    ]


def _nearest(query: str) -> list[int]:
    hits = search(query, Filters(kind="question"), enough=0.0).hits
    return [hit.candidate.object_id for hit in hits[:PROPOSALS]]


@transaction.atomic
def add_search_term(question: Any, query: str, user: Any) -> bool:
    """Adds the query to the question's search terms and indexes it; False where it is there already."""
    lines = [line.strip() for line in question.search_terms.splitlines() if line.strip()]
    if compact(query) in {compact(line) for line in lines}:
        return False
    question.search_terms = "\n".join([*lines, query])
    question.save(update_fields=["search_terms"])
    question.record(user, "search_term", query=query)
    announce(question, Change.IDENTITY)
    return True
