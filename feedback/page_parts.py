"""What this app adds to other apps' pages: functions that templates call. Nothing here depends on who reads, so the pages stay cacheable."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db.models import BigIntegerField, CharField, DateField, Value
from django.db.models.functions import Cast

from feedback.models import AskedWording, Correction, EditorProfile
from feedback.popularity import most_read
from prepared_queries import Prepared, Slot, numbered, slots
from publishing import registry
from taxonomy.models import Province, Topic


def page_kind(document: Any) -> str:
    """The word for a document's type in addresses and forms."""
    return registry.name_of(document)


def page_foot(page: Any) -> dict[str, list[Any]]:
    """Who answers for the page, and what was corrected on it; one query for both."""
    people = [page.revision.author_id, page.revision.reviewer_id]
    found = _people_and_corrections().fetch(
        kind=registry.name_of(page.document), page=page.document.pk, **numbered("person", people)
    )
    by_user = {user: {"name": name, "pk": pk} for what, user, name, _, _, pk in found if what == "person"}
    mended = [
        {"text": text, "wrong_since": since, "corrected_on": on, "pk": pk}
        for what, _, text, since, on, pk in found if what == "correction"
    ]  # fmt: skip
    mended.sort(key=lambda row: (row["corrected_on"], row["pk"]), reverse=True)
    return {
        "author": by_user.get(page.revision.author_id),
        "reviewer": by_user.get(page.revision.reviewer_id),
        "corrections": mended,
    }


@cache
def _people_and_corrections() -> Prepared:
    none = Cast(Value(None), DateField())
    people = EditorProfile.objects.public().filter(user__id__in=slots("person", 2, BigIntegerField()))
    corrections = Correction.objects.about(Slot("kind", CharField()), Slot("page", BigIntegerField()))
    rows = people.order_by().values_list(Value("person", CharField()), "user_id", "name", none, none, "id").union(
        corrections.order_by().values_list(Value("correction", CharField()), "object_id", "text", "wrong_since", "corrected_on", "id"),
        all=True,
    )  # fmt: skip
    return Prepared(rows)


def popular(topic: Topic | None = None, province: Province | None = None) -> list[Any]:
    """What others read this week, of a topic or written for a province."""
    return most_read(topic or None, province or None)


def recently_changed(topic: Topic | None = None, province: Province | None = None) -> list[Any]:
    """The pages of a topic or of a province that changed last."""
    found = []
    for kind in registry.content_types():
        found += kind.model.objects.newest(3, topic or None, province or None)
    return sorted(found, key=lambda document: document.changed_at, reverse=True)[:3]


def recently_asked(topic: Topic | None = None) -> list[Any]:
    """What was asked lately, in the editors' words, each with its answer."""
    return list(AskedWording.objects.for_readers(topic or None)[:5])
