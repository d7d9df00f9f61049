"""Related pages as readers get them: one query, in rank order, grouped."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from policies.figures import Figures
from prepared_queries import Prepared, Slot
from search.kin import PAGE, key_of
from search.models import RelatedGroup, RelatedRow
from taxonomy.addresses import address


@dataclass(frozen=True)
class Link:
    """One link under a page: where to, what it says, and why it is here."""

    url: str
    title: str
    short_answer: str
    reason: str
    group: str
    pinned: bool
    kind: str


@dataclass(frozen=True)
class Related:
    """The links of one page, in rank order."""

    links: list[Link]
    more_url: str

    def __bool__(self) -> bool:
        return bool(self.links)

    @property
    def groups(self) -> list[tuple[str, list[Link]]]:
        """The links under their headings."""
        return [(heading, list(links)) for heading, links in groupby(self.links, key=lambda link: link.group)]


def batch_of(request: HttpRequest) -> int:
    """Which batch of links the address asks for; the first where it asks for nothing sensible."""
    number = request.GET.get("related", "1")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 1


def rows_of(document: Any) -> list[RelatedRow]:
    """The stored links of a page, in rank order. One query."""
    kind, number = key_of(document)
    return _stored().fetch(kind=kind, number=number)


@cache
def _stored() -> Prepared:
    kind, number = Slot("kind", models.CharField()), Slot("number", models.BigIntegerField())
    return Prepared(RelatedRow.objects.filter(source_kind=kind, source_id=number).order_by("rank"))


def related_to(document: Any, batch: int = 1, day: dt.date | None = None) -> Related:
    """The links of a page: the first batch, or another one for "换一批". One query, and one more if figures are shown."""
    rows = rows_of(document)
    return related(rows, batch, Figures.on(day or timezone.localdate(), [row.summary for row in rows]))


def related(rows: list[RelatedRow], batch: int, figures: Figures) -> Related:
    """The links of a batch, from rows and figures that were read already."""
    batches = max(1, -(-len(rows) // PAGE))
    batch = batch if 1 <= batch <= batches else 1
    links = [
        Link(
            url=address(row.target_kind, row.target_id), title=row.title, short_answer=figures.fill(row.summary),
            reason=row.reason, group=RelatedGroup(row.group).label, pinned=row.pinned, kind=row.target_kind,
        )
        for row in rows[(batch - 1) * PAGE : batch * PAGE]
    ]  # fmt: skip
    following = batch % batches + 1
    return Related(links, f"?related={following}#related" if batches > 1 else "")
