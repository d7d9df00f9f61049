"""The database's part of a search: entries that hold the most telling tokens. SQLite FTS5 and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from search.statistics import HEAD

LIMIT = 100
# A posting list longer than this is read only so far: common words must not scan everything.
LONGEST = 10_000
COLUMNS = "e.id, e.kind, e.object_id, e.heads, e.content, e.topics, e.provinces, e.changed_at"


@dataclass(frozen=True)
class Posting:
    """One list to read: the entries that hold a token in a field, and what holding it is worth."""

    field: str
    term: str
    weight: float


@dataclass(frozen=True)
class Filters:
    """What results must be, by slug or kind; empty means anything."""

    topic: str = ""
    province: str = ""
    kind: str = ""

    def where(self) -> tuple[str, list[str]]:
        """The condition in SQL on entry `e`, and its values."""
        parts, values = [], []
        if self.topic:
            parts.append("e.topics LIKE %s")
            values.append(f"% {self.topic} %")
        if self.province:
            parts.append("(e.provinces = '' OR e.provinces LIKE %s)")
            values.append(f"% {self.province} %")
        if self.kind:
            parts.append("e.kind = %s")
            values.append(self.kind)
        return "".join(f" AND {part}" for part in parts), values


@dataclass(frozen=True)
class Candidate:
    """An entry that holds some of the tokens, with all that ranking needs."""

    id: int
    kind: str
    object_id: int
    heads: str
    content: str
    topics: str
    provinces: str
    changed_at: object
    weight: float


def candidates(postings: Sequence[Posting], filters: Filters | None = None, limit: int = LIMIT) -> list[Candidate]:
    """The entries of the current generation with the highest sum of weights, best first. One query."""
    if not postings:
        return []
    lists = " UNION ALL ".join(_LIST[connection.vendor] for _ in postings)
    values: list[object] = []
    for posting in postings:
        values += [posting.weight, _MATCH[connection.vendor](posting), LONGEST]
    condition, more = (filters or Filters()).where()
    sql = (
        f"SELECT {COLUMNS}, found.weight FROM (SELECT id, SUM(weight) AS weight FROM ({lists}) AS lists GROUP BY id) AS found"
        " JOIN search_indexentry AS e ON e.id = found.id"
        " JOIN search_indexstate AS s ON s.generation = e.generation AND s.id = 1"
        f" WHERE 1 = 1{condition} ORDER BY found.weight DESC, e.id LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *more, limit])
        return [Candidate(*row) for row in cursor.fetchall()]


def _fts5(posting: Posting) -> str:
    column = "head_tokens" if posting.field == HEAD else "body_tokens"
    return f'{column} : "{posting.term}"'


def _tsquery(posting: Posting) -> str:
    return "'" + posting.term.replace("\\", "\\\\").replace("'", "''") + "'"


