"""Many new documents at once: the rows of `publishing.rows`, with the same checks, a few statements a batch.

Every row becomes a draft, as with any import. What a row names is looked up in memory; a row about a document that is
there already goes the usual way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from sys import maxsize
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import CharField, Field, TextField

from policies.figures import tokens_in
from policies.models import Parameter, PolicyDocument
from publishing.models import AuditEvent, Origin, validate_places
from publishing.new_drafts import IDENTITY, NewDraft, Tables
from publishing.plain_rows import Values
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


@dataclass
class Report:
    """What an import did: new documents, rows about known ones, and sentences for the first bad rows."""

    new: int = 0
    known: int = 0
    errors: list[str] = field(default_factory=list)


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
        self.tables = Tables(kind, user)
        self.topics = {topic.slug: topic.pk for topic in Topic.objects.all()}
        self.provinces = {province.slug: province.pk for province in Province.objects.all()}
        self.policies = {policy.code: policy for policy in PolicyDocument.objects.all()}
        self.groups = {group.name: group.pk for group in Group.objects.all()}
        self.parameters = dict(Parameter.objects.values_list("key", "id"))
        self.columns = set(columns(kind))
        revision = revision_model(kind)
        self.identity = {name: Cell(kind.model._meta.get_field(name)) for name in IDENTITY}
        self.texts = {name: Cell(revision._meta.get_field(name)) for name in text_columns(kind)}
        self.cited = {name: Cell(revision.citation_model()._meta.get_field(name)) for name in ("clause", "note")}
        self.with_figures = [list(self.texts).index(name) for name in ("summary", *revision.LINE_FIELDS, "body")]

    def load(self, batch: list[tuple[int, dict[str, Any]]]) -> None:
        """Writes a batch; a bad row leaves a sentence with its number in the report."""
        rows = [(number, self._clean(row)) for number, row in batch]
        titles = self._known(row for _, row in rows)
        fresh: list[NewDraft] = []
        usual: list[tuple[int, Row]] = []
        for number, row in rows:
            if row.get("id") or row.get("title") in titles:
                usual.append((number, row))
                continue
            titles.add(row.get("title", ""))
            with self._noting(number):
                fresh.append(self._draft(number, row))
        if not self.report.errors:
            self._add_extras(fresh, self.tables.write(fresh))
            self.report.new += len(fresh)
        for number, row in usual:
            with self._noting(number), transaction.atomic():
                outcome = store(self.kind, row, self.user)
                self.report.new += outcome.is_new
                self.report.known += not outcome.is_new

    def _clean(self, row: dict[str, Any]) -> Row:
        """A row as texts; lists become lines."""
        return {
            name: as_text("\n".join(map(str, value)) if isinstance(value, list) else value)
            for name, value in row.items() if name in self.columns
        }  # fmt: skip

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

    def _draft(self, number: int, row: Row) -> NewDraft:
        """A row as it will be written; RowError or ValidationError where it cannot be read."""
        if not row.get("title"):
            raise RowError("标题是空的，请写上。")
        refuse_promises(self.kind, None, row, self.user)
        topics = known_slugs(self.topics, slugs_in(row, "topics"), "topics")
        provinces = known_slugs(self.provinces, slugs_in(row, "provinces"), "provinces")
        validate_places(not provinces, provinces)
        owner = row.get("owner", "")
        if owner and owner not in self.groups:
            raise RowError(f"没有“{owner}”这个小组，请先在后台建立。")
        identity = (
            not provinces,
            self.identity["search_terms"].read(row.get("search_terms", "")),
            self.groups.get(owner),
            self.identity["origin"].read(row.get("origin") or Origin.IMPORTED.value),
            self.identity["review_due_on"].read(day_of(row.get("review_due_on", ""))),
        )
        texts = tuple(cell.read(row.get(name, "")) for name, cell in self.texts.items())
        citations = [self._citation(fields) for fields in sources_of(row.get("sources", ""), self._policy)]
        extra = {name: row[name] for name in self.kind.model.EXTRA_COLUMNS if row.get(name)}
        return NewDraft(number, identity, texts, topics, provinces, citations, self._figures(texts), extra)

    def _citation(self, fields: dict[str, Any]) -> Values:
        """The values of `CITED`, checked."""
        clause, note = (cell.read(fields[name]) for name, cell in self.cited.items())
        recheck = fields["recheck_with"]
        return fields["policy"].pk, clause, note, fields["position"], fields["as_history"], recheck and recheck.pk

    def _policy(self, code: str, position: int) -> PolicyDocument:
        return known_policy(self.policies.get(code), code, position)

    def _figures(self, texts: Values) -> list[tuple[int, int | None]]:
        """The figures that the text shows, as `workflow.record_figures` would note them."""
        places = {
            (self.parameters[key], self.provinces.get(place))
            for key, place in tokens_in(texts[place] for place in self.with_figures) if key in self.parameters
        }  # fmt: skip
        return sorted(places, key=lambda pair: (pair[0], pair[1] or 0))

    def _add_extras(self, drafts: list[NewDraft], numbers: list[int]) -> None:
        more = [(draft, number) for draft, number in zip(drafts, numbers, strict=True) if draft.extra]
        refused = self.kind.model.read_extras([(number, draft.extra) for draft, number in more])
        for place, sentence in sorted(refused.items()):
            self.report.errors.append(f"第{more[place][0].row}行：{sentence}")

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


class Cell:
    """A column of the database that takes what stands in a cell."""

    def __init__(self, column: Field) -> None:
        self.column = column
        # All that a plain text is asked is its length; asking the field costs more than writing the row.
        is_plain = type(column) in {CharField, TextField} and not column.choices
        self.most = (column.max_length or maxsize) if is_plain else -1
        self.least = 0 if column.blank else 1

    def read(self, value: Any) -> Any:
        """The value as the database takes it, made clean by the field; RowError with the field's own sentence where it
        does not take it."""
        if isinstance(value, str) and self.least <= len(value) <= self.most:
            return value
        try:
            cleaned = self.column.clean(value_of(self.column, value), None)
        except ValidationError as error:
            raise RowError(f"{self.column.verbose_name}\uff1a{error.messages[0]}") from error
        return self.column.get_db_prep_save(cleaned, connection)
