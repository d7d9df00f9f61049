"""Sitemaps: an index, children of at most 10,000 addresses, and a plain list. All streamed from keyset queries.

A child holds the ids of one block of 10,000, so a new page never moves another one to a different child.
`lastmod` is the last major change as readers saw it, never the time of building.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from policies.models import PolicyDocument
from publishing import registry
from publishing.listed import addresses
from publishing.models import BLOCK, Availability
from publishing.recent import last_change, last_changes
from publishing.shelves import PROVINCE, TOPIC
from seo.addresses import DATED, absolute, sections
from seo.conditional import streamed
from seo.dates import iso
from seo.xml import DECLARATION, element, wrapped
from taxonomy.models import Province, Topic

CHILD_SIZE = BLOCK
LONGEST_BLOCK = 14  # digits; no id has so many that its block has more
TEXT_LIMIT = 50_000  # addresses that one plain list may hold
CHUNK = 1_000
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

Row = tuple[str, dt.datetime | None]


def _kind(name: str) -> registry.ContentType:
    return registry.content_type(name)


def names() -> list[str]:
    """The kinds of children, in a stable order."""
    return ["page", *(kind.name for kind in registry.content_types()), "policy"]


def blocks(name: str) -> list[tuple[int, dt.datetime | None]]:
    """Which blocks of ids have pages, each with its latest change; one query, and a few for figures."""
    if name == "page":
        return [(0, latest_change())]
    if name == "policy":
        found = PolicyDocument.objects.values_list(F("id") / CHILD_SIZE, flat=True).order_by("id")
        return [(block, None) for block in dict.fromkeys(found)]
    return last_changes(_kind(name).model, CHILD_SIZE, timezone.now())


def exists(name: str, block: int) -> bool:
    """Whether a child has a page."""
    if name == "page":
        return block == 0
    found = PolicyDocument.objects.all() if name == "policy" else _kind(name).model.objects.live()
    return found.filter(**_within(block)).exists()


def _within(block: int, after: int = 0) -> dict[str, int]:
    return {"id__gt": max(after, block * CHILD_SIZE - 1), "id__lt": (block + 1) * CHILD_SIZE}


def rows(name: str, block: int, *, dated: bool = True) -> Iterator[Row]:
    """Every page of a child, with its last change where that is asked for."""
    if name == "page":
        yield from _pages()
        return
    if name == "policy":
        for policy in PolicyDocument.objects.filter(**_within(block)).order_by("id"):
            yield policy.get_absolute_url(), None
        return
    model = _kind(name).model
    found = model.objects.filter(availability=Availability.LIVE).order_by("id")
    found = found.with_changed_at(timezone.now()) if dated else found.annotate(effective_changed_at=F("changed_at"))
    address_of = addresses(model)
    last = 0
    while True:
        chunk = list(found.filter(**_within(block, last)).values_list("id", "effective_changed_at")[:CHUNK])
        for number, moment in chunk:
            yield address_of(number), moment
        if len(chunk) < CHUNK:
            return
        last = chunk[-1][0]


def latest_change() -> dt.datetime | None:
    """The last major change anywhere on the site."""
    moments = [last_change(kind.model, timezone.now()) for kind in registry.content_types()]
    return max((moment for moment in moments if moment), default=None)


def _pages() -> Iterator[Row]:
    latest = latest_change()
    for name, path in sections().items():
        yield path, latest if name in DATED else None
    for model, prefix in ((Topic, TOPIC), (Province, PROVINCE)):
        for item in _with_last_edits(model, prefix):
            moments = (getattr(item, f"{kind.name}_edited") for kind in registry.content_types())
            yield item.get_absolute_url(), max((moment for moment in moments if moment), default=None)


def _with_last_edits(model: Any, prefix: str) -> QuerySet:
    """Topics or provinces, each with the last edit of a page on its shelf, by type."""
    name = Concat(Value(prefix), Cast(OuterRef("pk"), CharField()))
    found = model.objects.all()
    for kind in registry.content_types():
        shelf = kind.model.objects.shelves().objects.filter(shelf=name, changed_at__isnull=False)
        newest = shelf.order_by("-changed_at", "document_id").values("changed_at")[:1]
        found = found.annotate(**{f"{kind.name}_edited": Subquery(newest)})
    return found


def every_address() -> Iterator[str]:
    """The address of every page that search engines may list."""
    for name in names():
        for block, _ in blocks(name):
            for address, _ in rows(name, block, dated=False):
                yield address


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
    if name not in names() or len(str(block)) > LONGEST_BLOCK or not exists(name, block):
        raise Http404("没有这份网站地图")
    return streamed(request, lambda: _file("urlset", "url", rows(name, block)), "application/xml; charset=utf-8")


def text(request: HttpRequest) -> HttpResponseBase:
    """`/sitemap.txt`: one address a line."""

    def lines() -> Iterator[str]:
        for address in islice(every_address(), TEXT_LIMIT):
            yield absolute(address) + "\n"

    return streamed(request, lines, "text/plain; charset=utf-8")
