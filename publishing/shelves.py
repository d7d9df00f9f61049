"""Shelves: which live documents stand under a topic or a province, so that no list reads more than it shows.

One row a document and topic, and one a document and province. The database writes them itself (`publishing.shelving`),
whatever changes a document, its topics or its places.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import CharField, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat

TOPIC, PROVINCE = "topic-", "province-"
# Lists and counts know what lies beyond this many only as "more".
COUNTED = 500


def of_topic(topic: Any) -> str:
    """The name of a topic's shelf."""
    return f"{TOPIC}{topic.pk}"


def of_province(province: Any) -> str:
    """The name of the shelf of what was written for a province."""
    return f"{PROVINCE}{province.pk}"


class Shelved(models.Model):
    """That a live document stands on a shelf. Concrete types add `document`; nothing but the database writes here."""

    pk = models.CompositePrimaryKey("shelf", "document")
    shelf = models.CharField(max_length=30)
    changed_at = models.DateTimeField(null=True)
    nationwide = models.BooleanField()

    class Meta:
        abstract = True
        ordering = ["document_id"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["shelf", "-changed_at", "document"], name="%(class)s_recent"),
            models.Index(fields=["shelf", "document"], condition=Q(nationwide=True), name="%(class)s_national"),
        ]

    def __str__(self) -> str:
        return f"{self.shelf}: {self.document_id}"


class CountedUpTo(Subquery):
    """How many rows a sliced query gives; the database stops counting where the slice ends."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def size_of(shelf_model: type[Shelved], prefix: str, most: int | None = None) -> CountedUpTo:
    """For each topic or province of a query: how many documents stand on its shelf, counted up to one above `most`,
    which is `COUNTED` where nothing else is said."""
    name = Concat(Value(prefix), Cast(OuterRef("pk"), CharField()))
    # In the order of an index: PostgreSQL would otherwise read the whole table, hoping to meet enough rows soon.
    rows = shelf_model.objects.filter(shelf=name).order_by("document_id").values("document_id")
    return CountedUpTo(rows[: (most or COUNTED) + 1])


def in_words(count: int, most: int | None = None) -> str:
    """A count as readers see it: exact, or "500多" where it was not counted further."""
    most = most or COUNTED
    return str(count) if count <= most else f"{most}多"
