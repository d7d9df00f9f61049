"""Many new documents, each with its first draft, as plain rows: what a saved document and draft write, in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType as DjangoContentType

from publishing.models import AuditEvent
from publishing.plain_rows import Table, Values, new_ids
from publishing.registry import ContentType
from publishing.rows import revision_model, text_columns

IDENTITY = ("nationwide", "search_terms", "owner", "origin", "review_due_on")
CITED = ("policy", "clause", "note", "position", "as_history", "recheck_with")


@dataclass(slots=True)
class NewDraft:
    """One new document with everything that will be written for it; values are such as columns take."""

    row: int  # the number of the row that it was read from
    identity: Values  # of IDENTITY
    texts: Values  # of the text columns of its type
    topics: list[int]
    provinces: list[int]
    citations: list[Values]  # of CITED
    figures: list[tuple[int, int | None]]
    extra: dict[str, str]  # what only its type knows how to read


class Tables:
    """The tables of one content type."""

    def __init__(self, kind: ContentType, user: Any) -> None:
        self.model, self.revision = kind.model, revision_model(kind)
        uses = self.revision._meta.get_field("parameter_uses").related_model
        topics = self.model._meta.get_field("topic_items").related_model
        places = self.model._meta.get_field("provinces").remote_field.through
        self.documents = Table(self.model, "id", *IDENTITY)
        self.revisions = Table(
            self.revision, "id", "document", *text_columns(kind), like=self.revision(number=1, author=user)
        )
        self.citations = Table(self.revision.citation_model(), "revision", *CITED)
        self.uses = Table(uses, "revision", "parameter", "province")
        self.topics = Table(topics, "content_object", "tag")
        self.places = Table(places, self.model._meta.model_name, "province")
        deed = AuditEvent(
            actor=user, action="import", content_type=DjangoContentType.objects.get_for_model(self.model),
            details={"changed": ["title"], "bulk": True},
        )  # fmt: skip
        self.deeds = Table(AuditEvent, "object_id", like=deed)

    def write(self, drafts: Sequence[NewDraft]) -> list[int]:
        """Writes the drafts, and who imported them as for any other import; gives back the numbers of the documents.

        Inside a transaction."""
        numbers, texts = new_ids(self.model, len(drafts)), new_ids(self.revision, len(drafts))
        pages, versions = list(zip(numbers, drafts, strict=True)), list(zip(texts, drafts, strict=True))
        self.documents.insert((number, *draft.identity) for number, draft in pages)
        self.revisions.insert(
            (pk, number, *draft.texts) for pk, number, draft in zip(texts, numbers, drafts, strict=True)
        )
        self.citations.insert((pk, *cited) for pk, draft in versions for cited in draft.citations)
        self.uses.insert((pk, *use) for pk, draft in versions for use in draft.figures)
        self.topics.insert((number, topic) for number, draft in pages for topic in draft.topics)
        self.places.insert((number, place) for number, draft in pages for place in draft.provinces)
        self.deeds.insert((number,) for number in numbers)
        return numbers
