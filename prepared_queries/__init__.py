"""Queries whose SQL is written once: for the few that every page asks, with other values each time.

Building a query and writing its SQL costs Django several times what SQLite needs to answer it, and the outcome differs
from page to page only in values. A `Prepared` keeps the written SQL of a queryset for the life of the process, by
database; a `Slot` stands where a value will be. Everything else - converters, related objects, the router, the models'
own `from_db` - stays Django's.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, models


class Slot(models.Expression):
    """Stands in a queryset for a value that is given when it is asked, and is stored like a value of `output_field`."""

    def __init__(self, name: str, output_field: models.Field) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Slot]]:
        return "%s", [self]


def slots(name: str, count: int, output_field: models.Field) -> list[Slot]:
    """So many slots for an `__in`: they take the values `name0`, `name1` and so on (see `numbered`)."""
    return [Slot(f"{name}{number}", output_field) for number in range(count)]


def numbered(name: str, given: Any) -> dict[str, Any]:
    """Values for `slots`, by their names."""
    return {f"{name}{number}": value for number, value in enumerate(given)}


@dataclass(frozen=True)
class _Written:
    """What a compiler has worked out: its SQL, the parameters with the slots among them, how to read the columns."""

    compiler: Any
    sql: str
    parameters: tuple[Any, ...]
    converters: dict[int, Any]


@dataclass
class Prepared:
    """A queryset with slots; `fetch` gives its rows for some values."""

    queryset: models.QuerySet
    _written: dict[str, _Written] = field(default_factory=dict)  # by database

    def fetch(self, **values: Any) -> list[Any]:
        """The rows, as the queryset itself would give them. KeyError where a slot has no value; a number that no column
        can hold is for the caller to refuse, where a plain queryset would have found nothing."""
        rows = self.queryset.all()
        compiler = self._compiler(rows.db, values)
        rows.query.get_compiler = lambda *_, **__: compiler
        return list(rows)

    def _compiler(self, using: str, values: dict[str, Any]) -> Any:
        """A copy of the compiler for one execution, which writes the kept SQL with these values."""
        if using not in self._written:
            self._written[using] = _write(self.queryset, using)
        kept = self._written[using]
        compiler = copy.copy(kept.compiler)
        compiler.connection = connections[using]
        given = [_stored(parameter, values, compiler.connection) for parameter in kept.parameters]
        compiler.as_sql = lambda *_, **__: (kept.sql, given)
        compiler.get_converters = lambda *_: kept.converters
        return compiler


def _write(queryset: models.QuerySet, using: str) -> _Written:
    compiler = queryset.query.clone().get_compiler(using)
    sql, parameters = compiler.as_sql()
    selected = [column for column, *_ in compiler.select[: compiler.col_count]]
    return _Written(compiler, sql, parameters, compiler.get_converters(selected))


def _stored(parameter: Any, values: dict[str, Any], connection: Any) -> Any:
    if not isinstance(parameter, Slot):
        return parameter
    return parameter.output_field.get_db_prep_value(values[parameter.name], connection, prepared=False)
