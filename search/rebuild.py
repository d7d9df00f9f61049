"""Builds the index anew beside the one in use, and says whether index and live documents agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from publishing import registry
from search import lexicon, statistics
from search.figures import figures_today
from search.index import entry_of, write
from search.models import IndexEntry, IndexState
from search.text import SCHEME

BATCH = 100


@dataclass(frozen=True)
class Drift:
    """How index and live documents differ; all zero is well."""

    missing: int = 0
    stale: int = 0
    orphaned: int = 0
    scheme: bool = False

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.orphaned or self.scheme)

    def __str__(self) -> str:
        if self.scheme:
            return "the index was made by another version of the tokeniser"
        return f"{self.missing} missing, {self.stale} of an older version, {self.orphaned} that should not be there"


def rebuild(progress: Callable[[Iterator[Any], int], Iterator[Any]] | None = None) -> int:
    """Writes every live document into a new generation, then lets searches see it; gives back how many documents.

    Searches and publishing go on meanwhile: what is published lands in both generations. Killed half-way, it leaves
    the old index in use, and the next rebuild starts afresh.
    """
    old = IndexState.current()
    new = max(old.generation, old.building or 0) + 1
    IndexState.objects.filter(pk=old.pk).update(building=new)
    IndexEntry.objects.exclude(generation=old.generation).exclude(generation=new).delete()
    figures = figures_today()
    batches = list(_batches())
    done = 0
    for kind, keys in progress(iter(batches), len(batches)) if progress else batches:
        done += _build(kind, keys, new)
    _swap(old.pk, new, figures)
    return done


def _batches() -> Iterator[tuple[registry.ContentType, list[int]]]:
    for kind in registry.content_types():
        keys = list(kind.model.objects.live().order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(keys), BATCH):
            yield kind, keys[start : start + BATCH]


@transaction.atomic
def _build(kind: registry.ContentType, keys: list[int], generation: int) -> int:
    """Writes some documents; they are locked meanwhile, so that a publication comes before or after, never between."""
    documents = kind.model.objects.live().filter(pk__in=keys).prefetch_related("topics", "provinces")
    entries = [entry_of(document, generation) for document in documents.select_for_update(of=("self",))]
    write(entries)
    return len(entries)


@transaction.atomic
def _swap(pk: int, generation: int, figures: dict[str, str]) -> None:
    statistics.refresh(generation)
    IndexState.objects.filter(pk=pk).update(generation=generation, building=None, scheme=SCHEME, figures=figures)
    IndexEntry.objects.exclude(generation=generation).delete()
    lexicon.touch()


def drift() -> Drift:
    """How the index differs from what is live. Three counts a content type, all made by the database."""
    current = IndexState.objects.filter(pk=1).first() or IndexState(scheme=SCHEME)
    if current.scheme != SCHEME:
        return Drift(scheme=True)
    missing = stale = orphaned = 0
    for kind in registry.content_types():
        rows = IndexEntry.objects.filter(generation=current.generation, kind=kind.name)
        live = kind.model.objects.live().select_related(None).order_by()
        own = rows.filter(object_id=OuterRef("pk"))
        missing += live.filter(~Exists(own)).count()
        stale += live.filter(Exists(own.exclude(revision_id=OuterRef("live_id")))).count()
        orphaned += rows.filter(~Exists(live.filter(pk=OuterRef("object_id")))).count()
    return Drift(missing, stale, orphaned)
