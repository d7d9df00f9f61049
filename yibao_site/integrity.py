"""Whether everything that must agree does agree: pointers, guards, index, figures, related pages, notices, pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, F, FileField, OuterRef, Q, Subquery

from policies.figures import tokens_in
from publishing import append_only, guards, registry, watching
from publishing.models import Availability, State
from search.index import WRITTEN, entry_of
from search.models import IndexEntry, IndexState, RelatedRow
from search.rebuild import drift
from seo.models import Notice, NoticeState

# At most so many faults of one kind are named; the rest are counted.
NAMED = 5
BATCH = 200
PICTURE = re.compile(r'<img[^>]+src="([^"]+)"')
FULLTEXT = ("search_fts_insert", "search_fts_delete", "search_fts_update")
# Written at every indexing, or dependent on the day.
CONTENT = [name for name in WRITTEN if name != "indexed_at"]

Check = Callable[[], Iterator[str]]


def faults(*, quick: bool = False, media: Storage = default_storage) -> Iterator[str]:
    """One sentence a fault, none where all is well. `quick` leaves out what must read every text."""
    checks: list[Check] = [_storage, _guards, _pointers, _places, _index, _related, _notices]
    if not quick:
        checks += [_entries, _figures, lambda: _pictures(media)]
    for check in checks:
        yield from check()


def _listed(rows: Any, sentence: str) -> Iterator[str]:
    """The sentence with the first rows it is about, if there are any."""
    found = list(rows[: NAMED + 1])
    if found:
        names = ", ".join(str(row) for row in found[:NAMED])
        yield f"{sentence}: {names}{' and more' if len(found) > NAMED else ''}."


def _batches(rows: Any) -> Iterator[list[Any]]:
    """The rows in the order of their keys, a few at a time; a large site does not fit into memory."""
    rows, last = rows.order_by("pk"), 0
    while found := list(rows.filter(pk__gt=last)[:BATCH]):
        yield found
        last = found[-1].pk


def _revisions(kind: registry.ContentType) -> Any:
    return kind.model._meta.get_field("live").related_model


# The database itself


def _storage() -> Iterator[str]:
    """On SQLite, pages of the file, foreign keys and the full-text index; PostgreSQL checks these itself."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        said = [row[0] for row in cursor.execute("PRAGMA integrity_check").fetchall()]
        if said != ["ok"]:
            yield f"The database file is damaged: {'; '.join(said[:NAMED])}."
        broken = cursor.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            yield f"{len(broken)} rows point at rows that do not exist, the first in {broken[0][0]}."
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_fts(search_fts, rank) VALUES ('integrity-check', 1)")
    except DatabaseError as error:
        if "readonly" not in str(error):
            yield f"The full-text index does not match its table ({error}): run rebuild_search."


def _guards() -> Iterator[str]:
    """The triggers that hold what no constraint can say."""
    wanted = {
        f"{kind.model._meta.db_table}_{name}"
        for kind in registry.content_types()
        for name in guards.rules(kind.model, "NEW", "OLD")
    }
    wanted |= {name for each in watching.watched() for name in watching.names(each)}
    wanted |= {f"{append_only.NAME}_{event}" for event in ("update", "delete")}
    wanted |= set(FULLTEXT) if connection.vendor == "sqlite" else set()
    if missing := sorted(wanted - triggers()):
        yield f"These triggers are missing, run migrate: {', '.join(missing)}."


def triggers() -> set[str]:
    """The names of all triggers of the database."""
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal AND tgenabled <> 'D' AND relnamespace = current_schema()::regnamespace",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


# Pages and their versions


def _pointers() -> Iterator[str]:
    """A page shows one published version of its own, and no other version calls itself published."""
    for kind in registry.content_types():
        pages, texts = kind.model.objects.order_by("pk"), _revisions(kind).objects.order_by("pk")
        shown = pages.filter(live__isnull=False)
        yield from _listed(
            shown.exclude(live__document=F("pk")).values_list("pk", flat=True),
            f"These {kind.name} pages show a version of another page",
        )
        yield from _listed(
            shown.filter(~Q(live__state=State.PUBLISHED) | Q(live__published_at__isnull=True)).values_list(
                "pk", flat=True
            ),
            f"These {kind.name} pages show a version that is not published",
        )
        lost = Q(document__live__isnull=True) | ~Q(document__live=F("pk"))
        yield from _listed(
            texts.filter(lost, state=State.PUBLISHED).values_list("pk", flat=True),
            f"These {kind.name} versions call themselves published, but their page does not show them",
        )
        yield from _listed(
            pages.exclude(availability=Availability.UNPUBLISHED)
            .filter(Q(first_published_at__isnull=True) | Q(changed_at__isnull=True))
            .values_list("pk", flat=True),
            f"These {kind.name} pages were published, but nobody knows when",
        )


