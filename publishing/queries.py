"""Named public queries on documents; nothing public may read documents in another way."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest

from policies.models import Parameter, ParameterValue, PolicyDocument, lapsed_q
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

    def about(self, topic: Any = None, province: Province | None = None) -> DocumentQuerySet:
        """Documents of a topic and of a province; nationwide answers hold in every province."""
        found = self
        if topic is not None:
            found = found.filter(topics=topic)
        if province is not None:
            found = found.filter(Q(nationwide=True) | Q(provinces=province)).distinct()
        return found

    def of_province(self, province: Province) -> DocumentQuerySet:
        """Documents written for this province, without the nationwide ones."""
        return self.filter(provinces=province)

    def with_lapse(self, day: dt.date) -> DocumentQuerySet:
        """Annotates `source_lapsed`, `recheck_due` and `figure_missing`: facts about dates, computed, never stored."""
        revisions = self.model._meta.get_field("live").related_model
        own = revisions.citation_model().objects.filter(revision=OuterRef("live"))
        values = ParameterValue.objects.in_force(day).filter(parameter=OuterRef("parameter"))
        known = values.filter(Q(province__isnull=True) | Q(province=OuterRef("province")))
        uses = revisions._meta.get_field("parameter_uses").related_model.objects.filter(revision=OuterRef("live"))
        return self.annotate(
            source_lapsed=Exists(own.filter(lapsed_q(day, "policy__"), as_history=False)),
            recheck_due=Exists(
                own.filter(recheck_with__in_force_from__lte=day).filter(
                    Q(revision__document__verified_on__isnull=True)
                    | Q(revision__document__verified_on__lt=F("recheck_with__in_force_from"))
                )
            ),
            figure_missing=Exists(uses.exclude(Exists(known))),
        )

    def with_changed_at(self, now: dt.datetime) -> DocumentQuerySet:
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
        return (
            self.live()
            .with_lapse(day)
            .filter(Q(review_due_on__lt=day) | Q(source_lapsed=True) | Q(recheck_due=True) | Q(figure_missing=True))
        )

    def citing(self, policy: PolicyDocument) -> DocumentQuerySet:
        """Live documents whose text cites the policy document."""
        return self.live().filter(live__citations__policy=policy).distinct().order_by("id")

    def showing(self, parameter: Parameter) -> DocumentQuerySet:
        """Live documents whose text shows the figure."""
        return self.live().filter(live__parameter_uses__parameter=parameter).distinct().order_by("id")
