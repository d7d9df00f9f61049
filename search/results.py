"""What the results page shows: one page of results with snippets, facets, the direct answer and honest notices."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.paginator import Page
from django.db import DatabaseError
from django.utils.safestring import SafeString

from publishing import registry
from publishing.listing import paginate
from publishing.rendering import short_answers
from search.engine import Found, search
from search.fallback import by_title, whole
from search.models import IndexEntry, IndexState, Pin
from search.ranking import Scored
from search.snippets import marked, needles, passage
from search.store import Filters
from search.text import SCHEME, compact
from search.understanding import Kind, Query
from taxonomy.models import Province, Topic

log = logging.getLogger(__name__)
PER_PAGE = 10
# A question wins clearly where it holds the whole subject and its score leaves the next one behind.
CLEAR, SURE = 1.25, 0.9
# Fewer characters than this do not say what is asked.
TOLD = 4
SHORT = 4

Key = tuple[str, int]


@dataclass
class Result:
    """One row of the page."""

    document: Any
    title: SafeString
    snippet: SafeString


@dataclass(frozen=True)
class Facet:
    """A filter with how many results it leaves."""

    slug: str
    name: str
    count: int


@dataclass
class Results:
    """Everything that the template needs."""

    text: str
    query: Query
    filters: Filters
    page: Page
    rows: list[Result] = field(default_factory=list)
    answer: Any = None
    topics: list[Facet] = field(default_factory=list)
    provinces: list[Facet] = field(default_factory=list)
    suggestion: str = ""
    corrected: bool = False
    missing: list[str] = field(default_factory=list)
    more: bool = False
    fallback: bool = False


def find(text: str, filters: Filters, number: str | None = None) -> Results:
    """The page of results for a text; Http404 for a page that does not exist."""
    found, by_title_only = _search(text)
    hits = found.hits
    kept = [hit for hit in hits if fits(hit, filters)]
    if found.truncated and filters != Filters():
        kept = search(text, filters).hits
    keys = [(hit.candidate.kind, hit.candidate.object_id) for hit in kept]
    pins = _pins(found.query)
    keys = [*pins, *(key for key in keys if key not in pins)] if filters == Filters() else keys
    page = paginate(keys, number, PER_PAGE)
    results = Results(text, found.query, filters, page, suggestion=found.suggestion, corrected=found.corrected)
    results.rows = _rows(page.object_list, found.query, {} if by_title_only else _texts(page.object_list))
    results.topics, results.provinces = _facets(hits, filters)
    results.more, results.fallback = found.truncated, by_title_only
    if page.number == 1 and filters == Filters() and not by_title_only:
        results.answer = _answer(found.query, results.rows, kept, bool(pins))
    results.missing = _missing(found)
    return results


def _search(text: str) -> tuple[Found, bool]:
    """What the index finds; where it is missing or out of date, what titles alone find, with a line in the log."""
    try:
        with whole():
            if IndexState.current().scheme == SCHEME:
                return search(text), False
        log.error("search index is out of date, titles only: run rebuild_search")
    except DatabaseError:
        log.exception("search index cannot be read, titles only: run rebuild_search")
    return by_title(text), True


def fits(hit: Scored, filters: Filters) -> bool:
    """Whether a result passes the filters; nationwide answers hold in every province."""
    one = hit.candidate
    topic = not filters.topic or f" {filters.topic} " in one.topics
    province = not filters.province or not one.provinces or f" {filters.province} " in one.provinces
    return topic and province and filters.kind in ("", one.kind)


def _pins(query: Query) -> list[Key]:
    """What editors put first for this query, live documents only."""
    keys = {query.key[:60], compact(query.text)[:60]} - {""}
    pins = list(Pin.objects.filter(key__in=keys).values_list("kind", "object_id")) if keys else []
    return [key for key in dict.fromkeys(pins) if key in documents([key])]


def documents(keys: Iterable[Key]) -> dict[Key, Any]:
    """The live documents of these keys, ready for a list."""
    wanted: dict[str, list[int]] = {}
    for kind, pk in keys:
        wanted.setdefault(kind, []).append(pk)
    found = {}
    for kind in registry.content_types():
        if kind.name in wanted:
            for document in kind.model.objects.for_listing().filter(pk__in=wanted[kind.name]):
                document.kind_label = kind.label
                found[kind.name, document.pk] = document
    short_answers(found.values())
    return found


def _rows(keys: list[Key], query: Query, texts: dict[Key, str]) -> list[Result]:
    """The rows of a page in order; a document that is no longer live is left out, whatever the index says."""
    live = documents(keys)
    words = needles(query)
    return [
        Result(live[key], marked(live[key].live.title, words), marked(passage(texts.get(key, ""), words), words))
        for key in keys
        if key in live
    ]


def _texts(keys: list[Key]) -> dict[Key, str]:
    rows = IndexEntry.objects.filter(object_id__in={pk for _, pk in keys}, generation=IndexState.current().generation)
    return {(kind, pk): text for kind, pk, text in rows.values_list("kind", "object_id", "text")}


def _facets(hits: list[Scored], filters: Filters) -> tuple[list[Facet], list[Facet]]:
    """Topics and provinces of what was found, each counted under the other's filter."""
    in_province = [hit for hit in hits if fits(hit, replace(filters, topic=""))]
    in_topic = [hit for hit in hits if fits(hit, replace(filters, province=""))]
    topics = Counter(slug for hit in in_province for slug in hit.candidate.topics.split())
    named = {slug for hit in in_topic for slug in hit.candidate.provinces.split()} | ({filters.province} - {""})
    names = dict(Topic.objects.filter(slug__in=topics).values_list("slug", "name"))
    places = Province.objects.filter(slug__in=named).values_list("slug", "short_name") if named else []
    counts = [(slug, name, sum(fits(hit, Filters(province=slug)) for hit in in_topic)) for slug, name in places]
    return (
        [Facet(slug, names[slug], count) for slug, count in topics.most_common() if slug in names],
        [Facet(slug, name, count) for slug, name, count in counts],
    )


def _answer(query: Query, rows: list[Result], hits: list[Scored], pinned: bool) -> Any:
    """The question that clearly wins, or nothing."""
    if not rows or not hits or pinned:
        return None
    first = hits[0]
    second = hits[1].score if len(hits) > 1 else 0.0
    told = len(query.core) >= TOLD
    sure = told and first.candidate.kind == "question" and first.cover >= SURE and first.holds_all
    return rows[0].document if sure and first.score >= CLEAR * second else None


def _missing(found: Found) -> list[str]:
    """The words of a short query that no result holds together; empty where one result holds them all."""
    words = [part.text for part in found.query.segments if part.kind != Kind.PATTERN and len(part.text) > 1]
    if not found.hits or len(words) < 2 or len(words) > SHORT or any(hit.holds_all for hit in found.hits):
        return []
    return words
