"""Rows and content of every table as two numbers, the same for the same content wherever it lies and in any order."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from typing import Any

import psycopg

Tables = dict[str, list[Any]]
MODULUS = 1 << 128


def digest(rows: Iterable[Any]) -> list[Any]:
    """How many rows, and the sum of their hashes."""
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=16).digest(), "big")
    return [count, f"{total % MODULUS:032x}"]


# Names of tables come from the database itself.
# ruff: noqa: S608
def of_sqlite(connection: sqlite3.Connection) -> Tables:
    """All tables, also what the full-text index keeps and the last number given to each table."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    ).fetchall()
    return {name: digest(connection.execute(f'SELECT * FROM "{name}"')) for (name,) in names}


def of_postgres(connection: psycopg.Connection) -> Tables:
    """All tables of the current schema; the server itself reads the rows."""
    connection.execute("SET LOCAL TimeZone = 'UTC'")
    connection.execute("SET LOCAL extra_float_digits = 1")
    names = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    ).fetchall()
    found: Tables = {}
    for (name,) in names:
        # Two halves of the hash, each summed: whole numbers of any size.
        row = connection.execute(
            "SELECT count(*), coalesce(sum(('x' || substr(hash, 1, 15))::bit(60)::bigint), 0), "
            "coalesce(sum(('x' || substr(hash, 16, 15))::bit(60)::bigint), 0) "
            f'FROM (SELECT md5(one::text) AS hash FROM "{name}" AS one) AS hashes'
        ).fetchone()
        found[name] = [row[0], f"{row[1]}-{row[2]}"]
    return found


def differences(before: Tables, after: Tables) -> list[str]:
    """One sentence for each table that is not the same."""
    sentences = []
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            sentences.append(f"table {name} is {'new' if one is None else 'missing'}")
        elif one[0] != other[0]:
            sentences.append(f"table {name} has {other[0]} rows instead of {one[0]}")
        elif one[1] != other[1]:
            sentences.append(f"table {name} has other content")
    return sentences
