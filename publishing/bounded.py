"""Lists of the admin that cost the same however many rows there are."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator

from publishing import similar
from publishing.models import State

MOST = 10_000  # rows that a list counts and leads to; beyond them, a filter or a search does
SMALL = 5_000  # documents of which every title may be read for one search
FOUND = 200


class BoundedPaginator(Paginator):
    """Counts and shows the first `MOST` rows."""

    @cached_property
    def count(self) -> int:
        return self.object_list[:MOST].count() if self._many else len(self.object_list)

    @property
    def _many(self) -> bool:
        return hasattr(self.object_list, "query")


def is_large(model: Any) -> bool:
    """Whether reading every title would take too long."""
    return model.objects.order_by("pk").values("pk")[: SMALL + 1].count() > SMALL


def found_by(model: Any, text: str) -> set[int]:
    """The ids of documents that a search in a large admin list finds: by number, by the index, and texts in work."""
    numbers = {int(text)} if text.isascii() and text.isdigit() and len(text) <= 18 else set()
    numbers |= {document.pk for document, _ in similar.by_index(model, text, FOUND)}
    revisions = model._meta.get_field("live").related_model.objects
    in_work = revisions.filter(state__in=[State.DRAFT, State.SUBMITTED, State.REJECTED, State.SCHEDULED])
    return numbers | set(in_work.filter(title__icontains=text).values_list("document_id", flat=True)[:FOUND])
