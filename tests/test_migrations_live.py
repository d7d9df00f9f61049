"""Every migration since the last release may run while that release's code still serves: read it, then really try it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations import operations as ops
from django.db.migrations.loader import MigrationLoader
from django.db.models.fields import NOT_PROVIDED
from model_bakery import baker

from tests.released import MIGRATIONS
from yibao_site.collisions import is_collision

# What the old code cannot notice, or what only adds. Data and triggers are tried for real below.
HARMLESS = (
    ops.CreateModel, ops.AddIndex, ops.RemoveIndex, ops.RenameIndex, ops.AlterModelOptions, ops.AlterModelManagers, ops.AlterModelTableComment,
    ops.RunPython, ops.RunSQL, ops.RemoveConstraint,
)  # fmt: skip

# No release has ever changed or deleted a row of these, and the database forbids it by now.
APPENDED = {"publishing.AuditEvent"}
# What a row needs that random values would not give it.
GIVEN = {"search.DuplicatePair": {"first_id": 1, "second_id": 2}}


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    return MigrationLoader(None, ignore_no_migrations=True)


def since_release(loader: MigrationLoader) -> list[Any]:
    """Our migrations that the last release did not have."""
    old: set[tuple[str, str]] = set()
    for node in MIGRATIONS.items():
        old |= set(loader.graph.forwards_plan(node))
    return [migration for key, migration in loader.disk_migrations.items() if key[0] in MIGRATIONS and key not in old]


def leaves(migration: Any) -> Iterator[Any]:
    """The operations that reach the database."""
    for operation in migration.operations:
        yield from operation.database_operations if isinstance(operation, ops.SeparateDatabaseAndState) else [operation]


def objection(operation: Any, before: Any) -> str:
    """Why the old code could stumble over an operation; empty where it cannot."""
    if isinstance(operation, HARMLESS):
        return ""
    if isinstance(operation, ops.AddField):
        field = operation.field
        optional = field.null or field.db_default is not NOT_PROVIDED or field.many_to_many
        return "" if optional else "a new column that old code does not fill needs null=True or db_default"
    if isinstance(operation, ops.AlterField):
        old, new = before.models[before_key(operation, before)].fields[operation.name], operation.field
        return "" if accepts_all(old, new) else "the column must go on taking everything that old code writes"
    return "not possible in one release: add first, use, and remove in the release after"


def before_key(operation: Any, before: Any) -> tuple[str, str]:
    return next(
        key
        for key in before.models
        if key[1] == operation.model_name_lower and operation.name in before.models[key].fields
    )


def accepts_all(old: models.Field, new: models.Field) -> bool:
    """Whether whatever fits into the old column fits into the new one."""
    same_type = old.get_internal_type() == new.get_internal_type() and old.db_column == new.db_column
    as_null = new.null or not old.null
    as_long = new.max_length is None or (old.max_length is not None and old.max_length <= new.max_length)
    return same_type and as_null and as_long and (old.unique or not new.unique)


def test_the_release_is_known(loader: MigrationLoader) -> None:
    """Every migration of the release is still there under its name."""
    assert set(MIGRATIONS.items()) <= loader.disk_migrations.keys()


def test_no_migration_since_the_release_takes_anything_from_old_code(loader: MigrationLoader) -> None:
    objections = []
    for migration in since_release(loader):
        before = loader.project_state((migration.app_label, migration.name), at_end=False)
        for operation in leaves(migration):
            if why := objection(operation, before):
                objections.append(f"{migration}: {operation.describe()}: {why}")
    assert objections == []


@pytest.mark.parametrize(
    ("operation", "refused"),
    [
        (ops.AddField("topic", "x", models.IntegerField()), True),
        (ops.AddField("topic", "x", models.IntegerField(default=1)), True),
        (ops.AddField("topic", "x", models.IntegerField(null=True)), False),
        (ops.AddField("topic", "x", models.IntegerField(db_default=1)), False),
        (ops.RemoveField("topic", "description"), True),
        (ops.RenameField("topic", "description", "about"), True),
        (ops.DeleteModel("Topic"), True),
        (ops.AlterField("topic", "name", models.CharField(max_length=10, unique=True)), True),
        (ops.AlterField("topic", "name", models.CharField(max_length=1000, unique=True)), False),
        (ops.AlterField("topic", "description", models.IntegerField()), True),
    ],
)
def test_the_rule_itself(loader: MigrationLoader, operation: Any, refused: bool) -> None:
    before = loader.project_state(list(MIGRATIONS.items()))
    assert bool(objection(operation, before)) is refused


@pytest.mark.slow
@pytest.mark.django_db
def test_old_code_works_on_the_new_tables(content, loader: MigrationLoader) -> None:
    """The models as the last release knew them read, change, add and delete a row of every table as it is now."""
    old = loader.project_state(list(MIGRATIONS.items())).apps
    tried = []
    for app in MIGRATIONS:
        for model in old.get_app_config(app).get_models():
            if model._meta.managed and not model._meta.proxy:
                works(model)
                tried.append(model._meta.label)
    assert len(tried) > 30, tried


def works(model: Any) -> None:
    """Reads, changes, adds and deletes; what the table must not take twice was taken as far as that rule."""
    row = model._default_manager.first() or baker.make(model, **GIVEN.get(model._meta.label, {}))
    if model._meta.label not in APPENDED:
        row.save()
    row.pk, row._state.adding = None, True
    refusal = insert(row)
    assert refusal is None or is_collision(refusal), f"{model._meta.label}: {refusal}"
    if refusal is None:
        assert model._default_manager.filter(pk=row.pk).exists()
    if refusal is None and model._meta.label not in APPENDED:
        row.delete()


def insert(row: Any) -> IntegrityError | None:
    """Adds the row; gives back why the database would not have it."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        return error
    return None


@pytest.mark.django_db
def test_every_table_of_the_release_is_still_there(loader: MigrationLoader) -> None:
    old = loader.project_state(list(MIGRATIONS.items())).apps
    tables = set(connection.introspection.table_names())
    wanted = {
        model._meta.db_table
        for app in MIGRATIONS
        for model in old.get_app_config(app).get_models()
        if model._meta.managed
    }
    assert wanted <= tables
