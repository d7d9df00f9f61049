"""Working copies: an edit to a live page is a new draft; readers see nothing of it until it is published."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from publishing.models import State

# What belongs to a version and is never copied into the next one.
OWN = {"id", "number", "state", "change_note", "is_minor", "author", "reviewer", "publish_at", "published_at", "created_at", "updated_at"}


@transaction.atomic
def open_draft(document: Any, user: Any) -> Any:
    """The draft that editors work on: the existing one, or a new copy of what readers see."""
    draft = document.working_revision
    return draft or copy_revision(document.live or document.revisions.first(), user)


@transaction.atomic
def copy_revision(source: Any, user: Any) -> Any:
    """A new draft with the text and sources of an earlier revision."""
    model = type(source)
    fields = {field.name: getattr(source, field.name) for field in model._meta.concrete_fields if field.name not in OWN}
    newest = source.document.revisions.aggregate(newest=Max("number"))["newest"] or 0
    draft = model.objects.create(**fields, number=newest + 1, state=State.DRAFT, author=user)
    citations = list(source.citations.all())
    for citation in citations:
        citation.pk, citation.revision = None, draft
    model.citation_model().objects.bulk_create(citations)
    return draft


def first_draft(document: Any, title: str, user: Any) -> Any:
    """The first draft of a new document."""
    model = document._meta.get_field("live").related_model
    return model.objects.create(document=document, title=title, author=user)
