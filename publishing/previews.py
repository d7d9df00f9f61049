"""An unpublished text exactly as readers will see it: the same builder, view and template, on any day."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any
from urllib.parse import urlencode

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from publishing import pages
from publishing.models import Availability, PreviewLink, State
from publishing.registry import content_type, name_of

frame_csp = csp_replace({"frame-src": [SELF]})
framed_csp = csp_replace({"frame-ancestors": [SELF]})


def query(revision: Any, day: dt.date | None) -> str:
    """The query string that names a version and a day."""
    return "?" + urlencode({"version": revision.number, **({"date": day.isoformat()} if day else {})})


def build(revision: Any, day: dt.date | None) -> pages.Page:
    """The page as it would be if this version were published now. Nothing is written."""
    today = day or timezone.localdate()
    model, now = type(revision.document), timezone.now()
    document = model.objects.select_related("live", "replaced_by").with_changed_at(now).get(pk=revision.document_id)
    is_new = revision.state != State.PUBLISHED
    document.live, document.availability = revision, Availability.LIVE
    document.first_published_at = document.first_published_at or now
    if document.changed_at is None or (is_new and not revision.is_minor):
        document.changed_at = document.effective_changed_at = now
    revision.document, revision.published_at = document, revision.published_at or now
    page = pages.build(document, today)
    if is_new and revision.number > 1 and not revision.is_minor:
        page.history = [revision, *page.history]
    return page


def response(request: HttpRequest, revision: Any, day: dt.date | None) -> HttpResponse:
    """The reader's page of a version; not indexed and not kept by anybody."""
    document = revision.document
    as_reader = copy.copy(request)  # the page's own address stands in its breadcrumb and in its data for machines
    as_reader.path = as_reader.path_info = document.get_absolute_url()
    as_reader.GET = QueryDict()
    shown = content_type(name_of(document)).answer(as_reader, build(revision, day))
    shown["X-Robots-Tag"] = "noindex, nofollow"
    shown["Cache-Control"] = "no-store"
    shown["Referrer-Policy"] = "no-referrer"
    return shown


def links_of(revision: Any) -> Any:
    """The links that still show this version."""
    kind = ContentType.objects.get_for_model(revision)
    return PreviewLink.objects.open().filter(content_type=kind, object_id=revision.pk).select_related("created_by")


def share(revision: Any, user: Any, lasts: dt.timedelta, day: dt.date | None = None) -> PreviewLink:
    """A new link to this version for somebody without a login."""
    kind = ContentType.objects.get_for_model(revision)
    expires = timezone.now() + lasts
    return PreviewLink.objects.create(
        content_type=kind, object_id=revision.pk, created_by=user, expires_at=expires, day=day
    )


def revoke(revision: Any, pk: str) -> None:
    """Ends a link of this version now."""
    links_of(revision).filter(pk=pk if pk.isdecimal() and len(pk) < 19 else None).update(revoked_at=timezone.now())


def shared_preview(request: HttpRequest, token: str) -> HttpResponse:
    """What a shared link shows; a sentence once it has ended."""
    link = PreviewLink.objects.open().filter(token=token).select_related("content_type").first()
    model = link.content_type.model_class() if link else None
    revision = model.objects.select_related("document").filter(pk=link.object_id).first() if model else None
    if revision is None:
        ended = render(request, "publishing/preview_ended.html", status=404)
        ended["Cache-Control"], ended["X-Robots-Tag"] = "no-store", "noindex"
        return ended
    return response(request, revision, link.day)
