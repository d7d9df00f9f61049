"""Keeps the stored lists of related pages: worked out in the transaction that changes a page, read with one query."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from publishing import registry
from publishing.models import Availability
from publishing.registry import Change
from search.engine import search
from search.index import state
from search.kinship import (
    Choice,
    Entry,
    Key,
    entry_of,
    in_reading_order,
    judge,
    likeness,
    says_the_same,
    select,
    vector_of,
)
from search.models import DuplicatePair, IndexEntry, RelatedGroup, RelatedRow
from search.ranking import idf
from search.statistics import HEAD, counts
from search.store import Filters
from search.text import body_tokens, title_tokens
from taxonomy.models import Topic

PAGE = 6  # links that a reader sees at once
KEPT = 12  # links kept, for "换一批"
CANDIDATES = 60
AFFECTED = 20  # neighbours whose lists are looked at when a page changes
PINNED = 2.0  # above every score that is worked out
LEAST_LINKS = 2  # every page is linked from at least so many others


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


class Kin:
    """Finds the relations of pages with the index; one object serves any number of pages of one moment."""

    def __init__(self) -> None:
        self.generation = state().generation
        self.rows = IndexEntry.objects.filter(generation=self.generation)
        topics = Counter(topic for topics in self.rows.values_list("topics", flat=True) for topic in topics.split())
        self.statistics = Statistics(self.rows.count(), {}, topics)

    def entries(self, keys: Iterable[Key]) -> dict[Key, Entry]:
        """The entries of some pages, with vectors. Three queries however many."""
        wanted = list(keys)
        rows = []
        for kind in {kind for kind, _ in wanted}:
            rows += self.rows.filter(kind=kind, object_id__in=[number for name, number in wanted if name == kind])
        return self.build(rows)

    def build(self, rows: list[IndexEntry]) -> dict[Key, Entry]:
        tokens = {token for row in rows for token in tokens_of(row)} - self.statistics.heads.keys()
        for (field, term), count in counts(tokens).items():
            if field == HEAD:
                self.statistics.heads[term] = count
        summaries = summaries_of(rows)
        made = (
            entry_of(row, summaries.get((row.kind, row.object_id), ""), vector_of(row, self.statistics.idf))
            for row in rows
        )
        return {entry.key: entry for entry in made}

    def neighbours(self, source: Entry, kind: str) -> list[Entry]:
        """Pages that could be related: what a search for the title finds, and, if that is little, its topic."""
        found = search(source.title, Filters(kind=kind), limit=CANDIDATES, enough=0.0).hits
        keys = [(hit.candidate.kind, hit.candidate.object_id) for hit in found]
        if len(keys) <= KEPT and source.topics:
            same = self.rows.filter(kind=kind, topics__contains=f" {source.topics[0]} ").order_by("object_id")
            keys += [(kind, number) for number in same.values_list("object_id", flat=True)[:CANDIDATES]]
        return [entry for entry in self.entries(keys).values() if entry.key != source.key]

    def reasoned(self, choice: Choice) -> Choice:
        """The reason in words that readers understand."""
        if choice.group != RelatedGroup.SIMILAR or choice.pinned:
            return choice
        name = self.statistics.names.get(choice.reason)
        return Choice(choice.target, choice.score, choice.group, f"同为{name}问题" if name else "问法相近")

    def choices(self, source: Entry, targets: Iterable[Entry], hidden: set[Key]) -> list[Choice]:
        rarity = self.statistics.rarity
        judged = (
            judge(source, target, likeness(source, target), rarity) for target in targets if target.key not in hidden
        )
        return [self.reasoned(choice) for choice in judged if choice]

    def list_of(self, document: Any) -> tuple[list[Choice], list[Entry]]:
        """The list of a page, best first and without groups' order, and the pages that say the same as it."""
        key = key_of(document)
        source = self.entries([key]).get(key)
        if source is None:
            return [], []
        pinned, hidden = document.related_choice()
        targets = self.neighbours(source, "question")
        by_pin = self.entries([("question", number) for number in pinned])
        pins = [Choice(by_pin[("question", number)], PINNED, RelatedGroup.NEXT, "编辑推荐", True)
                for number in pinned if ("question", number) in by_pin]  # fmt: skip
        closed = {("question", number) for number in hidden}
        chosen = select(source, self.choices(source, targets, closed), pins[:PAGE], KEPT, says_the_same)
        if not chosen:  # better a page of another province than a dead end
            chosen = [
                Choice(target, likeness(source, target), RelatedGroup.SIMILAR, "问法相近") for target in targets[:PAGE]
            ]
        if key[0] == "question":
            chosen = self.with_guide(source, chosen)
        return chosen, [target for target in targets if target.key[0] == key[0] and says_the_same(source, target)]

    def with_guide(self, source: Entry, chosen: list[Choice]) -> list[Choice]:
        """The list with the best guide as the last link of its first page."""
        guides = self.choices(source, self.neighbours(source, "article"), set())
        naming = set(RelatedRow.objects.filter(source_kind="article", target_kind="question", target_id=source.key[1], pinned=True)
                     .values_list("source_id", flat=True))  # fmt: skip
        guides.sort(key=lambda one: (one.target.key[1] not in naming, -one.score, one.target.key))
        if not guides:
            return chosen
        guide = Choice(guides[0].target, guides[0].score, RelatedGroup.SIMILAR, "办事指南")
        return [*chosen[: PAGE - 1], guide, *chosen[PAGE - 1 : KEPT - 1]]


