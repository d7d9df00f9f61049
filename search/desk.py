"""What search gives to the editors' desk: the searches that found nothing, and the questions nearest to a title."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from publishing import desk, registry, similar
from search.engine import search
from search.kin import Kin
from search.kinship import likeness, says_the_same
from search.models import DuplicatePair, QueryCount
from search.reports import DAYS, Report
from search.store import Filters


def empty_searches(request: HttpRequest) -> list[desk.Entry]:
    """How many different searches of the last weeks found nothing."""
    if not request.user.has_perm("search.view_querycount"):
        return []
    since = timezone.localdate() - dt.timedelta(days=DAYS)
    count = QueryCount.objects.filter(day__gte=since, empty__gt=0).values("query").distinct().count()
    return [desk.Entry("检索词", reverse("admin:search_report", args=[Report.EMPTY.value]), count)]


def duplicates(request: HttpRequest) -> list[desk.Entry]:
    """Pairs of live pages that say nearly the same."""
    if not request.user.has_perm("search.view_duplicatepair"):
        return []
    url = reverse("admin:search_duplicatepair_changelist") + "?dismissed__exact=0"
    return [desk.Entry("成对的页面", url, DuplicatePair.objects.filter(dismissed=False).count())]


def nearest_titles(model: Any, title: str, limit: int) -> list[tuple[Any, float]]:
    """Live documents nearest to a title that is being typed, by the tokeniser of search."""
    kind = next(kind for kind in registry.content_types() if kind.model is model)
    hits = search(title, Filters(kind=kind.name), limit=limit * 4, enough=0.0).hits
    kin = Kin()
    typed = kin.of_title(title)
    entries = kin.entries((hit.candidate.kind, hit.candidate.object_id) for hit in hits)
    scored = {key[1]: 1.0 if says_the_same(typed, entry) else likeness(typed, entry) for key, entry in entries.items()}
    best = sorted(scored, key=lambda number: (-scored[number], number))[:limit]
    documents = model.objects.live().in_bulk(best)
    return [(documents[number], scored[number]) for number in best if number in documents]


def register() -> None:
    """Adds the queues and the finder."""
    hint = "读者搜了却没有结果：加成检索词，或者写一个新回答。"
    desk.register(desk.Queue("empty-searches", "零结果检索词", hint, empty_searches, 57))
    hint = "两个页面几乎一样：合并、改得更不同，或者标明不是重复。"
    desk.register(desk.Queue("duplicates", "疑似重复", hint, duplicates, 70))
    similar.use(nearest_titles)
