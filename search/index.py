"""Keeps the index: one row a live document, written in the transaction that publishes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.utils import timezone

from publishing import registry
from publishing.models import Availability
from publishing.registry import Change
from publishing.rendering import plain_text
from search.models import IndexEntry, IndexState
from search.pinyin import initials_of, pinyin_of
from search.text import body_tokens, clean, normalise, runs, title_tokens

WRITTEN = [
    "revision_id", "title", "text", "heads", "content", "head_tokens", "body_tokens", "pinyin", "initials", "topics",
    "provinces", "changed_at", "indexed_at",
]  # fmt: skip


def state() -> IndexState:
    """The row that says which generation is searched."""
    return IndexState.current()


def entry_of(document: Any, generation: int, day: dt.date | None = None) -> IndexEntry:
    """The index row of a live document, with the figures of the day filled in; not saved."""
    revision = document.live
    text = clean(plain_text(revision, day))
    terms = [line.strip() for line in document.search_terms.splitlines() if line.strip()]
    provinces = [] if document.nationwide else [province.slug for province in document.provinces.all()]
    return make_entry(
        generation=generation, kind=registry.name_of(document), object_id=document.pk, revision_id=revision.pk,
        title=revision.title, terms=terms, text=text, topics=[topic.slug for topic in document.topics.all()],
        provinces=provinces, changed_at=document.changed_at,
    )  # fmt: skip


def make_entry(*, title: str, terms: list[str], text: str, topics: list[str], provinces: list[str],
               **identity: Any) -> IndexEntry:  # fmt: skip
    """An index row from plain values; not saved."""
    heads = list(dict.fromkeys(filter(None, (normalise(head) for head in [title, *terms]))))
    return IndexEntry(
        title=title, text=text, heads="\n".join(heads), content="\n".join(runs(normalise(text))),
        head_tokens=" ".join(title_tokens("\n".join([title, *terms]))), body_tokens=" ".join(body_tokens(text)),
        pinyin=pinyin_of(title)[:400], initials=initials_of(title)[:120],
        topics=spaced(topics), provinces=spaced(provinces), indexed_at=timezone.now(), **identity,
    )  # fmt: skip


def spaced(slugs: Iterable[str]) -> str:
    """Slugs in one text, each between spaces, so that one of them can be looked for."""
    joined = " ".join(slugs)
    return f" {joined} " if joined else ""


def write(entries: list[IndexEntry]) -> None:
    """Stores rows, replacing those of the same document and generation."""
    IndexEntry.objects.bulk_create(
        entries, update_conflicts=True, update_fields=WRITTEN, unique_fields=["generation", "kind", "object_id"]
    )


def index(documents: Iterable[Any]) -> int:
    """Writes the rows of live documents into every generation in use; gives back how many documents."""
    current = IndexState.current()
    generations = [current.generation, *([current.building] if current.building else [])]
    entries = [entry_of(document, generation) for document in documents for generation in generations]
    write(entries)
    _changed(len(entries))
    return len(entries) // len(generations)


def _changed(rows: int) -> None:
    """Tells the next count of words that there is something to count."""
    IndexState.objects.filter(pk=1).update(uncounted=F("uncounted") + rows)


def remove(document: Any) -> None:
    """Takes a document out of every generation."""
    gone, _ = IndexEntry.objects.filter(kind=registry.name_of(document), object_id=document.pk).delete()
    _changed(gone)


def follow(document: Any, change: Change) -> None:
    """Listener: the index changes with the document, in the same transaction."""
    if document.availability == Availability.LIVE and document.live_id:
        index([document])
    else:
        remove(document)
