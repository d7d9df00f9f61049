"""Which pages do not help, said with care: a few votes prove little."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

from feedback.models import HelpfulVote
from publishing import registry

LEAST_VOTES = 8
TOO_MANY_NO = 0.3


@dataclass(frozen=True)
class Score:
    """What readers said about one version of a page."""

    kind: str
    object_id: int
    revision: int
    yes: int
    no: int

    @property
    def votes(self) -> int:
        return self.yes + self.no

    @property
    def share(self) -> float:
        """The share of "no"."""
        return self.no / self.votes if self.votes else 0.0

    @property
    def is_unhelpful(self) -> bool:
        return self.votes >= LEAST_VOTES and lower_bound(self.no, self.votes) >= TOO_MANY_NO


def lower_bound(hits: int, of: int, z: float = 1.645) -> float:
    """The share that is at least true, as far as that many votes can tell (Wilson, one-sided 95 %)."""
    if not of:
        return 0.0
    share = hits / of
    middle = share + z * z / (2 * of)
    spread = z * sqrt((share * (1 - share) + z * z / (4 * of)) / of)
    return (middle - spread) / (1 + z * z / of)


def scores() -> list[Score]:
    """What readers said, by page and version, newest version first; one query."""
    return [Score(**row) for row in HelpfulVote.objects.by_revision()]


def unhelpful() -> list[Score]:
    """Live pages whose present version does not help, worst first; two queries for each type of page at most."""
    by_page: dict[tuple[str, int], dict[int, Score]] = {}
    for score in scores():
        if score.is_unhelpful:
            by_page.setdefault((score.kind, score.object_id), {})[score.revision] = score
    found = []
    for kind in registry.content_types():
        ids = [object_id for name, object_id in by_page if name == kind.name]
        if ids:
            live = kind.model.objects.live().filter(pk__in=ids).values_list("pk", "live__number")
            found += [by_page[kind.name, pk].get(number) for pk, number in live]
    return sorted(filter(None, found), key=lambda score: -lower_bound(score.no, score.votes))


def documents_of(rows: list[Score]) -> dict[tuple[str, int], Any]:
    """The pages that the scores are about, by type and id; one query for each type."""
    found = {}
    for kind in registry.content_types():
        ids = {row.object_id for row in rows if row.kind == kind.name}
        documents = kind.model.objects.select_related("live").filter(pk__in=ids) if ids else []
        found.update({(kind.name, document.pk): document for document in documents})
    return found
