"""Keeps the stored lists of related pages: worked out in the transaction that changes a page, read with one query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from publishing import registry
from publishing.models import Availability
from publishing.registry import Change
from search.kin import KEPT, PAGE, Kin, key_of
from search.kinship import Choice, Entry, Key, in_reading_order, likeness, says_the_same
from search.models import DuplicatePair, RelatedRow

AFFECTED = 20  # neighbours whose lists are looked at when a page changes
LEAST_LINKS = 2  # every page is linked from at least so many others


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
    family = kin.family(document)
    if family is None:
        return
    store(key, family.chosen)
    record_duplicates(family.source, family.same)
    linked = RelatedRow.objects.filter(target_kind=key[0], target_id=key[1])
    before = set(linked.values_list("source_kind", "source_id"))
    linked.delete()
    closest = family.nearest[:AFFECTED]
    others = kin.entries(before - {other.key for other in closest})
    offer(kin, family.source, [*closest, *(others[place] for place in sorted(others))])


def offer(kin: Kin, page: Entry, neighbours: list[Entry]) -> None:
    """Puts a page into the neighbours' lists where it is better than what stands there, and into two of them in any case."""
    lists = lists_of([neighbour.key for neighbour in neighbours])
    editors = choices_of_editors(neighbour.key for neighbour in neighbours)
    number = page.key[1] if page.key[0] == "question" else None
    fresh: list[RelatedRow] = []
    spare: list[int] = []
    placed = 0
    for neighbour in neighbours:
        pinned, hidden = editors.get(neighbour.key, ([], set()))
        choice = next(iter(kin.choices(neighbour, [page])), None)
        if choice is None or number in hidden or says_the_same(neighbour, page):
            continue
        if number in pinned:
            choice = kin.pin(page)
        new, rows = next(rows_of(neighbour.key, [choice])), lists[neighbour.key]
        place = place_for(new, rows, must=placed < LEAST_LINKS)
        if place is not None:
            new.rank = rank_at(place, [row.rank for row in rows])
            fresh.append(new)
            spare += [row.pk for row in rows[KEPT - 1 :]]
            placed += place < PAGE
    RelatedRow.objects.filter(pk__in=spare).delete()
    RelatedRow.objects.bulk_create(fresh)


def place_for(new: RelatedRow, rows: list[RelatedRow], *, must: bool) -> int | None:
    """Where a link belongs in a stored list by its score, on the first page in any case where it `must`; None for nowhere."""
    if new.pinned:
        return sum(row.pinned for row in rows)
    free = [number for number, row in enumerate(rows) if not row.pinned and row.target_kind == "question"]
    place = min((number for number in free if rows[number].score < new.score), default=len(rows))
    if must and place >= PAGE:
        return max((number for number in free if number < PAGE), default=PAGE - 1)
    return place if place < KEPT else None


def rank_at(place: int, ranks: list[float]) -> float:
    """A rank that sorts to the place among the ranks given, so that no other row has to change."""
    if place >= len(ranks):
        return ranks[-1] + 1 if ranks else 0.0
    return (ranks[place - 1] + ranks[place]) / 2 if place else ranks[0] - 1


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


def record_duplicates(page: Entry, same: list[Entry]) -> None:
    """Writes the pairs for the editors' queue; a pair that an editor dismissed stays dismissed."""
    for other in same:
        first, second = sorted((page.key[1], other.key[1]))
        DuplicatePair.objects.update_or_create(
            kind=page.key[0], first_id=first, second_id=second, defaults={"likeness": round(likeness(page, other), 4)}
        )
