"""Tells the policies room which pages and drafts show a figure or rest on a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from policies.figures import tokens_in
from policies.models import Parameter, PolicyDocument
from policies.usage import Use
from publishing.audit import BLOCK_END, sentences
from publishing.models import Availability, State
from publishing.registry import ContentType, content_types
from publishing.rendering import FOOTNOTE
from publishing.richtext import without_tags

DONE = [State.PUBLISHED, State.SUPERSEDED]


def uses(subject: Parameter | PolicyDocument) -> Iterator[Use]:
    """Every live page, withdrawn page and text in work that uses the subject; two queries a content type at most."""
    for kind in content_types():
        for revision in _current(kind, subject):
            texts = sentences_with(revision, subject) if isinstance(subject, Parameter) else clauses(revision, subject)
            yield _use(kind, revision, texts)


def _current(kind: ContentType, subject: Parameter | PolicyDocument) -> QuerySet:
    """What readers see and what editors work on; old versions are history."""
    revisions = kind.model._meta.get_field("live").related_model.objects
    if isinstance(subject, Parameter):
        found = revisions.filter(parameter_uses__parameter=subject)
    else:
        found = revisions.filter(Q(citations__policy=subject) | Q(citations__recheck_with=subject))
        found = found.prefetch_related("citations")
    now = Q(live_of__isnull=False) | ~Q(state__in=DONE)
    return found.filter(now).select_related("document", "live_of").distinct().order_by("document_id", "number")


def _use(kind: ContentType, revision: Any, texts: tuple[str, ...]) -> Use:
    document, shown = revision.document, revision.pk == revision.document.live_id
    is_live = shown and document.availability == Availability.LIVE
    meta = revision._meta
    return Use(
        kind=kind.label,
        title=revision.title,
        standing=document.get_availability_display() if shown else revision.get_state_display(),
        is_live=is_live,
        public_url=document.get_absolute_url() if is_live else "",
        edit_url=reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[revision.pk]),
        texts=texts,
    )


def sentences_with(revision: Any, parameter: Parameter) -> tuple[str, ...]:
    """The sentences of a text in which the figure stands, without markup."""
    blocks = [block for text in revision.texts() for part in BLOCK_END.split(text) for block in part.splitlines()]
    plain = (FOOTNOTE.sub("", without_tags(sentence)).strip() for block in blocks for sentence in sentences(block))
    shown = (text for text in plain if parameter.key in {key for key, _ in tokens_in([text])})
    return tuple(dict.fromkeys(shown))


def clauses(revision: Any, policy: PolicyDocument) -> tuple[str, ...]:
    """What a text cites of the document."""
    return tuple(citation.clause for citation in revision.citations.all() if citation.policy_id == policy.pk)
