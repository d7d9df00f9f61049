"""What changed last for readers: by an edit, or because a figure on the page got a new value. Read from indexes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from policies.models import ParameterValue
from publishing.shelves import of_province, of_topic
from publishing.states import Availability

# How many changes of figures are looked at; before the oldest of them there are edits enough.
FIGURES = 20


def lately_changed(model: type[models.Model], most: int, now: dt.datetime, topic: Any = None, province: Any = None,
                   columns: Iterable[str] = ()) -> list[tuple[Any, ...]]:  # fmt: skip
    """Rows of live documents, the last change first: the id, the moment of that change, and these columns; of all, of a
    topic or of a province."""
    numbers = set(model.objects.numbers_newest(most, topic, province))
    for value in news(now):
        if len(numbers) >= 2 * most:
            break
        numbers.update(_showing(model, value, most, topic, province))
    found = model.objects.live().filter(pk__in=numbers).with_changed_at(now).order_by()
    rows = found.values_list("pk", "effective_changed_at", *columns)
    return sorted(rows, key=lambda row: (-row[1].timestamp(), row[0]))[:most]


def last_change(model: type[models.Model], now: dt.datetime) -> dt.datetime | None:
    """When a page of this type last changed for readers; None where there is none."""
    newest = model.objects.filter(availability=Availability.LIVE, changed_at__isnull=False).order_by(
        "-changed_at", "id"
    )
    moments = [*newest.values_list("changed_at", flat=True)[:1], *_figure_changed(model, now)]
    return max(moments, default=None)


def last_changes(model: type[models.Model], size: int, now: dt.datetime) -> list[tuple[int, dt.datetime | None]]:
    """Which blocks of `size` ids hold live documents, each with its last change; a changed figure counts for every block.

    One step a block, from one entry of an index to the next.
    """
    news_of_figures = max(_figure_changed(model, now), default=None)
    table = model._meta.db_table
    live = f"SELECT {{}} FROM {table} WHERE availability = 'live'"  # noqa: S608 - names of our own
    sql = (
        f"WITH RECURSIVE blocks(block) AS ({live.format(f'MIN(id / {size})')} UNION ALL "  # noqa: S608 - the same
        f"SELECT ({live.format(f'MIN(id / {size})')} AND id / {size} > blocks.block) FROM blocks WHERE blocks.block IS NOT NULL) "
        f"SELECT block AS id, ({live.format('changed_at')} AND id / {size} = blocks.block AND changed_at IS NOT NULL "
        f"ORDER BY changed_at DESC LIMIT 1) AS changed_at FROM blocks WHERE block IS NOT NULL ORDER BY block"
    )
    return [
        (row.id, max(filter(None, (row.changed_at, news_of_figures)), default=None)) for row in model.objects.raw(sql)
    ]


def news(now: dt.datetime) -> Iterator[ParameterValue]:
    """The values that readers noticed last, the newest first."""
    noticed = ParameterValue.objects.filter(noticed_at__lte=now).order_by("-noticed_at", "id")
    return iter(noticed[:FIGURES])


def _showing(model: type[models.Model], value: ParameterValue, most: int, topic: Any, province: Any) -> list[int]:
    """Ids of live documents that show a figure; at most so many, by the age of their text."""
    live = model.objects.filter(live=OuterRef("revision"), availability=Availability.LIVE)
    shelf = of_topic(topic) if topic is not None else of_province(province) if province is not None else ""
    if shelf:
        live = live.filter(Exists(model.objects.shelves().objects.filter(shelf=shelf, document_id=OuterRef("id"))))
    uses = _uses(model, value).filter(Exists(live)).order_by("revision_id").values_list("revision_id", flat=True)
    return list(model.objects.filter(live__in=list(uses[:most])).values_list("id", flat=True))


def _figure_changed(model: type[models.Model], now: dt.datetime) -> list[dt.datetime]:
    """When a figure that a live page of this type shows last changed; empty where none did."""
    live = model.objects.filter(live=OuterRef("revision"), availability=Availability.LIVE)
    return [value.noticed_at for value in news(now) if _uses(model, value).filter(Exists(live)).exists()][:1]


def _uses(model: type[models.Model], value: ParameterValue) -> models.QuerySet:
    uses = model._meta.get_field("live").related_model._meta.get_field("parameter_uses").related_model.objects
    # A national value also stands where a province has none of its own.
    own = {"province_id": value.province_id} if value.province_id else {}
    return uses.filter(parameter_id=value.parameter_id, **own)
