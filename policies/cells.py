"""Cells of a table that editors fill in a spreadsheet: each reads one kind of value and says in Chinese what is wrong."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.db import models
from import_export.widgets import Widget

from policies.characters import legal

# A spreadsheet would run what begins like this; an apostrophe before it makes it text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
DAY = re.compile(r"(\d{4})\s*[-/.\u5e74]\s*(\d{1,2})\s*[-/.\u6708]\s*(\d{1,2})\s*\u65e5?(?:[ T]00:00(?::00)?)?")


def harmless(text: str) -> str:
    """The text as a cell may hold it: no spreadsheet computes it, and every file can hold it. `as_meant` reads it back."""
    text = legal(text)
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def as_meant(text: str) -> str:
    """The text of a cell without the apostrophe that kept it from being computed."""
    return text[1:] if text[:1] == "'" and text.lstrip("'").startswith(FORMULA) else text


class Cell(Widget):
    """Text, with what could run as a formula made harmless on the way out and restored on the way in."""

    def clean(self, value: Any, row: Any = None, **options: Any) -> Any:
        text = "" if value is None else str(value).strip()
        return self.read(as_meant(text))

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return "" if value is None else harmless(str(self.write(value)))

    def read(self, text: str) -> Any:
        """The value that the text means; ValueError with a sentence where it means none."""
        return text

    def write(self, value: Any) -> Any:
        """The value as an editor would type it."""
        return value


class DayCell(Cell):
    """A date, written in any of the ways that Chinese spreadsheets use; an empty cell is no date."""

    def read(self, text: str) -> dt.date | None:
        if not text:
            return None
        match = DAY.fullmatch(text)
        try:
            return dt.date(*(int(part) for part in match.groups()))
        except (AttributeError, ValueError):
            raise ValueError(f"“{text}”不是日期，请写成 2027-01-01 这样。") from None


class ChoiceCell(Cell):
    """One of a short list, by its Chinese label or its stored word."""

    def __init__(self, choices: type[models.TextChoices]) -> None:
        super().__init__()
        self.choices = choices

    def read(self, text: str) -> str:
        if not text:
            return ""
        for choice in self.choices:
            if text in {choice.value, choice.label}:
                return choice.value
        raise ValueError(f"“{text}”不在可选的值里，请从这些里选：{'、'.join(self.choices.labels)}。")

    def write(self, value: str) -> str:
        return self.choices(value).label if value else ""


class YesNoCell(Cell):
    """是 or 否; an empty cell is 否."""

    WORDS = {"是": True, "否": False, "": False, "true": True, "false": False, "1": True, "0": False}

    def read(self, text: str) -> bool:
        if text.lower() not in self.WORDS:
            raise ValueError(f"“{text}”看不懂，请填“是”或“否”。")
        return self.WORDS[text.lower()]

    def write(self, value: bool) -> str:
        return "是" if value else "否"


class NameCell(Cell):
    """Another row, by any of the fields that a person would name it by."""

    def __init__(self, model: type[models.Model], *fields: str) -> None:
        super().__init__()
        self.model, self.fields = model, fields

    def read(self, text: str) -> models.Model | None:
        if not text:
            return None
        for field in self.fields:
            if found := self.model._default_manager.filter(**{field: text}).first():
                return found
        raise ValueError(f"找不到{self.model._meta.verbose_name}“{text}”，请核对，或先把它加进来。")

    def write(self, value: models.Model) -> str:
        return getattr(value, self.fields[0])
