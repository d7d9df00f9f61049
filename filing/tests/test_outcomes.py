"""The outcome table, row by row: written from the policy text, compared with what the rules say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from filing.rules import Outcome
from filing.tests.conftest import ROWS, cited, given, slots
from filing.tests.expand_outcomes import TABLE, table
from filing.vocabulary import Slot, Verdict


def test_the_table_is_written_out_from_its_source_and_states_no_case_twice() -> None:
    assert TABLE.read_text(encoding="utf-8") == table()
    assert len(ROWS) >= 300
    cases = Counter(tuple(sorted({**given(row), "day": str(row["day"])}.items())) for row in ROWS)
    verdicts: dict[tuple, set[str]] = {}
    for row in ROWS:
        verdicts.setdefault(tuple(sorted({**given(row), "day": str(row["day"])}.items())), set()).add(row["verdict"])
    assert all(len(found) == 1 for found in verdicts.values())
    assert len(cases) >= 300


def test_the_table_covers_every_verdict_and_names_known_duties() -> None:
    assert {row["verdict"] for row in ROWS} == set(Verdict.values)
    assert {name for row in ROWS for name in [*row["must"], *row["never"]]} <= set(Slot.values)
    assert all(row["facts"] for row in ROWS)


def test_every_row(outcome: Callable[..., Outcome]) -> None:
    wrong = []
    for row in ROWS:
        found = outcome(day=row["day"], **given(row))
        problems = _problems(row, found)
        if problems:
            wrong.append((row["id"], given(row), problems))
    assert wrong == []


def _problems(row: dict[str, Any], found: Outcome) -> list[str]:
    said, clauses = slots(found), cited(found)
    return [
        *([f"verdict is {found.verdict}, not {row['verdict']}"] if found.verdict != row["verdict"] else []),
        *(f"does not say {name}" for name in row["must"] if name not in said),
        *(f"says {name}" for name in row["never"] if name in said),
        *(f"does not cite {clause}" for clause in row.get("clauses", []) if not _has(clauses, clause)),
        *(f"cites {clause}" for clause in row.get("no_clauses", []) if _has(clauses, clause)),
    ]


def _has(clauses: list[str], wanted: str) -> bool:
    """`P20 二（五）|二（六）`: the document, and any of the parts of a clause's name."""
    code, _, parts = wanted.partition(" ")
    return any(clause.startswith(f"{code} ") and any(part in clause for part in parts.split("|")) for clause in clauses)
