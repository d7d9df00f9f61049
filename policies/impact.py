"""What a change would do to the sentences that readers see, on every day on which something starts or ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from policies.figures import UNKNOWN, Figures, keys_in
from policies.models import Parameter, ParameterValue, PolicyDocument
from policies.usage import Use, uses_of

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Changed:
    """One sentence of one page that reads differently from a day on."""

    use: Use
    day: dt.date
    before: str
    after: str

    @property
    def loses_figure(self) -> bool:
        """Whether readers would find a neutral sentence where a figure was."""
        return UNKNOWN in self.after and UNKNOWN not in self.before


@dataclass(frozen=True)
class Reading:
    """What stands in the database at one moment of a change: the live uses, and the rows that decide what they say."""

    uses: tuple[Use, ...] = ()
    values: tuple[ParameterValue, ...] = ()
    policy: PolicyDocument | None = None

    def turning_days(self, today: dt.date) -> set[dt.date]:
        """Today, and every later day on which a value or the document starts or stops."""
        days = {today}
        for row in (*self.values, *([self.policy] if self.policy else [])):
            until = row.in_force_until
            days |= {day for day in (row.in_force_from, until + ONE_DAY if until else None) if day and day > today}
        if self.policy and (lapsed_on := self.policy.lapsed_on()):
            days |= {lapsed_on} - {day for day in (lapsed_on,) if day <= today}
        return days

    def sentences(self, day: dt.date) -> Iterator[tuple[tuple[Use, int], str]]:
        """Each sentence as readers see it on the day, under a name that holds before and after."""
        figures = Figures.among(self.values, day)
        for use in self.uses:
            if self.policy:
                yield (use, 0), f"《{self.policy.title}》{self.policy.status_text_on(day)}"
            else:
                yield from (((use, number), figures.fill(text)) for number, text in enumerate(use.texts))


def read_parameter(parameter: Parameter) -> Reading:
    """The live sentences with the figure and all values that stand in them. A query a content type, and one."""
    uses = tuple(use for use in uses_of(parameter) if use.is_live)
    keys = keys_in(text for use in uses for text in use.texts)
    return Reading(uses, tuple(ParameterValue.objects.history(keys)) if keys else ())


def read_policy(policy: PolicyDocument) -> Reading:
    """The live pages that cite the document, and the document as it is stored."""
    stored = PolicyDocument.objects.select_related("superseded_by", "partly_superseded_by").get(pk=policy.pk)
    return Reading(tuple(use for use in uses_of(policy) if use.is_live), policy=stored)


def compare(before: Reading, after: Reading, today: dt.date) -> list[Changed]:
    """Every sentence that changes, with the first day of each new wording."""
    found: list[Changed] = []
    last: dict[tuple[Use, int], tuple[str, str]] = {}
    for day in sorted(before.turning_days(today) | after.turning_days(today)):
        then = dict(after.sentences(day))
        for name, old in before.sentences(day):
            pair = (old, then.get(name, ""))
            if old != pair[1] and last.get(name) != pair:
                found.append(Changed(name[0], day, *pair))
            last[name] = pair
    return found


def by_page(changes: Iterable[Changed]) -> list[tuple[Use, list[Changed]]]:
    """The changes of each page together, in the order of the pages."""
    pages: dict[Use, list[Changed]] = {}
    for change in changes:
        pages.setdefault(change.use, []).append(change)
    return list(pages.items())


def fingerprint(changes: Iterable[Changed]) -> str:
    """A short name for exactly these changes, so that what is confirmed is what was shown."""
    lines = [f"{change.use.edit_url}|{change.day}|{change.before}|{change.after}" for change in changes]
    return sha256("\n".join(lines).encode()).hexdigest()[:32]