def _places() -> Iterator[str]:
    """A live page is nationwide or names provinces."""
    for kind in registry.content_types():
        own = kind.model.provinces.through.objects.filter(**{f"{kind.model._meta.model_name}_id": OuterRef("pk")})
        live = kind.model.objects.live().order_by("pk")
        wrong = live.filter(Q(Exists(own), nationwide=True) | Q(~Exists(own), nationwide=False))
        yield from _listed(
            wrong.values_list("pk", flat=True), f"These {kind.name} pages are nationwide and of provinces, or neither"
        )


# What is worked out from them


def _index() -> Iterator[str]:
    if found := drift():
        yield f"Search index and live pages differ ({found}): run rebuild_search."


def _entries() -> Iterator[str]:
    """Every entry of the index is what would be written now."""
    current = IndexState.objects.filter(pk=1).first()
    generation = current.generation if current else 1
    for kind in registry.content_types():
        wrong = []
        entries = IndexEntry.objects.filter(generation=generation, kind=kind.name)
        for documents in _batches(kind.model.objects.live().prefetch_related("topics", "provinces")):
            stored = {row.object_id: row for row in entries.filter(object_id__in=[page.pk for page in documents])}
            for document in documents:
                fresh, row = entry_of(document, generation), stored.get(document.pk)
                if row and any(getattr(row, name) != getattr(fresh, name) for name in CONTENT):
                    wrong.append(document.pk)
        yield from _listed(wrong, f"The index holds other words than these {kind.name} pages, run rebuild_search")


def _related() -> Iterator[str]:
    """Lists of related pages lead from live pages to live pages, under their present titles."""
    for kind in registry.content_types():
        live = kind.model.objects.live().select_related(None).order_by()
        for side in ("source", "target"):
            rows = RelatedRow.objects.filter(**{f"{side}_kind": kind.name})
            gone = rows.filter(~Exists(live.filter(pk=OuterRef(f"{side}_id"))))
            yield from _listed(
                gone.order_by("pk"), f"Related links whose {side} is no live {kind.name}, run rebuild_related"
            )
        title = live.filter(pk=OuterRef("target_id")).values("live__title")[:1]
        renamed = RelatedRow.objects.filter(target_kind=kind.name).exclude(title=Subquery(title))
        yield from _listed(
            renamed.order_by("pk"), f"Related links with an old title of a {kind.name}, run rebuild_related"
        )


def _figures() -> Iterator[str]:
    """What is noted about the figures that a live text shows is what the text shows."""
    for kind in registry.content_types():
        wrong = []
        for documents in _batches(kind.model.objects.live().prefetch_related("live__parameter_uses__parameter")):
            for document in documents:
                noted = {use.parameter.key for use in document.live.parameter_uses.all()}
                if noted != {key for key, _ in tokens_in(document.live.texts())}:
                    wrong.append(document.pk)
        yield from _listed(wrong, f"The figures noted for these {kind.name} pages are not those in their text")


def _notices() -> Iterator[str]:
    """A notice to a search engine waits, or is settled at a known moment."""
    waiting = Q(state=NoticeState.WAITING)
    wrong = Notice.objects.filter(waiting & Q(settled_at__isnull=False) | ~waiting & Q(settled_at__isnull=True))
    yield from _listed(wrong.order_by("pk"), "Notices to search engines that are both waiting and settled, or neither")


def _pictures(media: Storage) -> Iterator[str]:
    """Every picture that a reachable page shows is there."""
    missing = []
    for kind in registry.content_types():
        names = [field.name for field in _revisions(kind)._meta.concrete_fields if isinstance(field, FileField)]
        for documents in _batches(kind.model.objects.reachable().filter(live__isnull=False)):
            for document in documents:
                files = {str(getattr(document.live, name)) for name in names} - {""}
                files |= {source.removeprefix(settings.MEDIA_URL) for source in PICTURE.findall(document.live.body)}
                missing += [f"{name} of {kind.name} {document.pk}" for name in sorted(files) if not media.exists(name)]
    yield from _listed(missing, "Pictures are missing")
