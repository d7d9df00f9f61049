"""Feeds of what changed: Atom for all, for a topic and for a province, and JSON Feed for all."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from policies.characters import legal
from policies.figures import Figures
from publishing import registry
from publishing.listed import addresses
from publishing.recent import lately_changed
from seo.addresses import absolute
from seo.conditional import whole
from seo.dates import NEVER, iso
from seo.xml import DECLARATION, element, wrapped
from taxonomy.models import Province, Topic

LENGTH = 50
COLUMNS = ("first_published_at", "live__title", "live__summary")


@dataclass(frozen=True)
class Entry:
    """One changed page, as a feed reader shows it."""

    id: str
    url: str
    title: str
    summary: str
    published: dt.datetime
    updated: dt.datetime
    topics: tuple[str, ...] = ()


def stable_id(kind: str, pk: int) -> str:
    """An id that stays the same when the address scheme changes (RFC 4151)."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{kind}/{pk}"


def entries(topic: Topic | None = None, province: Province | None = None) -> list[Entry]:
    """The latest changes, newest first: of all, of a topic or of a province; as many queries whatever the number."""
    now, kinds = timezone.now(), registry.content_types()
    changes = [
        (kind.name, *row) for kind in kinds for row in lately_changed(kind.model, LENGTH, now, topic, province, COLUMNS)
    ]
    changes.sort(key=lambda change: (-change[2].timestamp(), *change[:2]))
    del changes[LENGTH:]
    topics = {kind.name: _topics(kind.model, [pk for name, pk, *_ in changes if name == kind.name]) for kind in kinds}
    address_of = {kind.name: addresses(kind.model) for kind in kinds}
    figures = Figures.on(timezone.localdate(), [summary for *_, summary in changes])
    return [
        Entry(
            id=stable_id(name, pk),
            url=absolute(address_of[name](pk)),
            title=title,
            summary=figures.fill(summary),
            published=published,
            updated=updated,
            topics=tuple(topics[name].get(pk, ())),
        )
        for name, pk, updated, published, title, summary in changes
    ]


def _topics(model: Any, numbers: list[int]) -> dict[int, list[str]]:
    """The names of the topics of documents."""
    topics: dict[int, list[str]] = {}
    members = model._meta.get_field("topic_items").related_model.objects.filter(content_object__in=numbers)
    for pk, name in members.order_by("id").values_list("content_object", "tag__name"):
        topics.setdefault(pk, []).append(name)
    return topics


def atom_text(title: str, path: str, feed_path: str, found: list[Entry]) -> str:
    """An Atom 1.0 document."""
    updated = max((entry.updated for entry in found), default=NEVER)
    return DECLARATION + wrapped(
        "feed",
        element("id", f"tag:{urlsplit(settings.SITE_URL).hostname},2026:feed{path}"),
        element("title", title),
        element("updated", iso(updated)),
        element("link", rel="self", type="application/atom+xml", href=absolute(feed_path)),
        element("link", rel="alternate", type="text/html", href=absolute(path)),
        wrapped("author", element("name", settings.SITE_OPERATOR), element("uri", absolute(reverse("about")))),
        element("rights", settings.DATA_LICENCE),
        *map(_atom_entry, found),
        **{"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "zh-CN"},
    )


def _atom_entry(entry: Entry) -> str:
    return "\n" + wrapped(
        "entry",
        element("id", entry.id),
        element("title", entry.title),
        element("link", rel="alternate", type="text/html", href=entry.url),
        element("published", iso(entry.published)),
        element("updated", iso(entry.updated)),
        element("summary", entry.summary),
        *(element("category", term=topic) for topic in entry.topics),
    )


def json_text(found: list[Entry]) -> str:
    """A JSON Feed 1.1 document."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": settings.SITE_NAME,
        "home_page_url": absolute("/"),
        "feed_url": absolute(reverse("feed-json")),
        "language": "zh-CN",
        "authors": [{"name": settings.SITE_OPERATOR, "url": absolute(reverse("about"))}],
        "items": list(_json_items(found)),
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _json_items(found: list[Entry]) -> Iterator[dict[str, object]]:
    for entry in found:
        yield {
            "id": entry.id,
            "url": entry.url,
            "title": legal(entry.title),
            "content_text": legal(entry.summary),
            "date_published": iso(entry.published),
            "date_modified": iso(entry.updated),
            "tags": [legal(topic) for topic in entry.topics],
        }


def _atom(request: HttpRequest, title: str, path: str, found: list[Entry]) -> HttpResponseBase:
    return whole(request, atom_text(title, path, request.path, found), "application/atom+xml; charset=utf-8")


def everything(request: HttpRequest) -> HttpResponseBase:
    """`/feed.atom`."""
    return _atom(request, f"{settings.SITE_NAME} - 最近更新", reverse("home"), entries())


def everything_json(request: HttpRequest) -> HttpResponseBase:
    """`/feed.json`."""
    return whole(request, json_text(entries()), "application/feed+json; charset=utf-8")


def of_topic(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/topics/<slug>/feed.atom`."""
    topic = get_object_or_404(Topic, slug=slug)
    found = entries(topic=topic)
    return _atom(request, f"{topic.name} - {settings.SITE_NAME}", topic.get_absolute_url(), found)


def of_province(request: HttpRequest, slug: str) -> HttpResponseBase:
    """`/provinces/<slug>/feed.atom`: pages written for this province."""
    province = get_object_or_404(Province, slug=slug)
    found = entries(province=province)
    return _atom(request, f"{province.name} - {settings.SITE_NAME}", province.get_absolute_url(), found)
