"""What a change of one row would do: every outcome that would read differently, before it is saved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import permutations

from filing.cases import Case, Place
from filing.flow import every_case
from filing.places import ANY, DIRECT, Gazetteer
from filing.rules import Book, Exemption, Outcome, Statement, decide
from filing.vocabulary import CONDITIONS, Slot

# One pair for every way in which two places can lie to each other and a filing can be placed.
PAIRS = [
    ("340100", "beijing"), ("340100", "440100"), ("340100", "440300"), ("340100", "guangdong" + ANY), ("340100", "340300"),
    ("anhui" + DIRECT, "340100"), ("650100", "bingtuan"), ("340100", "340100"), ("340100", "hmt"), ("340100", "abroad"),
]  # fmt: skip
NOTHING = "（没有）"
LABELS = {str(name): label for name, label in Slot.choices}
AXES = ("reason", "insurance", "care", "stage")


@dataclass
class Change:
    """Cases in which the same words change in the same way."""

    what: str
    before: str
    after: str
    cases: list[Case] = field(default_factory=list)

    @property
    def pairs(self) -> list[str]:
        return _unique(f"{case.insured.label}→{case.treated.label}" for case in self.cases)

    @property
    def conditions(self) -> list[str]:
        """The answers these cases have, question by question."""
        found = []
        for axis in AXES:
            codes = _unique(getattr(case, axis) for case in self.cases if getattr(case, axis))
            found.append("、".join(CONDITIONS[axis](code).label for code in codes))
        return [line for line in found if line]


def changes(before: Book, after: Book, day: dt.date, gazetteer: Gazetteer) -> list[Change]:
    """Every change between two books on a day, over all ways through the questions for all kinds of places."""
    found: dict[tuple[str, str, str], Change] = {}
    for insured, treated in _pairs(before, after, gazetteer):
        for case in every_case(insured, treated):
            for what, old, new in _differences(decide(case, before, day), decide(case, after, day)):
                found.setdefault((what, old, new), Change(what, old, new)).cases.append(case)
    return sorted(found.values(), key=lambda change: (change.what != Slot.DUTY.label, -len(change.cases)))


def _differences(before: Outcome, after: Outcome) -> Iterator[tuple[str, str, str]]:
    """What differs, part by part; where the verdict differs, all else follows and is only named."""
    old, new = before.texts(), after.texts()
    names = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
    if before.verdict == after.verdict:
        yield from ((_label(name), old.get(name, NOTHING).strip(), new.get(name, NOTHING).strip()) for name in names)
        return
    followers = "、".join(_label(name) for name in names if name not in {"verdict", Slot.DUTY})
    yield Slot.DUTY.label, _verdict(before), _verdict(after) + (f"\n跟着变的：{followers}" if followers else "")


def _verdict(outcome: Outcome) -> str:
    said = outcome.statements.get(Slot.DUTY)
    return f"{outcome.verdict.label}。{said.text if said else NOTHING}"


def _label(name: str) -> str:
    return LABELS.get(name, "免备案范围")


def with_statement(book: Book, row: Statement | None, old_code: str) -> Book:
    """The book with a row put in the place of the one of that code; None takes it out."""
    kept = tuple(known for known in book.statements if known.code != old_code)
    return replace(book, statements=(*kept, row) if row else kept)


def with_exemption(book: Book, row: Exemption | None, old_code: str) -> Book:
    """The same for an exemption."""
    kept = tuple(known for known in book.exemptions if known.code != old_code)
    return replace(book, exemptions=(*kept, row) if row else kept)


def _pairs(before: Book, after: Book, gazetteer: Gazetteer) -> list[tuple[Place, Place]]:
    """The standard pairs, and those that any override or exemption of either book is about."""
    codes = list(PAIRS)
    for row in {*before.exemptions, *after.exemptions}:
        codes += _exempted(row, gazetteer)
    for scope in sorted({row.scope for book in (before, after) for row in book.statements}, key=repr):
        if scope.province:
            home = scope.city or _whole(scope.province, gazetteer, direct=scope.direct_only)
            codes += [(home, "beijing"), (home, "shanghai"), (home, _whole(scope.province, gazetteer))]
    places = [(gazetteer.place(home), gazetteer.place(away)) for home, away in dict.fromkeys(codes)]
    return [(home, away) for home, away in places if home and away]


def _exempted(row: Exemption, gazetteer: Gazetteer) -> list[tuple[str, str]]:
    if row.within:
        return [(row.city or _whole(slug, gazetteer), _whole(slug, gazetteer)) for slug in sorted(row.provinces)]
    wholes = [_whole(slug, gazetteer) for slug in sorted(row.provinces)]
    return [(row.city or home, away) for home, away in permutations(wholes, 2)]


def _whole(slug: str, gazetteer: Gazetteer, direct: bool = False) -> str:
    province = gazetteer.provinces.get(slug)
    if province is None or province.single_pool:
        return slug
    return slug + (DIRECT if direct else ANY)


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
