"""Writes the outcome table out, one row a case: `python -m filing.tests.expand_outcomes`. Knows nothing of filing's code."""

from __future__ import annotations

import datetime as dt
from itertools import product
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
SOURCE, TABLE = HERE / "outcome_rules.yaml", HERE / "outcomes.yaml"
TODAY = dt.date(2026, 11, 22)
AXES = ("reason", "insurance", "care", "stage")
HEAD = "# Written by expand_outcomes.py from outcome_rules.yaml; do not edit by hand. One row a case.\n"


def rows(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every case of every group with what must be answered; a case stated twice is a mistake."""
    found: list[dict[str, Any]] = []
    for group in groups:
        axes = [axis for axis in AXES if axis in group]
        for (insured, treated), *values in product(group["pairs"], *(group[axis] for axis in axes)):
            answers = {"insured": str(insured), "treated": str(treated), **dict(zip(axes, values, strict=True))}
            found.append({"id": len(found) + 1, "day": group.get("day", TODAY), **answers, **_expected(group, answers)})
    return found


def _expected(group: dict[str, Any], answers: dict[str, str]) -> dict[str, Any]:
    verdict = group["verdict"]
    if isinstance(verdict, dict):
        verdict = next(verdict[value] for value in answers.values() if value in verdict)
    expected = {"verdict": verdict, "must": group["must"], "never": group["never"]}
    for name in ("clauses", "no_clauses"):
        if group.get(name):
            expected[name] = group[name]
    return {**expected, "facts": group["facts"]}


def table() -> str:
    """The whole table as text."""
    lines = [
        "- " + yaml.safe_dump(row, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000).strip()
        for row in rows(yaml.safe_load(SOURCE.read_text(encoding="utf-8")))
    ]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
