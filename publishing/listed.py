"""Live pages as far as lists show them: plain rows, because a model object for each costs more than the rest of a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils import timezone

from policies.figures import Figures


@dataclass(slots=True)
class Listed:
    """One row of a list."""

    pk: int
    address: str
    title: str
    short_answer: str = ""
    verified: str = ""  # the day on which it was last checked
    places: str = ""  # the provinces that it was written for; empty where it holds everywhere

    def get_absolute_url(self) -> str:
        return self.address


def addresses(model: type[models.Model]) -> Callable[[int], str]:
    """Gives the address of each document of a type by its number, as `get_absolute_url` does, worked out once."""
    before, _, after = model(pk=0).get_absolute_url().rpartition("0")
    return lambda number: f"{before}{number}{after}"


def titled(model: type[models.Model], numbers: Iterable[int]) -> list[Listed]:
    """Live documents with these ids, lowest first, with their titles. One query."""
    address_of = addresses(model)
    rows = model.objects.among(numbers).values_list("pk", "live__title")
    return [Listed(pk, address_of(pk), title) for pk, title in rows]


def listed(model: type[models.Model], numbers: Iterable[int]) -> list[Listed]:
    """Live documents with these ids, in this order, with all that a list shows of them. At most three queries."""
    numbers = list(numbers)
    rows = model.objects.among(numbers).values_list("pk", "live__title", "live__summary", "verified_on", "nationwide")
    found = {row[0]: row for row in rows}
    figures = Figures.on(timezone.localdate(), [row[2] for row in found.values()])
    places = _places(model, [pk for pk, *_, nationwide in found.values() if not nationwide])
    address_of = addresses(model)
    return [
        Listed(pk, address_of(pk), title, figures.fill(summary), _day(verified_on), "、".join(places.get(pk, ())))
        for pk, title, summary, verified_on, _ in (found[number] for number in numbers if number in found)
    ]


def _places(model: Any, numbers: Sequence[int]) -> dict[int, list[str]]:
    """The provinces of each of the documents, by short name."""
    through, own = model.provinces.through.objects, f"{model._meta.model_name}_id"
    places: dict[int, list[str]] = {}
    if numbers:
        rows = through.filter(**{f"{own}__in": numbers}).order_by("province__code")
        for pk, name in rows.values_list(own, "province__short_name"):
            places.setdefault(pk, []).append(name)
    return places


def _day(day: dt.date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""
