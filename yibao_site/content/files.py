"""Reads content files and says in one sentence what is wrong with one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class ContentError(Exception):
    """A content file cannot be loaded; the text names file, row and field."""


@dataclass(frozen=True)
class Row:
    """One entry of a content file, read field by field."""

    data: dict[str, Any]
    where: str

    def fail(self, field: str, problem: str) -> ContentError:
        return ContentError(f"{self.where}, field “{field}”: {problem}")

    def text(self, field: str, default: str | None = None) -> str:
        """A string field; numbers become text."""
        value = self.data.get(field, default)
        if value is None and default is not None:
            return default
        if value is None or isinstance(value, dict | list):
            raise self.fail(field, "is missing or is not a text")
        return str(value).strip()

    def number(self, field: str) -> int:
        value = self.data.get(field)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.fail(field, f"must be a whole number, not {value!r}")
        return value

    def flag(self, field: str, default: bool = False) -> bool:
        value = self.data.get(field, default)
        if not isinstance(value, bool):
            raise self.fail(field, f"must be true or false, not {value!r}")
        return value

    def day(self, field: str) -> dt.date | None:
        """A date, or None where the field is empty."""
        value = self.data.get(field)
        if value in (None, ""):
            return None
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError as error:
            raise self.fail(field, f"must be a date like 2026-01-31, not {value!r}") from error

    def items(self, field: str) -> list[Any]:
        value = self.data.get(field) or []
        if not isinstance(value, list):
            raise self.fail(field, "must be a list")
        return value

    def lines(self, field: str) -> str:
        """A list of texts as the one-per-line text that the models keep."""
        entries = self.items(field)
        for entry in entries:
            if not isinstance(entry, str):
                raise self.fail(field, f"every entry must be a text; put quotes around {entry!r}")
        return "\n".join(entry.strip().replace("\n", " ") for entry in entries)

    def rows(self, field: str) -> Iterator[Row]:
        """The entries of a nested list of mappings."""
        for number, entry in enumerate(self.items(field), 1):
            if not isinstance(entry, dict):
                raise self.fail(field, f"entry {number} must be a mapping")
            yield Row(entry, f"{self.where}, {field} {number}")


def read(path: Path, key: str) -> list[Row]:
    """The rows of a YAML file (a list of mappings, or one mapping), each named by its `key` field."""
    try:
        # The C loader is as safe as yaml.safe_load and ten times as fast.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    except yaml.YAMLError as error:
        raise ContentError(f"{path.name}: not valid YAML: {error}") from error
    entries = data if isinstance(data, list) else [data]
    rows = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise ContentError(f"{path.name}, row {number}: must be a mapping with fields, not {type(entry).__name__}")
        if key not in entry:
            raise ContentError(f"{path.name}, row {number}, field “{key}”: is missing")
        rows.append(Row(entry, f"{path.name}, row {number} ({entry[key]})"))
    return rows
