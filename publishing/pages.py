"""What a document's URL answers: the lifecycle table as code, shared by all content types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render as render_template
from django.utils import timezone

from policies.models import PolicyDocument, PolicyStatus
from prepared_queries import Prepared, Slot
from publishing.models import Availability, Document, State
from publishing.rendering import RenderedRevision, render
from taxonomy.models import Topic

# What a page needs of the documents that come after a cited one.
SAID_OF_OTHERS = {"id", "title", "issued_on", "published_on", "in_force_from"}


@dataclass
class Source:
    """A cited document with its citations and their footnote numbers."""

    policy: Any
    citations: list[tuple[int, Any]] = field(default_factory=list)


@dataclass
class Page:
    """Everything the template of one document needs."""

    document: Any
    revision: Any
    text: RenderedRevision
    citations: list[Any]
    topics: list[Any]
    provinces: list[Any]
    notices: list[str]
    history: list[Any] = field(default_factory=list)

    @property
    def topic(self) -> Any | None:
        """The main topic, for the breadcrumb."""
        return self.topics[0] if self.topics else None

    @property
    def sources(self) -> list[Source]:
        """The cited documents in the order of their first footnote, each named once."""
        found: dict[int, Source] = {}
        for number, citation in enumerate(self.citations, 1):
            found.setdefault(citation.policy_id, Source(citation.policy)).citations.append((number, citation))
        return list(found.values())

    @property
    def withdrawn(self) -> bool:
        return self.document.availability == Availability.WITHDRAWN


def find(model: type[Document], pk: int) -> Any:
    """The document behind a URL, with the moment it last changed; Http404 where readers must not know of it."""
    found = _finding(model).fetch(pk=pk, now=timezone.now()) if pk <= models.BigIntegerField.MAX_BIGINT else []
    if not found:
        raise Http404("没有这个页面")
    return found[0]


@cache
def _finding(model: type[Document]) -> Prepared:
    documents = model.objects.reachable().filter(pk=Slot("pk", models.BigIntegerField()))
    return Prepared(documents.with_changed_at(Slot("now", models.DateTimeField())))


@cache
def _citing(model: type[models.Model]) -> Prepared:
    """The citations of a revision, with every document that a footnote or a notice speaks of."""
    citations = model.objects.filter(revision=Slot("revision", models.BigIntegerField()))
    named = citations.select_related("policy", "policy__superseded_by", "policy__partly_superseded_by", "recheck_with")
    # Three more documents in a row, of which a page says little: the rest of their columns is not even read.
    unread = [field.name for field in PolicyDocument._meta.concrete_fields if field.name not in SAID_OF_OTHERS]
    others = ("policy__superseded_by", "policy__partly_superseded_by", "recheck_with")
    return Prepared(named.defer("policy__summary", *(f"{other}__{name}" for other in others for name in unread)))


@cache
def _topics(model: type[Document]) -> Prepared:
    """The topics of a document, the main one first."""
    items = model.topics.through._meta.get_field("tag").related_query_name()
    about = Topic.objects.filter(**{f"{items}__content_object": Slot("document", models.BigIntegerField())})
    return Prepared(about.order_by(f"{items}__id"))


def ending(request: HttpRequest, document: Any) -> HttpResponse | None:
    """The answer for a page that has ended: one redirect if merged, a human sentence if gone; None if it lives."""
    if document.availability == Availability.MERGED:
        return HttpResponsePermanentRedirect(document.replaced_by.get_absolute_url())
    if document.availability == Availability.GONE:
        return render_template(request, "410.html", {"document": document}, status=settings.GONE_STATUS)
    return None


def build(document: Any, day: dt.date | None = None, beside: Iterable[str] = ()) -> Page:
    """The page of a live or withdrawn document on a day. The figures in the texts shown `beside` it are read with its own."""
    day = day or timezone.localdate()
    revision = document.live
    citations = _citing(revision.citation_model()).fetch(revision=revision.pk)
    for citation in citations:
        citation.policy.reading_day = day
    return Page(
        document=document,
        revision=revision,
        text=render(revision, day, beside),
        citations=citations,
        topics=_topics(type(document)).fetch(document=document.pk),
        provinces=[] if document.nationwide else list(document.provinces.all()),
        notices=notices(document, citations, day),
        history=list(public_history(revision)) if revision.number > 1 else [],
    )


def notices(document: Any, citations: list[Any], day: dt.date) -> list[str]:
    """Why a reader should take care with this page today, as sentences."""
    reasons = []
    if document.is_review_overdue(day):
        due = document.review_due_on
        reasons.append(f"本页原定{due.year}年{due.month}月{due.day}日前复核，现在还没有完成。办事前请再向参保地核实。")
    for citation in citations:
        if citation.policy.status_on(day) == PolicyStatus.REPEALED and not citation.as_history:
            reasons.append(f"本页引用的《{citation.policy.title}》已不再有效，编辑正在复核。")
        recheck = citation.recheck_with
        if recheck and _took_effect_since(recheck, document.verified_on, day):
            reasons.append(f"《{recheck.title}》已经施行，本页正在按它复核。")
    return list(dict.fromkeys(reasons))


def _took_effect_since(policy: Any, verified_on: dt.date | None, day: dt.date) -> bool:
    start = policy.in_force_from
    return bool(start and start <= day and (verified_on is None or verified_on < start))


def public_history(revision: Any) -> Any:
    """Major published versions of the document, newest first, for "修改记录"."""
    versions = type(revision).objects.filter(document=revision.document_id, is_minor=False, published_at__isnull=False)
    return versions.filter(state__in=[State.PUBLISHED, State.SUPERSEDED]).order_by("-published_at")
