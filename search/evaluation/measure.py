"""Measures search with labelled queries: how often and how high a right answer stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

HERE = Path(__file__).parent
# The first of these hold the tuning half of the queries that must find nothing.
Searcher = Callable[[str], list[str]]


@dataclass(frozen=True)
class Labelled:
    """A query and the pages that answer it, such as question-28."""

    query: str
    answers: frozenset[str]


@dataclass
class Quality:
    """What was measured. Recall here: the share of queries with a right answer among the first results."""

    queries: int
    recall_3: float
    recall_10: float
    mrr: float
    misses: list[tuple[str, list[str], list[str]]] = field(default_factory=list)


def labelled(half: str, merges: dict[str, str]) -> list[Labelled]:
    """The labelled queries of a half (`tuning` or `held_out`); numbers that were merged stand for their target."""
    rows = yaml.safe_load((HERE / f"{half}.yaml").read_text(encoding="utf-8"))
    return [Labelled(row["query"], frozenset(merges.get(name, name) for name in row["answers"])) for row in rows]


def unanswerable(half: str) -> list[str]:
    """Queries that should find nothing: every second one is for tuning."""
    rows = yaml.safe_load((HERE / "no_answer.yaml").read_text(encoding="utf-8"))
    return rows[0 if half == "tuning" else 1 :: 2]


def merges(fixtures: Path) -> dict[str, str]:
    """Which listed questions are answered on another page, from the content files."""
    rows = [
        row
        for path in sorted((fixtures / "questions").glob("*.yaml"))
        for row in yaml.safe_load(path.read_text("utf-8"))
    ]
    return {f"question-{number}": f"question-{row['id']}" for row in rows for number in row.get("merges") or []}


def measure(queries: list[Labelled], search: Searcher) -> Quality:
    """Runs every query; `search` gives back page names, best first."""
    hits_3 = hits_10 = reciprocal = 0.0
    misses = []
    for one in queries:
        found = search(one.query)[:10]
        rank = next((number for number, name in enumerate(found, 1) if name in one.answers), None)
        hits_10 += rank is not None
        hits_3 += rank is not None and rank <= 3
        reciprocal += 1 / rank if rank else 0
        if rank is None or rank > 3:
            misses.append((one.query, sorted(one.answers), found[:3]))
    total = len(queries)
    return Quality(total, hits_3 / total, hits_10 / total, reciprocal / total, misses)


def false_answers(queries: list[str], search: Searcher) -> list[tuple[str, list[str]]]:
    """The queries that found something although nothing answers them."""
    found = [(query, search(query)[:3]) for query in queries]
    return [(query, names) for query, names in found if names]
