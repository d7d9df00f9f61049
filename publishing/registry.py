"""Which content types exist, and who wants to know when one changes. Apps register themselves when they load."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import models


class Change(StrEnum):
    """What happened to a document, as far as other apps care."""

    PUBLISHED = "published"
    MINOR = "minor"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"
    MERGED = "merged"
    IDENTITY = "identity"


Answer = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class ContentType:
    """A kind of document: its model and the word that templates, URLs and the index use for it."""

    name: str
    label: str
    model: type[models.Model]
    answer: Answer | None = None  # turns a built page into the response that readers get


Listener = Callable[[Any, Change], None]
_types: dict[str, ContentType] = {}
_listeners: list[Listener] = []
_silent = False


def register(name: str, label: str, model: type[models.Model], answer: Answer | None = None) -> None:
    """Makes a content type known."""
    _types[name] = ContentType(name, label, model, answer)


def content_types() -> list[ContentType]:
    """All content types, in a stable order."""
    return [_types[name] for name in sorted(_types)]


def content_type(name: str) -> ContentType:
    """The content type of that name; KeyError where there is none."""
    return _types[name]


def name_of(document: models.Model) -> str:
    """The registered name of a document's type."""
    return next(kind.name for kind in _types.values() if isinstance(document, kind.model))


def listen(listener: Listener) -> None:
    """Calls `listener(document, change)` inside the transaction of every change that readers can see."""
    if listener not in _listeners:
        _listeners.append(listener)


@contextmanager
def quiet() -> Iterator[None]:
    """Tells no listener meanwhile: for loading many documents at once. Whoever uses it rebuilds what listeners keep."""
    global _silent
    before, _silent = _silent, True
    try:
        yield
    finally:
        _silent = before


def announce(document: models.Model, change: Change) -> None:
    """Tells every listener; an error in one of them undoes the change."""
    if not _silent:
        for listener in _listeners:
            listener(document, change)


def live_documents() -> Iterator[models.Model]:
    """Every live document of every type."""
    for kind in content_types():
        yield from kind.model.objects.live().order_by("id")
