"""Many rows into one table without an object for each: COPY on PostgreSQL, statements of many rows on SQLite.

Constraints and triggers hold as for any other row. What fields do on the way into the database, sanitising among it, is
done by whoever brings the rows: their values have been through `get_db_prep_save`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Model

Values = tuple[Any, ...]


class Table:
    """A model's table. The columns of the fields `names` come with each row; all others are as in `like`, a row that is
    not saved, or as the model has them by default."""

    def __init__(self, model: type[Model], *names: str, like: Model | None = None) -> None:
        self.like = like or model()
        given = [model._meta.get_field(name) for name in names]
        self._rest = [field for field in model._meta.concrete_fields if field not in given and not field.primary_key]
        quote = connection.ops.quote_name
        self._name = quote(model._meta.db_table)
        self._columns = ", ".join(quote(field.column) for field in (*given, *self._rest))
        self._holes = f"({', '.join(['%s'] * (len(given) + len(self._rest)))})"
        # SQLite keeps a journal for every statement that may set off a trigger, which costs as much as the row itself.
        self._at_once = (connection.features.max_query_params or 999) // (len(given) + len(self._rest))

    def insert(self, rows: Iterable[Values]) -> None:
        """Writes the rows; what goes wrong is the database's own error, as with any statement of Django's."""
        constants = tuple(
            field.get_db_prep_save(field.pre_save(self.like, True), connection) for field in self._rest
        )  # fmt: skip
        whole = [row + constants for row in rows]
        if connection.vendor == "postgresql":
            self._copy(whole)
            return
        for start in range(0, len(whole), self._at_once):
            self._insert(whole[start : start + self._at_once])

    # Names of tables and columns come from models, never from a request.
    def _copy(self, rows: Sequence[Values]) -> None:
        statement = f"COPY {self._name} ({self._columns}) FROM STDIN"
        with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def _insert(self, rows: Sequence[Values]) -> None:
        holes = ", ".join([self._holes] * len(rows))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self._name} ({self._columns}) VALUES {holes}",  # noqa: S608
                list(chain.from_iterable(rows)),
            )


def new_ids(model: type[Model], count: int) -> list[int]:
    """So many ids that no row of the table has or will get by itself, ascending. Inside a transaction: on SQLite they are
    safe because nobody else writes meanwhile."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [model._meta.db_table, model._meta.pk.column, count],
            )
            return [number for (number,) in cursor.fetchall()]
        # The highest id ever given, also to a row that is gone: SQLite itself counts on from there.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        last = (cursor.fetchone() or (0,))[0]
    return list(range(last + 1, last + 1 + count))
