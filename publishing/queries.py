"""Named public queries on documents; nothing public may read documents in another way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest

from policies.models import Parameter, ParameterValue, PolicyDocument, lapsed_q
from publishing.shelves import Shelved, of_province, of_topic
from publishing.states import Availability
from taxonomy.models import Province


class DocumentQuerySet(models.QuerySet):
    """Named public queries; nothing public may read documents in another way."""

    def live(self) -> DocumentQuerySet:
        """What readers may see, with its text (one join)."""
        return self.filter(availability=Availability.LIVE, live__isnull=False).select_related("live")

    def reachable(self) -> DocumentQuerySet:
        """Every document whose URL answers with something, for the detail view."""
        return self.exclude(availability=Availability.UNPUBLISHED).select_related("live", "replaced_by")

    def for_listing(self) -> DocumentQuerySet:
        """Live documents with what a list row shows; three queries whatever the length."""
        return self.live().prefetch_related("topics", "provinces").order_by("id")

    def numbers(
        self, most: int, topic: Any = None, province: Province | None = None, after: int = 0, own: bool = False
    ) -> list[int]:
        """The lowest ids of live documents above `after`, of a topic and of a province, where nationwide answers hold as
        well unless only its `own` are wanted. It reads no more rows than it gives, however many documents there are."""
        found: set[int] = set()
        for name, rows in self._ranges(topic, province, own):
            found.update(rows.filter(**{f"{name}__gt": after}).order_by(name).values_list(name, flat=True)[:most])
        return sorted(found)[:most]

    def _ranges(self, topic: Any, province: Any, own: bool) -> list[tuple[str, models.QuerySet]]:
        """Queries that together hold the documents, each in the order of an index on the column named with it."""
        shelf = self.shelves().objects
        every = self.model.objects.filter(availability=Availability.LIVE)
        national = [("id", every.filter(nationwide=True))]
        if topic is None and province is None:
            return [("id", every)]
        if province is None:
            return [("document_id", shelf.filter(shelf=of_topic(topic)))]
        local = shelf.filter(shelf=of_province(province))
        if topic is not None:
            about = shelf.filter(shelf=of_topic(topic))
            national = [("document_id", about.filter(nationwide=True))]
            local = local.filter(Exists(about.filter(document_id=OuterRef("document_id"))))
        return [*([] if own else national), ("document_id", local)]

    def shelves(self) -> type[Shelved]:
        """The type that says which live documents stand under a topic or province."""
        return self.model._meta.get_field("shelved").related_model

    def among(self, numbers: Iterable[int]) -> DocumentQuerySet:
        """Live documents with these ids, lowest first."""
        return self.live().filter(pk__in=list(numbers)).order_by("id")

    def newest(self, most: int, topic: Any = None, province: Province | None = None) -> list[Any]:
        """Live documents, the last changed first: of all, of a topic or written for a province; at most so many."""
        # The ids by themselves: in one query PostgreSQL may walk through all documents to meet these few.
        found = self.model.objects.live().filter(pk__in=list(self.numbers_newest(most, topic, province)))
        return sorted(found, key=lambda document: (-document.changed_at.timestamp(), document.pk))

    def numbers_newest(self, most: int, topic: Any = None, province: Province | None = None) -> models.QuerySet:
        """The ids of these, read from an index."""
        if topic is None and province is None:
            name, rows = "id", self.model.objects.filter(availability=Availability.LIVE)
        else:
            shelf = of_topic(topic) if topic is not None else of_province(province)
            name, rows = "document_id", self.shelves().objects.filter(shelf=shelf)
        rows = rows.filter(changed_at__isnull=False).order_by("-changed_at", name)
        return rows.values_list(name, flat=True)[:most]

    def on_shelf(self, shelf: str, numbers: Iterable[int]) -> set[int]:
        """Which of the ids stand on a shelf: see `publishing.shelves`."""
        rows = self.shelves().objects.filter(shelf=shelf, document_id__in=list(numbers))
        return set(rows.values_list("document_id", flat=True))

    def lapsed(self, day: dt.date) -> DocumentQuerySet:
        """Live documents on which something ran out by itself: a source lapsed, a document named for a new check took
        effect, or a figure has no value. Found from the few things that ran out, not by asking every document."""
        revisions = self.model._meta.get_field("live").related_model
        own = revisions.citation_model().objects.filter(revision__live_of__availability=Availability.LIVE)
        sources = own.filter(lapsed_q(day, "policy__"), as_history=False)
        rechecks = own.filter(recheck_with__in_force_from__lte=day).filter(
            Q(revision__document__verified_on__isnull=True)
            | Q(revision__document__verified_on__lt=F("recheck_with__in_force_from"))
        )
        values = ParameterValue.objects.in_force(day)
        known = values.filter(parameter=OuterRef("parameter"), province=OuterRef("province"))
        uses = revisions._meta.get_field("parameter_uses").related_model.objects
        missing = uses.filter(
            ~Exists(known),
            parameter__in=Parameter.objects.exclude(pk__in=values.filter(province__isnull=True).values("parameter")),
        )
        revisions_of = [rows.order_by().values("revision_id") for rows in (sources, rechecks, missing)]
        return self.live().filter(live__in=revisions_of[0].union(*revisions_of[1:]))

    def with_changed_at(self, now: dt.datetime | models.Expression) -> DocumentQuerySet:
        """Annotates `effective_changed_at`: the last major edit, or the moment a figure on the page changed for readers."""
        uses = self.model._meta.get_field("live").related_model._meta.get_field("parameter_uses").related_model.objects
        # From the few figures of the page to their values, so that the cost does not grow with the number of figures.
        changes = uses.filter(revision=OuterRef("live")).filter(
            # A national value also stands where a province has none of its own.
            Q(parameter__values__province__isnull=True) | Q(parameter__values__province=F("province")),
            parameter__values__noticed_at__lte=now,
        )
        latest = Subquery(
            changes.order_by("-parameter__values__noticed_at").values("parameter__values__noticed_at")[:1]
        )
        return self.annotate(effective_changed_at=Greatest(F("changed_at"), Coalesce(latest, F("changed_at"))))

    def due_for_review(self, day: dt.date) -> DocumentQuerySet:
        """The editors' queue: overdue, a source lapsed, a named document took effect, or a figure has no value."""
        return self.live().filter(Q(review_due_on__lt=day) | Q(pk__in=self.model.objects.lapsed(day).values("pk")))

    def citing(self, policy: PolicyDocument) -> DocumentQuerySet:
        """Live documents whose text cites the policy document."""
        return self.live().filter(live__citations__policy=policy).distinct().order_by("id")

    def numbers_citing(self, policy: PolicyDocument, most: int) -> list[int]:
        """The ids of live documents whose text cites the policy document, by the age of that text; at most so many."""
        citations = self.model._meta.get_field("live").related_model.citation_model().objects
        live = self.model.objects.filter(live=OuterRef("revision"), availability=Availability.LIVE)
        rows = citations.filter(Exists(live), policy=policy).order_by("revision_id")
        revisions = rows.values("revision_id").distinct()[:most]
        return sorted(self.model.objects.filter(live__in=revisions).order_by().values_list("pk", flat=True))

    def showing(self, parameter: Parameter) -> DocumentQuerySet:
        """Live documents whose text shows the figure."""
        return self.live().filter(live__parameter_uses__parameter=parameter).distinct().order_by("id")
