"""From SQLite to PostgreSQL: every row of every table, compared afterwards. The way to grow."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from yibao_site.backup import BackupError
from yibao_site.backup.fingerprint import differences, digest

# What SQLite holds of each type of PostgreSQL, as Django writes it, turned into what psycopg gives back.
MEANING: dict[str, Callable[[Any], Any]] = {
    "boolean": bool,
    "timestamp with time zone": lambda text: dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC),
    "date": lambda text: dt.date.fromisoformat(text),
    "time without time zone": lambda text: dt.time.fromisoformat(text),
    "jsonb": lambda text: _plain(json.loads(text)),
    "numeric": lambda number: _plain(Decimal(str(number))),
    "uuid": uuid.UUID,
    "double precision": float,
}
Columns = dict[str, str]


def copy(file: Path, target: psycopg.Connection) -> None:
    """Fills the tables of a PostgreSQL database of the same schema, in one transaction; BackupError undoes it."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as source, target.transaction():
        target.execute("SET LOCAL TimeZone = 'UTC'")
        # Keys may point at rows that come later; they are all checked at the end.
        target.execute("SET CONSTRAINTS ALL DEFERRED")
        tables = _tables(target)
        _triggers(target, tables, "DISABLE")  # they guard changes; this is the same content in another place
        target.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
        for table, columns in tables.items():
            _copy(source, target, table, columns)
            _count_on(target, table, columns)
        wrong = differences(
            {table: digest(_meant(source, table, columns)) for table, columns in tables.items()},
            {table: digest(_read(target, table, columns)) for table, columns in tables.items()},
        )
        if wrong:
            raise BackupError(f"Nothing was moved, the copy differs: {'; '.join(wrong[:5])}.")
        target.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _triggers(target, tables, "ENABLE")


def _triggers(target: psycopg.Connection, tables: Iterable[str], switch: str) -> None:
    for table in tables:
        statement = sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(table), sql.SQL(switch))
        target.execute(statement)


def _tables(target: psycopg.Connection) -> dict[str, Columns]:
    """The columns of every table with their types, without those that PostgreSQL works out by itself."""
    rows = target.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns JOIN information_schema.tables "
        "USING (table_schema, table_name) WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' "
        "AND is_generated = 'NEVER' ORDER BY table_name, ordinal_position"
    )
    found: dict[str, Columns] = {}
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


# Names of tables and columns come from the databases themselves.
# ruff: noqa: S608
def _rows(source: sqlite3.Connection, table: str, columns: Columns) -> Iterator[tuple[Any, ...]]:
    names = ", ".join(f'"{name}"' for name in columns)
    try:
        yield from source.execute(f'SELECT {names} FROM "{table}"')
    except sqlite3.OperationalError:
        known = source.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [table]).fetchone()
        if known:
            raise
        # A table that only PostgreSQL needs.


def _copy(source: sqlite3.Connection, target: psycopg.Connection, table: str, columns: Columns) -> None:
    """PostgreSQL reads the texts and numbers of SQLite as values of its own types."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with target.cursor() as cursor, cursor.copy(statement) as into:
        for row in _rows(source, table, columns):
            into.write_row(row)


def _count_on(target: psycopg.Connection, table: str, columns: Columns) -> None:
    """New rows get higher numbers than those that came."""
    if columns.get("id") in {"bigint", "integer"}:
        target.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence({}, 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) FROM {}"
            ).format(sql.Literal(f'"{table}"'), sql.Identifier(table))
        )


def _meant(source: sqlite3.Connection, table: str, columns: Columns) -> Iterator[tuple[Any, ...]]:
    meanings = [MEANING.get(kind, _as_it_is) for kind in columns.values()]
    for row in _rows(source, table, columns):
        yield tuple(None if value is None else mean(value) for mean, value in zip(meanings, row, strict=True))


def _read(target: psycopg.Connection, table: str, columns: Columns) -> Iterator[tuple[Any, ...]]:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with target.cursor(name="read") as cursor:
        cursor.itersize = 2000
        for row in cursor.execute(sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(table))):
            yield tuple(map(_plain, row))


def _plain(value: Any) -> Any:
    """One way to write what has several: the order of keys, zeros at the end."""
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True)
    return value.normalize() if isinstance(value, Decimal) else value


def _as_it_is(value: Any) -> Any:
    return value
