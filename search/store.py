"""The database's part of a search: entries that hold the most telling tokens. SQLite FTS5 and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from search.models import IndexEntry
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
    connection = _connection()
    read = {"sqlite": _fts5, "postgresql": _tsvector}[connection.vendor]
    parts = [read(posting) for posting in postings]
    lists = " UNION ALL ".join(part for part, _ in parts)
    values = [value for _, own in parts for value in own]
    condition, more = (filters or Filters()).where()
    sql = (  # values are bound; the text holds nothing from outside
        f"SELECT {COLUMNS}, found.weight FROM (SELECT id, SUM(weight) AS weight FROM ({lists}) AS lists GROUP BY id) AS found"  # noqa: S608
        " JOIN search_indexentry AS e ON e.id = found.id"
        " JOIN search_indexstate AS s ON s.generation = e.generation AND s.id = 1"
        f" WHERE 1 = 1{condition} ORDER BY found.weight DESC, e.id LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *more, limit])
        return [Candidate(*row) for row in cursor.fetchall()]


def _connection() -> BaseDatabaseWrapper:
    """Where this page reads: the replica, perhaps."""
    return connections[router.db_for_read(IndexEntry)]


def _fts5(posting: Posting) -> tuple[str, list[object]]:
    """One list in SQLite; tokens hold letters, digits, points and characters only, so the quotes are safe."""
    column = "head_tokens" if posting.field == HEAD else "body_tokens"
    sql = "SELECT * FROM (SELECT rowid AS id, %s AS weight FROM search_fts WHERE search_fts MATCH %s LIMIT %s)"
    return sql, [posting.weight, f'{column} : "{posting.term}"', LONGEST]


def _tsvector(posting: Posting) -> tuple[str, list[object]]:
    """One list in PostgreSQL."""
    column = "head_index" if posting.field == HEAD else "body_index"
    sql = f"(SELECT id, %s::float8 AS weight FROM search_indexentry WHERE {column} @@ %s::tsquery LIMIT %s)"  # noqa: S608 - a column
    return sql, [posting.weight, f"'{posting.term}'", LONGEST]


def titles_holding(tokens: list[str], most: int) -> list[tuple[str, int, str, str]]:
    """Kind, number, title and heads of entries whose heads hold every token; any of them, up to so many."""
    if not tokens:
        return []
    connection = _connection()
    if connection.vendor == "sqlite":
        joined = " AND ".join(f'"{token}"' for token in tokens)
        source = "(SELECT rowid AS id FROM search_fts WHERE search_fts MATCH %s LIMIT %s)"
        values: list[object] = [f"head_tokens : ({joined})", most * 2]
    else:
        source = "(SELECT id FROM search_indexentry WHERE head_index @@ %s::tsquery LIMIT %s)"
        values = [" & ".join(f"'{token}'" for token in tokens), most * 2]
    sql = (
        f"SELECT e.kind, e.object_id, e.title, e.heads FROM {source} AS found"  # noqa: S608 - values are bound
        " JOIN search_indexentry AS e ON e.id = found.id"
        " JOIN search_indexstate AS s ON s.generation = e.generation AND s.id = 1 LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, most])
        return cursor.fetchall()
