"""Finds the kin of a page with the index: candidates by search, judged by `kinship`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django.db.models import Count

from publishing import registry
from search.engine import search
from search.index import state
from search.kinship import Choice, Entry, Key, best_guide, entry_of, judge, likeness, says_the_same, select, vector_of
from search.models import IndexEntry, RelatedGroup, RelatedRow
from search.ranking import idf
from search.statistics import HEAD, counts
from search.store import Filters
from search.text import body_tokens, normalise, title_tokens
from taxonomy.models import Topic

PAGE = 6  # links that a reader sees at once
KEPT = 12  # links kept, for "换一批"
CANDIDATES = 60
GUIDES = 30
PINNED = 2.0  # above every score that is worked out


@dataclass
class Statistics:
    """How rare words and topics are."""

    total: int
    heads: dict[str, int]
    topics: Counter[str]

    def idf(self, token: str) -> float:
        return idf(self.heads.get(token, 0), max(self.total, 2))

    @cached_property
    def rarity(self) -> dict[str, float]:
        """A topic of few pages says more about kinship than one of many."""
        return {topic: math.log(1 + self.total / count) for topic, count in self.topics.items()}

    @cached_property
    def names(self) -> dict[str, str]:
        return dict(Topic.objects.values_list("slug", "name"))


@dataclass(frozen=True)
class Family:
    """What was found for one page: its list, its nearest questions (best first) and the pages that say the same."""

    source: Entry
    chosen: list[Choice]
    nearest: list[Entry]
    same: list[Entry]


class Kin:
    """One object serves any number of pages of one moment."""

    def __init__(self) -> None:
        now = state()
        self.rows = IndexEntry.objects.filter(generation=now.generation)
        if now.counted_at is None:  # nothing was counted yet, so nothing read before is worth keeping
            _heads.cache_clear()
            _topic_counts.cache_clear()
        topics = _topic_counts(now.generation, now.counted_at)
        heads = _heads(now.generation, now.counted_at)
        self.statistics = Statistics(max(now.entries, sum(topics.values()) // 3, 2), heads, topics)

    def entries(self, keys: Iterable[Key]) -> dict[Key, Entry]:
        """The entries of some pages, with vectors. Three queries a type however many."""
        wanted = list(keys)
        rows = []
        for kind in sorted({kind for kind, _ in wanted}):
            rows += self.rows.filter(kind=kind, object_id__in=[number for name, number in wanted if name == kind])
        self._count({token for row in rows for token in tokens_of(row)} - self.statistics.heads.keys())
        told = told_of(rows)
        made = (
            entry_of(row, *told.get((row.kind, row.object_id), ("", "")), vector_of(row, self.statistics.idf))
            for row in rows
        )
        return {entry.key: entry for entry in made}

    def of_title(self, title: str) -> Entry:
        """A title that is no page yet, with its vector."""
        row = IndexEntry(kind="question", object_id=0, title=title, heads=normalise(title), text="")
        self._count(tokens_of(row) - self.statistics.heads.keys())
        return entry_of(row, "", "", vector_of(row, self.statistics.idf))

    def _count(self, tokens: set[str]) -> None:
        """Reads in how many titles the tokens stand, those that no page of this process asked for before."""
        found = {term: count for (field, term), count in counts(tokens).items() if field == HEAD} if tokens else {}
        self.statistics.heads.update({token: found.get(token, 0) for token in tokens})

    def family(self, document: Any) -> Family | None:
        """Everything about a page's relations; None where the page is not in the index."""
        key = key_of(document)
        pinned, hidden = document.related_choice()
        wanted = [key, *(("question", number) for number in pinned)]
        named = self.entries(wanted)
        if key not in named:
            return None
        source = named[key]
        questions = self._neighbours(source, "question", CANDIDATES)
        pins = [self.pin(named[place]) for place in wanted[1:] if place in named]
        closed = {("question", number) for number in hidden}
        chosen = select(source, self.choices(source, questions, closed), pins[:PAGE], KEPT, says_the_same)
        if not chosen:  # better a page of another province than a dead end
            chosen = [
                Choice(other, likeness(source, other), RelatedGroup.SIMILAR, "问法相近") for other in questions[:PAGE]
            ]
        guides = self._neighbours(source, "article", GUIDES)
        if key[0] == "question":
            chosen = with_guide(chosen, best_guide(self.choices(source, guides), self._naming(source)))
        same = [other for other in (*questions, *guides) if says_the_same(source, other)]
        nearest = sorted(questions, key=lambda other: (-likeness(source, other), other.key))
        return Family(source, chosen, nearest, same)

    def choices(self, source: Entry, targets: Iterable[Entry], hidden: set[Key] = frozenset()) -> list[Choice]:
        """The judged targets, with reasons that readers understand."""
        judged = (
            judge(source, target, likeness(source, target), self.statistics.rarity)
            for target in targets
            if target.key not in hidden
        )
        return [self.reasoned(choice) for choice in judged if choice]

    def reasoned(self, choice: Choice) -> Choice:
        """The reason in words that readers understand."""
        if choice.group != RelatedGroup.SIMILAR or choice.pinned:
            return choice
        name = self.statistics.names.get(choice.reason)
        return Choice(choice.target, choice.score, choice.group, f"同为{name}问题" if name else "问法相近")

    @staticmethod
    def pin(target: Entry) -> Choice:
        """What editors chose."""
        return Choice(target, PINNED, RelatedGroup.EDITORS, "", True)

    def _neighbours(self, source: Entry, kind: str, limit: int) -> list[Entry]:
        """Pages that could be related: what a search for the title finds, and, if that is little, its topic."""
        found = search(source.title, Filters(kind=kind), limit=limit, enough=0.0).hits
        keys = [(hit.candidate.kind, hit.candidate.object_id) for hit in found]
        if len(keys) <= KEPT and source.topics:
            same = self.rows.filter(kind=kind, topics__contains=f" {source.topics[0]} ").order_by("object_id")
            keys += [(kind, number) for number in same.values_list("object_id", flat=True)[:limit]]
        return [entry for entry in self.entries(keys).values() if entry.key != source.key]

    def _naming(self, source: Entry) -> set[int]:
        """The articles that name the question."""
        rows = RelatedRow.objects.filter(
            source_kind="article", target_kind="question", target_id=source.key[1], pinned=True
        )
        return set(rows.values_list("source_id", flat=True))


