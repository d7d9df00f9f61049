"""The trail is append-only in the database itself: triggers refuse to change a row, and to delete one before its time.

They are put back after every `migrate`, like the guards in publishing/guards.py and for the same reason.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

from publishing.records import AuditEvent
from publishing.trail import LEAST_DAYS

TABLE = AuditEvent._meta.db_table
NAME = f"{TABLE}_append_only"
MESSAGE = "the trail is append-only"


def install(using: str = "default") -> None:
    """Creates the triggers, replacing older ones."""
    connection = connections[using]
    statements = {"sqlite": _sqlite, "postgresql": _postgresql}[connection.vendor]()
    uninstall(using)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def uninstall(using: str = "default") -> None:
    """Drops the triggers where the table exists."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    owner = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for event in ("update", "delete", "truncate"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {NAME}_{event}{owner}")


def _sqlite() -> list[str]:
    young = f"OLD.at > datetime('now', '-{LEAST_DAYS} days')"
    return [
        f"CREATE TRIGGER {NAME}_update BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
        f"CREATE TRIGGER {NAME}_delete BEFORE DELETE ON {TABLE} WHEN {young} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
    ]


def _postgresql() -> list[str]:
    young = f"OLD.at > now() - interval '{LEAST_DAYS} days'"
    refuse = f"BEGIN RAISE integrity_constraint_violation USING MESSAGE = '{MESSAGE}'; END"
    return [
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $guard${refuse};$guard$",
        f"CREATE TRIGGER {NAME}_update BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {NAME}()",
        f"CREATE TRIGGER {NAME}_delete BEFORE DELETE ON {TABLE} FOR EACH ROW WHEN ({young}) EXECUTE FUNCTION {NAME}()",
        f"CREATE TRIGGER {NAME}_truncate BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()",
    ]


def before_migrate(using: str = "default", **options: Any) -> None:
    """Receiver of pre_migrate: the table may be rebuilt."""
    uninstall(using)


def after_migrate(using: str = "default", **options: Any) -> None:
    """Receiver of post_migrate: puts the triggers back."""
    if TABLE in connections[using].introspection.table_names():
        install(using)
