"""Triggers that count every change of a row that a public page shows. Apps name their tables when they load.

Triggers, because bulk operations, `QuerySet.update()` and plain SQL must count as well. Like the guards they are taken
away before every `migrate` and put back after it; a migration itself counts as a change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Model

from publishing.registry import content_types
from publishing.version import ContentChange

EVENTS = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
TODAY = {
    "sqlite": "date('now', '+8 hours')",
    "postgresql": "(now() AT TIME ZONE 'Asia/Shanghai')::date",
}
COUNT = {
    "sqlite": "INSERT INTO publishing_contentchange (id, changes, at) "
    "VALUES (1, 1, (julianday('now') - 2440587.5) * 86400.0) "
    "ON CONFLICT (id) DO UPDATE SET changes = changes + 1, at = excluded.at",
    "postgresql": "INSERT INTO publishing_contentchange (changes, at) "
    "VALUES (1, extract(epoch FROM clock_timestamp())::float8)",
}


@dataclass(frozen=True)
class Watched:
    """A table whose rows pages show. `when` is a condition in SQL on `{row}`; an update that leaves `columns` as they
    were does not count."""

    model: type[Model]
    when: str = ""
    columns: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def shown(self, row: str, vendor: str) -> str:
        """The condition in the words of a database."""
        return self.when.format(row=row, today=TODAY[vendor]) or "1 = 1"


_watched: dict[str, Watched] = {}


def watch(*models: type[Model], when: str = "", columns: tuple[str, ...] = ()) -> None:
    """Makes changes of these tables change the content version; called once by each app when it loads."""
    for model in models:
        _watched[model._meta.db_table] = Watched(model, when, columns)


def watched() -> list[Watched]:
    """All watched tables by name, those of the content types among them."""
    found = dict(_watched)
    for kind in content_types():
        found |= {each.table: each for each in _of_documents(kind.model)}
    return [found[table] for table in sorted(found)]


def _of_documents(model: type[Model]) -> list[Watched]:
    """The tables of a content type. Drafts, and documents that no reader reaches, change nothing."""
    live = model._meta.get_field("live").related_model
    document = model._meta.db_table

    def is_live(column: str) -> str:
        return f"EXISTS (SELECT 1 FROM {document} AS d WHERE d.live_id = {{row}}.{column})"

    def is_reachable(column: str) -> str:
        return (
            f"EXISTS (SELECT 1 FROM {document} AS d WHERE d.id = {{row}}.{column} AND d.availability <> 'unpublished')"
        )

    uses = live._meta.get_field("parameter_uses").related_model
    return [
        Watched(model, "{row}.availability <> 'unpublished'"),
        # Older versions stand in the history of changes.
        Watched(live, f"{{row}}.state IN ('published', 'superseded') OR {is_live('id')}"),
        Watched(live.citation_model(), is_live("revision_id")),
        Watched(uses, is_live("revision_id")),
        Watched(model.topics.through, is_reachable("content_object_id")),
        *(
            Watched(field.remote_field.through, is_reachable(f"{field.m2m_field_name()}_id"))
            for field in model._meta.many_to_many
            if field.name != "topics"
        ),
    ]


# Table and column names come from the models, never from a request.
# ruff: noqa: S608


def install(using: str = "default") -> None:
    """Creates the triggers where any is missing, and counts a change."""
    connection = connections[using]
    make = {"sqlite": _sqlite, "postgresql": _postgresql}[connection.vendor]
    wanted = {name for each in watched() for name in names(each)}
    if not wanted <= installed(using).keys():
        uninstall(using)
        with connection.cursor() as cursor:
            for statement in (statement for each in watched() for statement in make(each)):
                cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute(COUNT[connection.vendor])


def uninstall(using: str = "default") -> None:
    """Drops the triggers, those of an earlier release among them."""
    connection = connections[using]
    found = installed(using)
    with connection.cursor() as cursor:
        for name, table in found.items():
            cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


def installed(using: str = "default") -> dict[str, str]:
    """The names of the triggers that the database has now, each with its table."""
    catalogue = {
        "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_shown_%'",
        "postgresql": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_shown_%' "
        "AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)",
    }
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(catalogue[connection.vendor])
        return dict(cursor.fetchall())


def names(each: Watched) -> list[str]:
    """What the triggers of a table are called, on every database."""
    return [f"{each.table}_shown_{event}" for event in EVENTS]


def _sqlite(each: Watched) -> list[str]:
    """One trigger an event, for each row that pages show or showed."""
    made = []
    for (event, rows), name in zip(EVENTS.items(), names(each), strict=True):
        condition = " OR ".join(f"({each.shown(row, 'sqlite')})" for row in rows)
        if event == "update" and each.columns:
            differs = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in each.columns)
            condition = f"({condition}) AND ({differs})"
        made.append(
            f"CREATE TRIGGER {name} AFTER {event} ON {each.table} WHEN {condition} BEGIN {COUNT['sqlite']}; END"
        )
    return made


def _postgresql(each: Watched) -> list[str]:
    """One trigger an event, for a whole statement, which adds one row if any of its rows is or was shown."""
    table, count = each.table, COUNT["postgresql"]
    made = []
    for (event, rows), name in zip(EVENTS.items(), names(each), strict=True):
        found = [f"EXISTS (SELECT 1 FROM {row}_rows AS r WHERE {each.shown('r', 'postgresql')})" for row in rows]
        condition = f"({' OR '.join(found)})"
        if event == "update" and each.columns:
            shown = ", ".join(("id", *each.columns))
            condition += f" AND EXISTS (SELECT {shown} FROM new_rows EXCEPT SELECT {shown} FROM old_rows)"
        images = " ".join(f"{row} TABLE AS {row}_rows" for row in rows)
        made += [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$count$BEGIN IF {condition} THEN {count}; END IF; RETURN NULL; END;$count$",
            f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {images} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ]
    return [
        *made,
        "CREATE OR REPLACE FUNCTION publishing_shown_truncate() RETURNS trigger LANGUAGE plpgsql AS "
        f"$count$BEGIN {count}; RETURN NULL; END;$count$",
        f"CREATE TRIGGER {table}_shown_truncate AFTER TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION publishing_shown_truncate()",
    ]


def before_migrate(using: str = "default", **options: Any) -> None:
    """Receiver of pre_migrate: the tables may be rebuilt."""
    uninstall(using)


def after_migrate(using: str = "default", **options: Any) -> None:
    """Receiver of post_migrate: puts the triggers back once all tables exist."""
    needed = {ContentChange._meta.db_table, *(each.table for each in watched())}
    if needed <= set(connections[using].introspection.table_names()):
        install(using)