def with_guide(chosen: list[Choice], guide: Choice | None) -> list[Choice]:
    """The list with a guide as the last link of its first page."""
    if guide is None:
        return chosen
    return [*chosen[: PAGE - 1], guide, *chosen[PAGE - 1 : KEPT - 1]]


@lru_cache(maxsize=1)
def _heads(_generation: int, _counted_at: Any) -> dict[str, int]:
    """The counts read so far by this process; a new one after every counting."""
    return {}


@lru_cache(maxsize=2)
def _topic_counts(generation: int, _counted_at: Any) -> Counter[str]:
    """In how many entries each topic stood when words were last counted."""
    found: Counter[str] = Counter()
    rows = (
        IndexEntry.objects.filter(generation=generation).order_by().values_list("topics").annotate(number=Count("id"))
    )
    for topics, number in rows:
        for topic in topics.split():
            found[topic] += number
    return found


def tokens_of(row: IndexEntry) -> set[str]:
    """Every token that can be part of a row's vector."""
    return {*title_tokens(row.heads), *body_tokens(row.text.split("\n", 1)[0])}


def key_of(document: Any) -> Key:
    return registry.name_of(document), document.pk


def told_of(rows: list[IndexEntry]) -> dict[Key, tuple[str, str]]:
    """The summary as editors wrote it, figures not filled in, and for articles their kind. One query a type."""
    found: dict[Key, tuple[str, str]] = {}
    for kind in registry.content_types():
        numbers = [row.object_id for row in rows if row.kind == kind.name]
        if numbers:
            names = ("live__summary", *(["kind"] if hasattr(kind.model, "kind") else []))
            for number, summary, *form in kind.model.objects.filter(pk__in=numbers).values_list("pk", *names):
                found[kind.name, number] = summary or "", form[0] if form else ""
    return found
