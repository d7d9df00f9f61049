"""Works out every list of related pages anew, with one sparse matrix of likenesses."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from search.kin import CANDIDATES, KEPT, PAGE, Kin, told_of, with_guide
from search.kinship import Choice, Entry, Key, best_guide, entry_of, judge, select
from search.models import DuplicatePair, IndexEntry, RelatedGroup, RelatedRow
from search.relations import LEAST_LINKS, choices_of_editors, rows_of

BATCH = 2000
Progress = Callable[[Iterable[Any]], Iterable[Any]]
Lists = dict[Key, list[Choice]]


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did."""

    pages: int
    links: int
    duplicates: int
    moved: int


def rebuild(progress: Progress = iter) -> Rebuilt:
    """Replaces all lists; run twice it gives the same rows."""
    lists, duplicates = _by_matrix(Kin(), progress)
    moved = balance(lists)
    with transaction.atomic():
        RelatedRow.objects.all().delete()
        rows = [row for key, chosen in sorted(lists.items()) for row in rows_of(key, chosen)]
        RelatedRow.objects.bulk_create(rows, batch_size=BATCH)
        _store_duplicates(duplicates)
    return Rebuilt(len(lists), len(rows), len(duplicates), moved)


def balance(lists: Lists) -> int:
    """Gives every page at least two links from others, in place of links to pages that have more; says how many moved."""
    heard: dict[Key, list[tuple[Key, Choice]]] = defaultdict(list)
    linked: Counter[Key] = Counter()
    for source, chosen in lists.items():
        for position, choice in enumerate(chosen):
            heard[choice.target.key].append((source, choice))
            linked[choice.target.key] += position < PAGE
    moved = 0
    for target in sorted(target for target in lists if linked[target] < LEAST_LINKS):
        for source, choice in _who_could(target, lists, heard):
            if linked[target] >= LEAST_LINKS:
                break
            moved += _give(source, choice, lists, linked)
    return moved


def _who_could(target: Key, lists: Lists, heard: dict[Key, list[tuple[Key, Choice]]]) -> Iterator[tuple[Key, Choice]]:
    """Pages that could link to the target: those that keep it further down, then those it links to itself."""
    further = [(source, choice) for source, choice in heard[target] if choice not in lists[source][:PAGE]]
    yield from sorted(further, key=lambda pair: (-pair[1].score, pair[0]))
    entry = next((choice.target for _, choice in heard[target]), None)
    for choice in lists[target]:
        source = choice.target.key
        if source in lists and not any(other.target.key == target for other in lists[source][:PAGE]):
            yield source, Choice(entry or _bare(target), choice.score, RelatedGroup.SIMILAR, choice.reason)


def _bare(key: Key) -> Entry:
    row = IndexEntry.objects.filter(kind=key[0], object_id=key[1]).latest("generation")
    return entry_of(row, *told_of([row]).get(key, ("", "")))


def _give(source: Key, choice: Choice, lists: Lists, linked: Counter[Key]) -> bool:
    """Puts the choice on the first page of the source's list; the weakest link that can be spared moves down."""
    chosen = [other for other in lists[source] if other.target.key != choice.target.key]
    spare = [
        number
        for number, other in enumerate(chosen[:PAGE])
        if not other.pinned and other.target.key[0] == "question" and linked[other.target.key] > LEAST_LINKS
    ]
    if len(chosen) < PAGE:
        place = len(chosen)
    elif spare:
        place = min(spare, key=lambda number: (chosen[number].score, -number))
        linked[chosen[place].target.key] -= 1
        chosen.insert(PAGE, chosen.pop(place))
        place = PAGE - 1
    else:
        return False
    chosen.insert(place, replace(choice, pinned=False))
    lists[source] = chosen[:KEPT]
    linked[choice.target.key] += 1
    return True


def _store_duplicates(pairs: dict[tuple[Key, Key], float]) -> None:
    dismissed = set(DuplicatePair.objects.filter(dismissed=True).values_list("kind", "first_id", "second_id"))
    DuplicatePair.objects.filter(dismissed=False).delete()
    rows = [
        DuplicatePair(kind=first[0], first_id=first[1], second_id=second[1], likeness=round(like, 4))
        for (first, second), like in sorted(pairs.items())
        if (first[0], first[1], second[1]) not in dismissed
    ]
    DuplicatePair.objects.bulk_create(rows, batch_size=BATCH)


def _by_matrix(kin: Kin, progress: Progress) -> tuple[Lists, dict[tuple[Key, Key], float]]:
    """All likenesses at once: the best candidates of each page from the product of a sparse matrix with itself."""
    from search.matrix import Matrix  # numpy and scipy are only needed here, not to serve a page

    matrix = Matrix(kin, CANDIDATES)
    lists: Lists = {}
    duplicates: dict[tuple[Key, Key], float] = {}
    editors = choices_of_editors()
    naming: dict[int, list[int]] = defaultdict(list)
    for (kind, number), (pinned, _) in editors.items():
        for question in pinned if kind == "article" else ():
            naming[question].append(number)
    for source, found in progress(matrix):
        pinned, hidden = editors.get(source.key, ([], set()))
        judged = [kin.reasoned(choice) for target, like in found
                  if not (target.key[0] == "question" and target.key[1] in hidden)
                  and (choice := judge(source, target, like, kin.statistics.rarity))]  # fmt: skip
        pins = [
            kin.pin(matrix.by_key[key]) for key in (("question", number) for number in pinned) if key in matrix.by_key
        ]
        chosen = select(
            source, (one for one in judged if one.target.key[0] == "question"), pins[:PAGE], KEPT, matrix.same
        )
        guides = [one for one in judged if one.target.key[0] == "article"]
        lists[source.key] = (
            with_guide(chosen, best_guide(guides, naming[source.key[1]])) if source.key[0] == "question" else chosen
        )
        for target, like in found:
            if matrix.same(source, target):
                duplicates[tuple(sorted((source.key, target.key)))] = like
    return lists, duplicates
