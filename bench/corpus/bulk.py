"""Rows into tables as fast as the database takes them: COPY on PostgreSQL, one prepared statement on SQLite.

For scratch databases only: indexes and triggers are taken away meanwhile, and foreign keys are not checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone


class Table:
    """Rows that wait to be written. `columns` are given with every row; the others hold their models' defaults."""

    def __init__(self, model: type[models.Model], *columns: str) -> None:
        rest = [field for field in model._meta.concrete_fields if field.column not in columns and not field.primary_key]
        self.name = model._meta.db_table
        self.columns = [*columns, *(field.column for field in rest)]
        self.constants = tuple(field.get_db_prep_save(_default(field), connection) for field in rest)
        self.rows: list[tuple[Any, ...]] = []

    def add(self, *values: Any) -> None:
        """Puts a row into the queue."""
        self.rows.append(values + self.constants)

    def write(self, cursor: Any) -> None:
        """Empties the queue into the database."""
        names = ", ".join(f'"{name}"' for name in self.columns)
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{self.name}" ({names}) FROM STDIN') as copy:
                for row in self.rows:
                    copy.write_row(row)
        else:
            places = ", ".join("?" * len(self.columns))
            # Names come from the models. The driver's own cursor, because Django's rewrites every statement.
            cursor.cursor.connection.executemany(
                f'INSERT INTO "{self.name}" ({names}) VALUES ({places})',
                self.rows,
            )
        self.rows.clear()


def _default(field: models.Field) -> Any:
    return timezone.now() if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False) else (
        field.get_default()
    )  # fmt: skip


def write_all(tables: list[Table]) -> None:
    """Writes every queue in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            table.write(cursor)


@contextmanager
def bare(names: list[str]) -> Iterator[None]:
    """Takes indexes and triggers of tables away, and puts them back at the end, when building them is cheapest."""
    way = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[connection.vendor]
    with connection.cursor() as cursor:
        for statement in way.begin:
            cursor.execute(statement)
        cursor.execute(way.found.format(names=", ".join(f"'{name}'" for name in names)))
        found = cursor.fetchall()
        for kind, name, _ in found:
            cursor.execute(f'DROP {kind} "{name}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for _, _, statement in found:
                cursor.execute(statement)
            for statement in way.end:
                cursor.execute(statement)


@dataclass(frozen=True)
class Way:
    """How a database is told not to mind, what is to be taken away, and how it is told to mind again."""

    begin: list[str]
    found: str
    end: list[str]


SQLITE = Way(
    begin=["PRAGMA foreign_keys = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -200000"],
    found="SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL "
    "AND tbl_name IN ({names})",
    # With room for everything in memory, the full-text index is written once instead of merged many times.
    end=[
        "INSERT INTO search_fts(search_fts, rank) VALUES ('hashsize', 400000000)",
        "INSERT INTO search_fts(search_fts) VALUES ('rebuild')",
        "INSERT INTO search_fts(search_fts, rank) VALUES ('hashsize', 1048576)",
        "PRAGMA foreign_keys = ON",
        "PRAGMA synchronous = NORMAL",
        "ANALYZE",
    ],
)
# Triggers, foreign keys among them, do not fire for a replica; an index that holds a constraint stays.
POSTGRESQL = Way(
    begin=[
        "SET session_replication_role = replica",
        "SET synchronous_commit = off",
        "SET maintenance_work_mem = '1GB'",
        "SET default_toast_compression = lz4",
    ],
    found="SELECT 'INDEX', i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = current_schema() "
    "AND i.tablename IN ({names}) AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)",
    end=["SET session_replication_role = origin", "SET synchronous_commit = on", "VACUUM ANALYZE"],
)


def follow_numbers(tables: list[Table]) -> None:
    """Lets the next row made by the site get a number above those written here. SQLite does so by itself."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name in {table.name for table in tables}:
                cursor.execute(
                    f"""SELECT setval(pg_get_serial_sequence('"{name}"', 'id'), (SELECT max(id) FROM "{name}"))"""
                )
