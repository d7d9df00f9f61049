"""Turns an outcome into what the page shows: sections of lines with numbered sources and the figures of the day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from filing.rules import Exemption, Outcome, Source, Statement
from filing.vocabulary import Section, Slot
from policies.figures import Figures
from policies.models import PolicyStatus
from publishing import registry
from publishing.rendering import short_answers
from taxonomy.models import Confidence

MAX_QUESTIONS = 6


@dataclass(frozen=True)
class Line:
    """One statement with the number of its source."""

    texts: list[str]
    source: int
    time: str = ""
    cost: str = ""
    unsure: bool = False


@dataclass
class Plan:
    """Everything the outcome page shows."""

    outcome: Outcome
    day: dt.date
    sections: dict[str, list[Line]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    questions: list[Any] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence; empty where no rule is known."""
        lines = self.sections.get(Section.VERDICT)
        return "".join(lines[0].texts) if lines else ""

    @property
    def rests_on(self) -> list[tuple[Source, PolicyStatus | None]]:
        """The sources with what each is on the day."""
        return [(source, source.policy.status_on(self.day) if source.policy else None) for source in self.sources]

    @property
    def lapsed(self) -> list[str]:
        """Titles of sources that are not in force any more."""
        return [source.policy.title for source, status in self.rests_on if status == PolicyStatus.REPEALED]


def build(outcome: Outcome, day: dt.date) -> Plan:
    """The page of an outcome on a day: one query for its figures, two for its questions."""
    plan = Plan(outcome, day)
    rows = [*outcome.statements.values(), *outcome.exemptions]
    figures = Figures.on(day, [text for row in rows for text in _texts(row)])
    for section in Section:
        lines = [_line(plan, row, figures) for slot, row in outcome.statements.items() if slot.section == section]
        if section == Section.WHY:
            lines += [_exemption_line(plan, row, figures) for row in outcome.exemptions]
        plan.sections[section.value] = lines
    plan.questions = _questions(outcome)
    return plan


def _texts(row: Statement | Exemption) -> list[str]:
    return [row.text, row.limit] if isinstance(row, Exemption) else [row.text, row.time, row.cost]


def _line(plan: Plan, row: Statement, figures: Figures) -> Line:
    text, time, cost = (figures.fill(part) for part in (row.text, row.time, row.cost))
    return Line(text.splitlines(), _number(plan, row.source), time, cost, _unsure(row.source))


def _exemption_line(plan: Plan, row: Exemption, figures: Figures) -> Line:
    """What is free and what is not; only the latter where this case is not freed."""
    texts = [row.text, row.limit] if row.partial or row.frees(plan.outcome.case) else [row.limit or row.text]
    return Line([figures.fill(text) for text in texts if text], _number(plan, row.source), unsure=_unsure(row.source))


def _unsure(source: Source) -> bool:
    return source.confidence != Confidence.HIGH


def _number(plan: Plan, source: Source) -> int:
    """The number of a source in the list at the end; equal clauses share one."""
    key = (source.policy, source.clause or source.note)
    for number, known in enumerate(plan.sources, 1):
        if (known.policy, known.clause or known.note) == key:
            return number
    plan.sources.append(source)
    return len(plan.sources)


def _questions(outcome: Outcome) -> list[Any]:
    """The live questions that the rules name, those of the verdict first."""
    ordered = sorted(outcome.statements.values(), key=lambda row: row.slot != Slot.DUTY)
    numbers = list(dict.fromkeys(number for row in ordered for number in row.questions))
    live = registry.content_type("question").model.objects.live().in_bulk(numbers)
    questions = [live[number] for number in numbers if number in live][:MAX_QUESTIONS]
    short_answers(questions)
    return questions
