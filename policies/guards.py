"""Rules between rows of this room, held by triggers in the database itself; put back after every `migrate`."""

from __future__ import annotations

from typing import Any

from django.db import connections

from policies.models import ParameterValue, PolicyDocument

OVERLAP = "two values of one figure and place must not hold on the same day"
CYCLE = "a document must not come after itself"


# Table and column names come from the models, never from a request.
# ruff: noqa: S608
def rules() -> list[tuple[str, str, str, str, str]]:
    """Per guard: table, name, the columns it watches, the condition that breaks it, and the message."""
    values, documents = ParameterValue._meta.db_table, PolicyDocument._meta.db_table
    overlap = (
        f"EXISTS (SELECT 1 FROM {values} v WHERE v.parameter_id = NEW.parameter_id AND v.id <> NEW.id "
        "AND COALESCE(v.province_id, 0) = COALESCE(NEW.province_id, 0) "
        "AND (v.in_force_from IS NULL OR NEW.in_force_until IS NULL OR v.in_force_from <= NEW.in_force_until) "
        "AND (NEW.in_force_from IS NULL OR v.in_force_until IS NULL OR NEW.in_force_from <= v.in_force_until))"
    )
    found = [
        (values, "no_overlap", "parameter_id, province_id, in_force_from, in_force_until", overlap, OVERLAP),
    ]
    for column in ("superseded_by_id", "partly_superseded_by_id"):
        chain = (
            f"WITH RECURSIVE chain(id) AS (SELECT NEW.{column} UNION SELECT d.{column} FROM {documents} d "
            f"JOIN chain ON d.id = chain.id WHERE d.{column} IS NOT NULL) SELECT 1 FROM chain WHERE id = NEW.id"
        )
        found.append((documents, f"no_cycle_{column}", column, f"NEW.{column} IS NOT NULL AND EXISTS ({chain})", CYCLE))
    return found


def install(using: str = "default") -> None:
    """Creates the triggers, replacing older ones."""
    connection = connections[using]
    statements = {"sqlite": _sqlite, "postgresql": _postgresql}[connection.vendor]
    with connection.cursor() as cursor:
        for rule in rules():
            for statement in statements(*rule):
                cursor.execute(statement)


def _sqlite(table: str, name: str, columns: str, broken: str, message: str) -> list[str]:
    made = []
    for verb, event in (("insert", "INSERT"), ("update", f"UPDATE OF {columns}")):
        trigger = f"{table}_{name}_{verb}"
        made += [
            f"DROP TRIGGER IF EXISTS {trigger}",
            # After, because a new row has no id before.
            f"CREATE TRIGGER {trigger} AFTER {event} ON {table} WHEN {broken} BEGIN SELECT RAISE(ABORT, '{message}'); END",
        ]
    return made


def _postgresql(table: str, name: str, columns: str, broken: str, message: str) -> list[str]:
    body = f"BEGIN IF {broken} THEN RAISE integrity_constraint_violation USING MESSAGE = '{message}'; END IF; RETURN NEW; END"
    return [
        f"CREATE OR REPLACE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $guard${body};$guard$",
        f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}",
        f"CREATE TRIGGER {table}_{name} AFTER INSERT OR UPDATE OF {columns} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_{name}()",
    ]


def after_migrate(using: str = "default", **options: Any) -> None:
    """Receiver of post_migrate: puts the guards back once the tables exist."""
    tables = set(connections[using].introspection.table_names())
    if {ParameterValue._meta.db_table, PolicyDocument._meta.db_table} <= tables:
        install(using)
