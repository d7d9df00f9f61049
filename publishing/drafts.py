"""Working copies: an edit to a live page is a new draft; readers see nothing of it until it is published."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from publishing.models import State
from publishing.workflow import record_figures

# What may still be changed; what is scheduled has been approved as it stands.
EDITABLE = {State.DRAFT, State.SUBMITTED, State.REJECTED}

# What belongs to a version and is never copied into the next one.
OWN = {
    "id", "number", "state", "change_note", "is_minor", "author", "reviewer", "publish_at", "published_at", "created_at",
    "updated_at", "lock", "edited_by", "rejected_note", "forced_reason", "forced_approved_by", "identity",
}  # fmt: skip


@transaction.atomic
def open_draft(document: Any, user: Any) -> Any:
    """The draft that editors work on: the existing one, or a new copy of what readers see."""
    type(document).objects.select_for_update().get(pk=document.pk)  # two editors at once get the same draft
    draft = document.working_revision
    return draft or copy_revision(document.live or document.revisions.first(), user)


@transaction.atomic
def restore_revision(source: Any, user: Any) -> Any:
    """A new draft with an old text. A draft that was in work is set aside first and stays in the history."""
    document = source.document
    type(document).objects.select_for_update().get(pk=document.pk)
    if (working := document.working_revision) and working.pk != source.pk:
        set_aside(working, user)
    draft = copy_revision(source, user)
    document.record(user, "restore_revision", number=draft.number, source=source.number)
    return draft


@transaction.atomic
def set_aside(revision: Any, user: Any) -> None:
    """Gives up a draft: nobody works on it any more, but it can be read and brought back."""
    before, revision.state, revision.publish_at = revision.state, State.SUPERSEDED, None
    revision.save(update_fields=["state", "publish_at", "updated_at"])
    revision.document.record(user, "set_aside", number=revision.number, before=before)


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
    record_figures(draft)
    return draft


def first_draft(document: Any, title: str, user: Any) -> Any:
    """The first draft of a new document."""
    model = document._meta.get_field("live").related_model
    return model.objects.create(document=document, title=title, author=user)
