"""The rules as pure functions: the same case, book and day always give the same outcome."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from filing.cases import Case
from filing.vocabulary import CONDITIONS, Care, Relation, Slot, Status, Verdict

Conditions = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included; None is open."""

    starts: dt.date | None = None
    ends: dt.date | None = None

    def holds_on(self, day: dt.date) -> bool:
        return (self.starts or dt.date.min) <= day <= (self.ends or dt.date.max)

    def overlaps(self, other: Period) -> bool:
        return (self.starts or dt.date.min) <= (other.ends or dt.date.max) and (other.starts or dt.date.min) <= (
            self.ends or dt.date.max
        )


@dataclass(frozen=True)
class Source:
    """Where a statement comes from; `policy` is the policy document or None."""

    policy: Any = None
    clause: str = ""
    note: str = ""
    confidence: str = "high"


@dataclass(frozen=True)
class Scope:
    """Whose rule it is: the nation's where `province` is empty; a city's rule precedes a province's."""

    province: str = ""
    city: str = ""
    direct_only: bool = False

    def covers(self, case: Case) -> bool:
        if self.province and self.province != case.insured.province:
            return False
        if self.city and self.city != case.insured.city:
            return False
        return case.insured.direct or not self.direct_only

    @property
    def rank(self) -> int:
        """The more specific, the higher."""
        return bool(self.province) + 2 * bool(self.city) + 2 * self.direct_only


@dataclass(frozen=True)
class Statement:
    """One row: if all conditions hold, the slot says this text. An empty condition holds always."""

    code: str
    slot: Slot
    text: str
    verdict: str = ""  # only in the slot `duty`
    when: Conditions = field(default_factory=dict)
    period: Period = Period()
    source: Source = Source()
    scope: Scope = Scope()
    time: str = ""
    cost: str = ""
    questions: tuple[int, ...] = ()

    def matches(self, facts: Mapping[str, str]) -> bool:
        for name, allowed in self.when.items():  # noqa: SIM110 - a plain loop, run a million times for one preview
            if allowed and facts[name] not in allowed:
                return False
        return True


@dataclass(frozen=True)
class Exemption:
    """Places between which, or a province inside which, no filing is needed for some kinds of care."""

    code: str
    name: str
    text: str
    limit: str
    provinces: frozenset[str]
    within: bool
    cares: frozenset[str]
    city: str = ""
    partial: bool = False  # only true of parts of these places: said, but it decides nothing
    period: Period = Period()
    source: Source = Source()

    def about(self, case: Case) -> bool:
        """Whether it is about these two places at all."""
        home, away = case.insured, case.treated
        wanted = Relation.SAME_PROVINCE if self.within else Relation.CROSS_PROVINCE
        if case.relation != wanted or not {home.province, away.province} <= self.provinces:
            return False
        return not self.city or self.city == home.city

    def frees(self, case: Case) -> bool:
        """Whether it frees this case of filing."""
        care = Care.INPATIENT.value if case.care == Care.UNSURE else case.care
        return not self.partial and care in self.cares


@dataclass(frozen=True)
class Book:
    """All rules, overrides and exemptions."""

    statements: tuple[Statement, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    _days: dict[dt.date, dict[Slot, list[Statement]]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def on(self, day: dt.date) -> dict[Slot, list[Statement]]:
        """The rows in force on a day, by slot in page order, the most specific first; worked out once a day."""
        if day not in self._days:
            current = [row for row in self.statements if row.period.holds_on(day)]
            current.sort(key=lambda row: -row.scope.rank)
            self._days[day] = {slot: [row for row in current if row.slot == slot] for slot in Slot}
        return self._days[day]


@dataclass(frozen=True)
class Outcome:
    """What applies to a case on a day. Without a duty rule the verdict is to ask."""

    case: Case
    verdict: Verdict
    status: Status
    statements: Mapping[Slot, Statement]
    exemptions: tuple[Exemption, ...] = ()

    @property
    def freed_by(self) -> tuple[Exemption, ...]:
        return tuple(row for row in self.exemptions if row.frees(self.case))

    @property
    def known(self) -> bool:
        """Whether a rule decided, rather than the lack of one."""
        return Slot.DUTY in self.statements

    def texts(self) -> dict[str, str]:
        """What is said, by slot and exemption; two outcomes with equal texts read alike."""
        said = {slot.value: "\n".join((row.text, row.time, row.cost)) for slot, row in self.statements.items()}
        said.update({f"exemption {row.code}": row.text + row.limit for row in self.exemptions})
        return {"verdict": self.verdict.value, **said}


def decide(case: Case, book: Book, day: dt.date) -> Outcome:
    """The outcome of a case on a day: first the verdict, then everything that follows from it."""
    exemptions = tuple(row for row in book.exemptions if row.period.holds_on(day) and row.about(case))
    status = Status.EXEMPT if any(row.frees(case) for row in exemptions) else Status.PLAIN
    facts = facts_of(case, status)
    statements: dict[Slot, Statement] = {}
    verdict = Verdict.ASK
    for slot, rows in book.on(day).items():
        row = next((row for row in rows if row.scope.covers(case) and row.matches(facts)), None)
        if row:
            statements[slot] = row
        if slot == Slot.DUTY:  # the first slot
            verdict = Verdict(row.verdict) if row else verdict
            facts["verdict"] = verdict.value
    return Outcome(case, verdict, status, statements, exemptions)


def facts_of(case: Case, status: Status) -> dict[str, str]:
    """What conditions are compared with."""
    return {
        "verdict": "", "relation": case.relation.value, "status": status.value, "reason": case.reason, "insurance": case.insurance,
        "care": case.care, "stage": case.stage, "destination": str(case.treated.destination),
    }  # fmt: skip


def collide(one: Statement, other: Statement) -> bool:
    """Whether both rows could fill the same slot in the same case on the same day."""
    if one.slot != other.slot or one.scope != other.scope or not one.period.overlaps(other.period):
        return False
    return all(_meet(one.when.get(name), other.when.get(name)) for name in CONDITIONS)


def _meet(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return not one or not other or bool(one & other)
