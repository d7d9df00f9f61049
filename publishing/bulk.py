"""Many new documents at once: the rows of `publishing.rows`, with the same checks, a few statements a batch.

Every row becomes a draft, as with any import. What a row names is looked up in memory; a row about a document that is
there already goes the usual way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType as DjangoContentType
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Field

from policies.figures import tokens_in
from policies.models import Parameter, PolicyDocument
from publishing.models import AuditEvent, Origin, validate_places
from publishing.registry import ContentType
from publishing.row_cells import (
    Row,
    RowError,
    as_text,
    day_of,
    known_policy,
    known_slugs,
    slugs_in,
    sources_of,
    value_of,
)  # fmt: skip
from publishing.rows import columns, refuse_promises, revision_model, store, text_columns
from taxonomy.models import Province, Topic

BATCH = 1000
MOST_ERRORS = 20
CITED = ("revision", "policy", "clause", "note", "position", "as_history", "recheck_with")


@dataclass
class Report:
    """What an import did: new documents, rows about known ones, and sentences for the first bad rows."""

    new: int = 0
    known: int = 0
    errors: list[str] = field(default_factory=list)


@dataclass
class Draft:
    """One new document with everything that will be written for it."""

    number: int  # of its row
    document: Any
    revision: Any
    topics: list[Topic]
    provinces: list[Province]
    citations: list[tuple[Any, ...]]
    figures: list[tuple[int, int | None]]
    extra: Row  # what only its type knows how to read


class Refused(Exception):
    """The import wrote nothing; the report says why."""


def read(kind: ContentType, rows: Iterable[dict[str, Any]], user: Any = None, *, dry_run: bool = False) -> Report:
    """Writes all rows as drafts, or none where one of them is bad; gives back what happened."""
    loader = Loader(kind, user)
    try:
        with transaction.atomic():
            numbered = enumerate(rows, 1)
            while batch := list(islice(numbered, BATCH)):
                loader.load(batch)
                if len(loader.report.errors) >= MOST_ERRORS:
                    break
            loader.count_on()
            if loader.report.errors or dry_run:
                raise Refused
            loader.tell_the_planner()
    except Refused:
        pass
    return loader.report


class Loader:
    """Reads batches of rows; what rows name is read from the database once."""

    def __init__(self, kind: ContentType, user: Any) -> None:
        self.kind, self.user, self.report = kind, user, Report()
        self.topics = {topic.slug: topic for topic in Topic.objects.all()}
        self.provinces = {province.slug: province for province in Province.objects.all()}
        self.policies = {policy.code: policy for policy in PolicyDocument.objects.all()}
        self.groups = {group.name: group for group in Group.objects.all()}
        self.parameters = dict(Parameter.objects.values_list("key", "id"))
        self.columns = set(columns(kind))
        self.texts = {name: revision_model(kind)._meta.get_field(name) for name in text_columns(kind)}

    def load(self, batch: list[tuple[int, dict[str, Any]]]) -> None:
        """Writes a batch; a bad row leaves a sentence with its number in the report."""
        rows = [(number, self._clean(row)) for number, row in batch]
        titles = self._known(row for _, row in rows)
        fresh: list[Draft] = []
        usual: list[tuple[int, Row]] = []
        for number, row in rows:
            if row.get("id") or row.get("title") in titles:
                usual.append((number, row))
                continue
            titles.add(row.get("title", ""))
            with self._noting(number):
                fresh.append(self._draft(number, row))
        if not self.report.errors:
            self._write(fresh)
            self.report.new += len(fresh)
            self._add_extras(fresh)
        for number, row in usual:
            with self._noting(number), transaction.atomic():
                outcome = store(self.kind, row, self.user)
                self.report.new += outcome.is_new
                self.report.known += not outcome.is_new

    def _clean(self, row: dict[str, Any]) -> Row:
        """A row as texts; lists become lines."""
        joined = {name: "\n".join(map(str, value)) if isinstance(value, list) else value for name, value in row.items()}
        return {name: as_text(value) for name, value in joined.items() if name in self.columns}

    def _known(self, rows: Iterable[Row]) -> set[str]:
        """Which of the titles are there already."""
        titles = {row["title"] for row in rows if row.get("title")}
        revisions = revision_model(self.kind).objects.filter(title__in=titles)
        return set(revisions.values_list("title", flat=True))

    @contextmanager
    def _noting(self, number: int) -> Iterator[None]:
        try:
            yield
        except (RowError, ValidationError) as error:
            sentence = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            self.report.errors.append(f"第{number}行：{sentence}")

    def _draft(self, number: int, row: Row) -> Draft:
        """A row as objects that are not saved; RowError where it cannot be read."""
        if not row.get("title"):
            raise RowError("标题是空的，请写上。")
        refuse_promises(self.kind, None, row, self.user)
        topics = known_slugs(self.topics, slugs_in(row, "topics"), "topics")
        provinces = known_slugs(self.provinces, slugs_in(row, "provinces"), "provinces")
        owner = row.get("owner", "")
        if owner and owner not in self.groups:
            raise RowError(f"没有“{owner}”这个小组，请先在后台建立。")
        document = self.kind.model(
            nationwide=not provinces, search_terms=row.get("search_terms", ""), owner=self.groups.get(owner),
            origin=row.get("origin") or Origin.IMPORTED, review_due_on=day_of(row.get("review_due_on", "")),
        )  # fmt: skip
        validate_places(document.nationwide, provinces)
        values = {name: _checked(column, value_of(column, row.get(name, ""))) for name, column in self.texts.items()}
        for name in ("search_terms", "origin"):
            _checked(self.kind.model._meta.get_field(name), getattr(document, name))
        revision = revision_model(self.kind)(number=1, author=self.user, **values)
        citations = [self._citation(fields) for fields in sources_of(row.get("sources", ""), self._policy)]
        extra = {name: row[name] for name in self.kind.model.EXTRA_COLUMNS if row.get(name)}
        return Draft(number, document, revision, topics, provinces, citations, self._figures(revision), extra)

    def _citation(self, fields: dict[str, Any]) -> tuple[Any, ...]:
        """The values of `CITED`, checked."""
        meta = revision_model(self.kind).citation_model()._meta
        for name in ("clause", "note"):
            _checked(meta.get_field(name), fields[name])
        recheck = fields["recheck_with"]
        texts = (fields["clause"], fields["note"], fields["position"], fields["as_history"])
        return fields["policy"].pk, *texts, recheck.pk if recheck else None

    def _policy(self, code: str, position: int) -> PolicyDocument:
        return known_policy(self.policies.get(code), code, position)

    def _figures(self, revision: Any) -> list[tuple[int, int | None]]:
        """The figures that the text shows, as `workflow.record_figures` would note them."""
        places = {
            (self.parameters[key], self.provinces[place].pk if place in self.provinces else None)
            for key, place in tokens_in(revision.texts()) if key in self.parameters
        }  # fmt: skip
        return sorted(places, key=lambda pair: (pair[0], pair[1] or 0))

    def _write(self, drafts: list[Draft]) -> None:
        model, revisions = self.kind.model, revision_model(self.kind)
        model.objects.bulk_create(draft.document for draft in drafts)
        for draft in drafts:
            draft.revision.document = draft.document
        revisions.objects.bulk_create(draft.revision for draft in drafts)
        texts = [(draft.revision.pk, draft) for draft in drafts]
        pages = [(draft.document.pk, draft) for draft in drafts]
        uses = revisions._meta.get_field("parameter_uses").related_model
        members = model._meta.get_field("topic_items").related_model
        places = model._meta.get_field("provinces").remote_field.through
        _insert(revisions.citation_model(), CITED, [(pk, *cited) for pk, draft in texts for cited in draft.citations])
        _insert(
            uses, ("revision", "parameter", "province"), [(pk, *use) for pk, draft in texts for use in draft.figures]
        )
        _insert(members, ("content_object", "tag"), [(pk, topic.pk) for pk, draft in pages for topic in draft.topics])
        own = model._meta.model_name
        _insert(places, (own, "province"), [(pk, place.pk) for pk, draft in pages for place in draft.provinces])
        self._record(drafts)

    def _add_extras(self, drafts: list[Draft]) -> None:
        more = [draft for draft in drafts if draft.extra]
        refused = self.kind.model.read_extras([(draft.document, draft.extra) for draft in more])
        for place, sentence in sorted(refused.items()):
            self.report.errors.append(f"第{more[place].number}行：{sentence}")

    def _record(self, drafts: list[Draft]) -> None:
        """Writes down who imported what, as for any other import."""
        kind = DjangoContentType.objects.get_for_model(self.kind.model)
        details = {"changed": ["title"], "bulk": True}
        AuditEvent.objects.bulk_create(
            AuditEvent(
                actor=self.user, action="import", content_type=kind, object_id=draft.document.pk, details=details
            )
            for draft in drafts
        )

    def count_on(self) -> None:
        """Lets PostgreSQL count on from the highest id where rows brought their own."""
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [self.kind.model]):
                cursor.execute(statement)

    def tell_the_planner(self) -> None:
        """Counts the rows for PostgreSQL's planner, which would otherwise take the tables for empty ones for a minute and
        more, and the lists of the desk with them."""
        if connection.vendor != "postgresql":
            return
        model, revisions = self.kind.model, revision_model(self.kind)
        with connection.cursor() as cursor:
            for table in (model, revisions, revisions.citation_model(), model.topics.through, AuditEvent):
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table._meta.db_table)}")


def _checked(column: Field, value: Any) -> Any:
    """The value as the field takes it; RowError with the field's own sentence where it does not."""
    is_text = isinstance(value, str) and value and not column.choices
    if is_text and (column.max_length is None or len(value) <= column.max_length):
        return value  # all that the field asks of a text; asking it costs more than writing the row
    try:
        return column.clean(value, None)
    except ValidationError as error:
        raise RowError(f"{column.verbose_name}\uff1a{error.messages[0]}") from error


def _insert(model: Any, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Plain rows of keys, numbers and checked texts: objects for each would cost more than all the rest."""
    if not rows:
        return
    quote = connection.ops.quote_name
    columns_of = ", ".join(quote(model._meta.get_field(name).column) for name in names)
    holes = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(model._meta.db_table)} ({columns_of}) VALUES ({holes})", rows)  # noqa: S608