def tokens_of(row: IndexEntry) -> set[str]:
    """Every token that can be part of a row's vector."""
    return {*title_tokens(row.heads), *body_tokens(row.text.split("\n", 1)[0])}


def key_of(document: Any) -> Key:
    return registry.name_of(document), document.pk


def summaries_of(rows: list[IndexEntry]) -> dict[Key, str]:
    """The summaries as editors wrote them, figures not filled in."""
    found: dict[Key, str] = {}
    for kind in registry.content_types():
        numbers = [row.object_id for row in rows if row.kind == kind.name]
        if numbers:
            live = kind.model.objects.filter(pk__in=numbers).values_list("pk", "live__summary")
            found.update({(kind.name, number): summary or "" for number, summary in live})
    return found


def rows_of(key: Key, chosen: list[Choice]) -> Iterator[RelatedRow]:
    """The rows of a list, in the order in which readers see them."""
    for rank, choice in enumerate(in_reading_order(chosen, PAGE)):
        yield RelatedRow(
            source_kind=key[0], source_id=key[1], target_kind=choice.target.key[0], target_id=choice.target.key[1], rank=rank,
            group=choice.group, score=round(choice.score, 6), reason=choice.reason, pinned=choice.pinned,
            title=choice.target.title, summary=choice.target.summary,
        )  # fmt: skip


def store(key: Key, chosen: list[Choice]) -> None:
    """Replaces the list of a page."""
    RelatedRow.objects.filter(source_kind=key[0], source_id=key[1]).delete()
    RelatedRow.objects.bulk_create(rows_of(key, chosen))


def follow(document: Any, change: Change) -> None:
    """Listener: the lists change with the page, in the same transaction; what is withdrawn vanishes from all of them."""
    key = key_of(document)
    if document.availability != Availability.LIVE or not document.live_id:
        forget(key)
    else:
        refresh(document)


def forget(key: Key) -> None:
    """Takes a page out of every list, and its own list away."""
    RelatedRow.objects.filter(source_kind=key[0], source_id=key[1]).delete()
    RelatedRow.objects.filter(target_kind=key[0], target_id=key[1]).delete()
    DuplicatePair.objects.filter(kind=key[0], first_id=key[1]).delete()
    DuplicatePair.objects.filter(kind=key[0], second_id=key[1]).delete()


