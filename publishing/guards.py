"""Rules that no check constraint can say, held by triggers in the database itself.

They are taken away before every `migrate` and put back after it: SQLite drops a table's triggers whenever Django
rebuilds the table, and refuses to rebuild one that another trigger names.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.models import Model

from publishing.registry import content_types

CYCLE = "replaced_by must not lead back to the document itself"
FOREIGN = "the live revision must belong to the document"
PLACES = "a live document is nationwide or has provinces, not both and not neither"


# Table and column names come from the models, never from a request.
# ruff: noqa: S608
def rules(model: type[Model], new: str, old: str) -> dict[str, tuple[str, str, str]]:
    """Per guard: the columns it watches, the condition that breaks it, and the message."""
    table, revisions = model._meta.db_table, model._meta.get_field("live").related_model._meta.db_table
    through = model._meta.get_field("provinces").remote_field.through._meta
    own = f"{model._meta.model_name}_id"
    chain = (
        f"WITH RECURSIVE chain(id) AS (SELECT {new}.replaced_by_id UNION SELECT d.replaced_by_id FROM {table} d "
        f"JOIN chain ON d.id = chain.id WHERE d.replaced_by_id IS NOT NULL) SELECT 1 FROM chain WHERE id = {new}.id"
    )
    has_places = f"EXISTS (SELECT 1 FROM {through.db_table} WHERE {own} = {new}.id)"
    return {
        "no_cycle": ("replaced_by_id", f"{new}.replaced_by_id IS NOT NULL AND EXISTS ({chain})", CYCLE),
        "own_revision": (
            "live_id",
            f"{new}.live_id IS NOT NULL AND NOT EXISTS "
            f"(SELECT 1 FROM {revisions} r WHERE r.id = {new}.live_id AND r.document_id = {new}.id)",
            FOREIGN,
        ),
        "places": (
            "live_id, availability",
            f"{new}.availability = 'live' AND ({old}.availability <> 'live' OR {old}.live_id <> {new}.live_id) "
            f"AND (CASE WHEN {new}.nationwide THEN {has_places} ELSE NOT {has_places} END)",
            PLACES,
        ),
    }


def install(using: str = "default") -> None:
    """Creates the triggers for every content type, replacing older ones."""
    connection = connections[using]
    statements = {"sqlite": _sqlite, "postgresql": _postgresql}[connection.vendor]
    with connection.cursor() as cursor:
        for kind in content_types():
            for name, rule in rules(kind.model, "NEW", "OLD").items():
                for statement in statements(kind.model._meta.db_table, name, *rule):
                    cursor.execute(statement)


def uninstall(using: str = "default") -> None:
    """Drops the triggers of every content type whose table exists."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for kind in content_types():
            table = kind.model._meta.db_table
            if table in tables:
                for name in rules(kind.model, "NEW", "OLD"):
                    owner = f" ON {table}" if connection.vendor == "postgresql" else ""
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{owner}")


def _sqlite(table: str, name: str, columns: str, broken: str, message: str) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {table}_{name}",
        f"CREATE TRIGGER {table}_{name} BEFORE UPDATE OF {columns} ON {table} WHEN {broken} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
    ]


def _postgresql(table: str, name: str, columns: str, broken: str, message: str) -> list[str]:
    # The message is an argument of RAISE, so that a % in it would stay a %.
    body = f"BEGIN IF {broken} THEN RAISE integrity_constraint_violation USING MESSAGE = '{message}'; END IF; RETURN NEW; END"
    return [
        f"CREATE OR REPLACE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql AS $guard${body};$guard$",
        f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}",
        f"CREATE TRIGGER {table}_{name} BEFORE UPDATE OF {columns} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_{name}()",
    ]


def before_migrate(using: str = "default", **options: Any) -> None:
    """Receiver of pre_migrate: the tables may be rebuilt."""
    uninstall(using)


def after_migrate(using: str = "default", apps: Any = None, **options: Any) -> None:
    """Receiver of post_migrate: puts the guards back once all tables of content types exist."""
    tables = set(connections[using].introspection.table_names())
    needed = {kind.model._meta.get_field("provinces").remote_field.through._meta.db_table for kind in content_types()}
    if needed <= tables:
        install(using)
