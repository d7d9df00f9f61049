"""Fills `[[key]]` and `[[key|province]]` tokens with the figures in force on a day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from django.db import models

from policies.models import ParameterValue
from prepared_queries import Prepared, Slot, numbered, slots

TOKEN = re.compile(r"\[\[\s*([a-z][a-z0-9_]*)\s*(?:\|\s*([a-z-]+)\s*)?\]\]")
BRACKETS = re.compile(r"\[\[[^\[\]]*\]\]")
UNKNOWN = "（这个数字本站正在核对，请拨打12393询问参保地）"
NATIONAL = "（全国规定）"


def tokens_in(texts: Iterable[str]) -> set[tuple[str, str | None]]:
    """The figures that the texts use, each with its province where one is named."""
    return {(match[1], match[2]) for text in texts for match in TOKEN.finditer(text)}


def malformed_in(texts: Iterable[str]) -> set[str]:
    """What looks like a figure and is none: readers would see the brackets."""
    return {match[0] for text in texts for match in BRACKETS.finditer(text) if not TOKEN.fullmatch(match[0])}


def keys_in(texts: Iterable[str]) -> set[str]:
    """The parameter keys that the texts use."""
    return {key for key, _ in tokens_in(texts)}


@dataclass
class Figures:
    """The figures of one page on one day, read with a single query."""

    values: dict[tuple[str, str | None], ParameterValue] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    @classmethod
    def on(cls, day: dt.date, texts: Iterable[str]) -> Figures:
        """All figures that the texts name; no query where they name none."""
        keys = keys_in(texts)
        return cls.among(_in_force(len(keys)).fetch(day=day, **numbered("key", keys)), day) if keys else cls()

    @classmethod
    def among(cls, rows: Iterable[ParameterValue], day: dt.date) -> Figures:
        """The figures of the day among values of all times, oldest first."""
        return cls(
            {(row.parameter.key, row.province.slug if row.province else None): row for row in rows if row.holds_on(day)}
        )

    def only(self, texts: Iterable[str]) -> Figures:
        """Those of the figures that the texts name."""
        keys = keys_in(texts)
        return Figures({place: row for place, row in self.values.items() if place[0] in keys}, self.missing & keys)

    def text(self, key: str, province: str | None = None) -> str:
        """The figure with its unit; a national figure given for a province says so; a neutral sentence where none is known."""
        own = self.values.get((key, province))
        if own:
            return own.text
        national = self.values.get((key, None)) if province else None
        if national:
            return national.text + NATIONAL
        self.missing.add(key)
        return UNKNOWN

    def fill(self, text: str, mark: Callable[[str], str] = str) -> str:
        """The text with every token replaced; `mark` escapes or wraps each figure."""
        return TOKEN.sub(lambda match: mark(self.text(match[1], match[2])), text) if "[[" in text else text

    def used(self) -> list[ParameterValue]:
        """The values read, in a stable order, for "where do these figures come from"."""
        return sorted(self.values.values(), key=lambda row: (row.parameter.label, row.province_id or 0))


@lru_cache(maxsize=100)
def _in_force(count: int) -> Prepared:
    """The values in force on a day of so many figures."""
    values = ParameterValue.objects.in_force(Slot("day", models.DateField()))
    return Prepared(values.history(slots("key", count, models.CharField())))
