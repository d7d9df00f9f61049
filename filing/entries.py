"""Entries into the filing guide from a province page, with both ends filled in."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from filing.places import MUNICIPALITY, place_value
from filing.vocabulary import Question
from taxonomy.models import City, Province

# Where many people go for treatment, whatever their province.
HUBS = (("beijing", "北京"), ("shanghai", "上海"))


def filing_entries(province: Province, cities: list[City]) -> dict[str, Any]:
    """Links "from here to there" and "from there to here"; no query of its own if neighbours are prefetched."""
    own = place_value(province)
    near = [(place_value(other), other.short_name) for other in province.neighbours.all()]
    hubs = [hub for hub in HUBS if hub[0] != province.slug and hub not in near]
    return {
        "province": province,
        "away": [(name, _both(own, value)) for value, name in near + hubs],
        "here": [(name, _both(value, own)) for value, name in near],
        "cities": [(city.short_name, _from(city.code)) for city in cities if city.kind != MUNICIPALITY],
        "start": _from(province.slug) if province.single_pool else reverse("filing-question", args=[Question.INSURED]),
    }


def _both(insured: str, treated: str) -> str:
    return f"{reverse('filing-question', args=[Question.REASON])}?{urlencode({'insured': insured, 'treated': treated})}"


def _from(insured: str) -> str:
    return f"{reverse('filing-question', args=[Question.TREATED])}?{urlencode({'insured': insured})}"
