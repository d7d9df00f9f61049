"""Sitemaps: an index, children of at most 10,000 addresses, and a plain list. All streamed from keyset queries.

A child holds the ids of one block of 10,000, so a new page never moves another one to a different child.
`lastmod` is the last major change as readers saw it, never the time of building.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import F, Max, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from policies.models import PolicyDocument
from publishing import registry
from seo.addresses import DATED, absolute, sections
from seo.conditional import streamed
from seo.dates import iso
from seo.xml import DECLARATION, element, wrapped
from taxonomy.models import Province, Topic

CHILD_SIZE = 10_000
TEXT_LIMIT = 50_000  # addresses that one plain list may hold
CHUNK = 1_000
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

Row = tuple[str, dt.datetime | None]


def _documents(kind: registry.ContentType) -> QuerySet:
    """Live documents with their last change, without their text."""
    return kind.model.objects.live().select_related(None).with_changed_at(timezone.now())


def _queryset(name: str) -> QuerySet | None:
    if name == "policy":
        return PolicyDocument.objects.all()
    kind = next((kind for kind in registry.content_types() if kind.name == name), None)
    return _documents(kind) if kind else None


def names() -> list[str]:
    """The kinds of children, in a stable order."""
    return ["page", *(kind.name for kind in registry.content_types()), "policy"]


def blocks(name: str) -> list[tuple[int, dt.datetime | None]]:
    """Which blocks of ids have pages, each with its latest change; one query."""
    if name == "page":
        return [(0, latest_change())]
    found = _queryset(name).annotate(block=F("id") / CHILD_SIZE).values("block")
    dated = name != "policy"
    found = found.annotate(moment=Max("effective_changed_at") if dated else Max("id")).order_by("block")
    return [(row["block"], row["moment"] if dated else None) for row in found]


def rows(name: str, block: int) -> Iterator[Row]:
    """Every page of a child with its last change."""
    if name == "page":
        yield from _pages()
        return
    last, end = block * CHILD_SIZE - 1, (block + 1) * CHILD_SIZE
    found = _queryset(name).only("id").order_by("id")
    while True:
        chunk = list(found.filter(id__gt=last, id__lt=end)[:CHUNK])
        for item in chunk:
            yield item.get_absolute_url(), getattr(item, "effective_changed_at", None)
        if len(chunk) < CHUNK:
            return
        last = chunk[-1].id


def latest_change() -> dt.datetime | None:
    """The last major change anywhere on the site."""
    moments = [
        _documents(kind).aggregate(latest=Max("effective_changed_at"))["latest"] for kind in registry.content_types()
    ]
    return max((moment for moment in moments if moment), default=None)


def _pages() -> Iterator[Row]:
    latest = latest_change()
    for name, path in sections().items():
        yield path, latest if name in DATED else None
    for model, field in ((Topic, "topics"), (Province, "provinces")):
        changes = _changes_by(field)
        for item in model.objects.all():
            yield item.get_absolute_url(), changes.get(item.pk)


def _changes_by(field: str) -> dict[Any, dt.datetime]:
    """The last change among the documents of each topic, or of each province."""
    latest: dict[Any, dt.datetime] = {}
    for kind in registry.content_types():
        found = _documents(kind).order_by().values(f"{field}__id").annotate(moment=Max("effective_changed_at"))
        for row in found:
            key, moment = row[f"{field}__id"], row["moment"]
            latest[key] = max(moment, latest.get(key, moment))
    return latest


def every_row() -> Iterator[Row]:
    """Every page that search engines may list."""
    for name in names():
        for block, _ in blocks(name):
            yield from rows(name, block)


def _entry(tag: str, address: str, moment: dt.datetime | None) -> str:
    parts = [element("loc", absolute(address))]
    if moment:
        parts.append(element("lastmod", iso(moment)))
    return wrapped(tag, *parts) + "\n"


def _file(tag: str, child: str, found: Iterator[Row]) -> Iterator[str]:
    yield f'{DECLARATION}<{tag} xmlns="{NAMESPACE}">\n'
    for address, moment in found:
        yield _entry(child, address, moment)
    yield f"</{tag}>\n"


def index(request: HttpRequest) -> HttpResponseBase:
    """`/sitemap.xml`: all children."""

    def children() -> Iterator[Row]:
        for name in names():
            for block, moment in blocks(name):
                yield reverse("sitemap-child", args=[name, block]), moment

    return streamed(request, lambda: _file("sitemapindex", "sitemap", children()), "application/xml; charset=utf-8")


def child(request: HttpRequest, name: str, block: int) -> HttpResponseBase:
    """`/sitemap-question-0.xml`: one block of pages; 404 where it would be empty."""
    if name not in names() or block not in {number for number, _ in blocks(name)}:
        raise Http404("没有这份网站地图")
    return streamed(request, lambda: _file("urlset", "url", rows(name, block)), "application/xml; charset=utf-8")


def text(request: HttpRequest) -> HttpResponseBase:
    """`/sitemap.txt`: one address a line."""

    def lines() -> Iterator[str]:
        for address, _ in islice(every_row(), TEXT_LIMIT):
            yield absolute(address) + "\n"

    return streamed(request, lines, "text/plain; charset=utf-8")
