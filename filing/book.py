"""Reads all rows that may be shown into the book that the pure rules take."""

from __future__ import annotations

from filing.models import Exemption, Override, Rule
from filing.rules import Book
from taxonomy.models import Confidence

SHOWN = (Confidence.HIGH, Confidence.MEDIUM)
POLICY = ("policy", "policy__superseded_by", "policy__partly_superseded_by")


def load() -> Book:
    """The book of today's rows, four queries; rows of low confidence are for editors only."""
    rules = Rule.objects.filter(confidence__in=SHOWN).select_related(*POLICY)
    overrides = Override.objects.filter(confidence__in=SHOWN).select_related(*POLICY, "province", "city")
    exemptions = (
        Exemption.objects.filter(confidence__in=SHOWN).select_related(*POLICY, "city").prefetch_related("provinces")
    )
    return Book(
        statements=tuple(row.statement() for row in [*rules, *overrides]),
        exemptions=tuple(row.exemption() for row in exemptions),
    )
