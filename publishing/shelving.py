"""The triggers that keep the shelves. Taken away before every `migrate`, put back and filled anew after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connections, transaction
from django.db.models import Model

from publishing.registry import content_types
from publishing.shelves import PROVINCE, TOPIC

# What a shelf's rows depend on, of the document itself.
COPIED = ("availability", "changed_at", "nationwide")


# Table and column names come from the models, never from a request.
# ruff: noqa: S608
class Shelving:
    """The statements of one content type."""

    def __init__(self, model: type[Model]) -> None:
        self.table = model._meta.db_table
        self.shelf = model._meta.get_field("shelved").related_model._meta.db_table
        topics = model._meta.get_field("topic_items").related_model._meta.db_table
        places = model._meta.get_field("provinces").remote_field.through._meta.db_table
        # Per kind of shelf: where memberships stand, which column names the document and which the shelf.
        self.members = [
            (TOPIC, topics, "content_object_id", "tag_id"),
            (PROVINCE, places, f"{model._meta.model_name}_id", "province_id"),
        ]

    def add(self, condition: str = "TRUE") -> Iterator[str]:
        """Puts live documents on their shelves; the condition may name the document `d` and its membership `m`."""
        for prefix, members, owner, key in self.members:
            yield (
                f"INSERT INTO {self.shelf} (shelf, document_id, changed_at, nationwide) "
                f"SELECT '{prefix}' || m.{key}, d.id, d.changed_at, d.nationwide FROM {self.table} d "
                f"JOIN {members} m ON m.{owner} = d.id WHERE d.availability = 'live' AND {condition} "
                f"ON CONFLICT DO NOTHING"
            )

    def take(self, document: str) -> Iterator[str]:
        """Takes a document off all its shelves."""
        for prefix, members, owner, key in self.members:
            yield (
                f"DELETE FROM {self.shelf} WHERE document_id = {document} AND shelf IN "
                f"(SELECT '{prefix}' || m.{key} FROM {members} m WHERE m.{owner} = {document})"
            )

    def triggers(self) -> Iterator[tuple[str, str, str, list[str]]]:
        """Name, table, event and statements of every trigger."""
        own = [*self.take("NEW.id"), *self.add("d.id = NEW.id")]
        yield "reshelve", self.table, f"UPDATE OF {', '.join(COPIED)}", own
        for number, (prefix, members, owner, key) in enumerate(self.members):
            added = list(self.add(f"d.id = NEW.{owner} AND m.id = NEW.id"))[number]
            taken = f"DELETE FROM {self.shelf} WHERE shelf = '{prefix}' || OLD.{key} AND document_id = OLD.{owner}"
            yield "shelve", members, "INSERT", [added]
            yield "unshelve", members, "DELETE", [taken]
            yield "move", members, f"UPDATE OF {owner}, {key}", [taken, added]

    def refill(self) -> Iterator[str]:
        """Writes all rows anew."""
        yield f"DELETE FROM {self.shelf}"
        yield from self.add()


def install(using: str = "default") -> None:
    """Creates the triggers for every content type, replacing older ones."""
    connection = connections[using]
    create = {"sqlite": _sqlite, "postgresql": _postgresql}[connection.vendor]
    _run(using, (statement for kind in content_types() for trigger in Shelving(kind.model).triggers()
                 for statement in create(*trigger)))  # fmt: skip


def uninstall(using: str = "default") -> None:
    """Drops the triggers on tables that exist."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    for kind in content_types():
        for name, table, _, _ in Shelving(kind.model).triggers():
            if table in tables:
                _run(using, [_drop(connection.vendor, name, table)])


@transaction.atomic
def refill(using: str = "default") -> None:
    """Fills all shelves from what is live."""
    _run(using, (statement for kind in content_types() for statement in Shelving(kind.model).refill()))


def _run(using: str, statements: Iterable[str]) -> None:
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _drop(vendor: str, name: str, table: str) -> str:
    return f"DROP TRIGGER IF EXISTS {table}_{name}" + (f" ON {table}" if vendor == "postgresql" else "")


def _sqlite(name: str, table: str, event: str, statements: list[str]) -> list[str]:
    body = "; ".join(statements)
    return [
        _drop("sqlite", name, table),
        f"CREATE TRIGGER {table}_{name} AFTER {event} ON {table} BEGIN {body}; END",
    ]


def _postgresql(name: str, table: str, event: str, statements: list[str]) -> list[str]:
    body = "; ".join(statements)
    return [
        f"CREATE OR REPLACE FUNCTION {table}_{name}() RETURNS trigger LANGUAGE plpgsql "
        f"AS $shelf$BEGIN {body}; RETURN NULL; END$shelf$",
        _drop("postgresql", name, table),
        f"CREATE TRIGGER {table}_{name} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_{name}()",
    ]


def before_migrate(using: str = "default", **options: Any) -> None:
    """Receiver of pre_migrate: the tables may be rebuilt."""
    uninstall(using)


def after_migrate(using: str = "default", plan: Any = (), **options: Any) -> None:
    """Receiver of post_migrate: puts the triggers back; fills the shelves where something was migrated."""
    tables = set(connections[using].introspection.table_names())
    if {Shelving(kind.model).shelf for kind in content_types()} <= tables:
        install(using)
        if plan:
            refill(using)