def refresh(document: Any) -> None:
    """Works out a page's own list, and offers the page to its nearest neighbours and to those that linked it before."""
    kin, key = Kin(), key_of(document)
    chosen, same = kin.list_of(document)
    store(key, chosen)
    source = kin.entries([key]).get(key)
    if source is None:
        return
    record_duplicates(source, same)
    linked = RelatedRow.objects.filter(target_kind=key[0], target_id=key[1])
    before = list(linked.values_list("source_kind", "source_id"))
    linked.delete()
    closest = sorted(kin.neighbours(source, "question"), key=lambda other: (-likeness(source, other), other.key))[
        :AFFECTED
    ]
    known = {other.key for other in closest}
    others = kin.entries([place for place in before if place not in known])
    offer(kin, source, [*closest, *(others[place] for place in sorted(others))])


def offer(kin: Kin, page: Entry, neighbours: list[Entry]) -> None:
    """Puts a page into the neighbours' lists where it is better than what stands there, and into two of them in any case."""
    lists = lists_of([neighbour.key for neighbour in neighbours])
    editors = choices_of_editors(neighbour.key for neighbour in neighbours)
    placed = 0
    for neighbour in neighbours:
        pinned, hidden = editors.get(neighbour.key, ([], set()))
        is_question = page.key[0] == "question"
        choice = judge(neighbour, page, likeness(neighbour, page), kin.statistics.rarity)
        if choice is None or (is_question and page.key[1] in hidden) or says_the_same(neighbour, page):
            continue
        if is_question and page.key[1] in pinned:
            choice = Choice(page, PINNED, RelatedGroup.NEXT, "编辑推荐", True)
        placed += _insert(neighbour.key, lists[neighbour.key], kin.reasoned(choice), must=placed < LEAST_LINKS)


def choices_of_editors(keys: Iterable[Key] | None = None) -> dict[Key, tuple[list[int], set[int]]]:
    """Pins and hides of some pages, or of all, where there are any. Two queries a type."""
    wanted = None if keys is None else set(keys)
    found = {}
    for kind in registry.content_types():
        names = [name for name in ("related_links", "related_questions") if hasattr(kind.model, name)]
        documents = kind.model.objects.live().prefetch_related(*names).order_by("pk")
        if wanted is not None:
            documents = documents.filter(pk__in=[number for name, number in wanted if name == kind.name])
        for document in documents.iterator(chunk_size=1000):
            pinned, hidden = document.related_choice()
            if pinned or hidden:
                found[kind.name, document.pk] = pinned, hidden
    return found


def lists_of(keys: list[Key]) -> dict[Key, list[RelatedRow]]:
    """The stored lists of some pages, in order. One query a kind."""
    found: dict[Key, list[RelatedRow]] = {key: [] for key in keys}
    for kind in {kind for kind, _ in keys}:
        numbers = [number for name, number in keys if name == kind]
        for row in RelatedRow.objects.filter(source_kind=kind, source_id__in=numbers).order_by("rank"):
            found[row.source_kind, row.source_id].append(row)
    return found


def _insert(key: Key, rows: list[RelatedRow], choice: Choice, *, must: bool) -> bool:
    """Puts one choice into a stored list by its score; on the first page in any case where it `must`."""
    new = next(rows_of(key, [choice]))
    free = [row for row in rows if not row.pinned and row.target_kind == "question"]
    weaker = [row for row in free if row.score < new.score]
    if len(rows) >= PAGE and not weaker and not must:
        return False
    place = min((row.rank for row in weaker), default=len(rows))
    if must and place >= PAGE:
        place = max((row.rank for row in free if row.rank < PAGE), default=PAGE - 1)
    if choice.pinned:
        place = sum(row.pinned for row in rows)
    ordered = [*rows[:place], new, *rows[place:]]
    for row in ordered[KEPT:]:
        row.delete()
    for rank, row in enumerate(ordered[:KEPT]):
        row.rank = rank
    new.save()
    RelatedRow.objects.bulk_update([row for row in ordered[:KEPT] if row.pk and row is not new], ["rank"])
    return place < PAGE


def record_duplicates(page: Entry, same: list[Entry]) -> None:
    """Writes the pairs for the editors' queue; a pair that an editor dismissed stays dismissed."""
    for other in same:
        first, second = sorted((page.key[1], other.key[1]))
        DuplicatePair.objects.update_or_create(
            kind=page.key[0], first_id=first, second_id=second, defaults={"likeness": round(likeness(page, other), 4)}
        )
