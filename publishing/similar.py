"""Which existing pages ask nearly the same. The search app knows better and takes over when it loads.

    from publishing import similar
    similar.use(finder)

`finder(model, title, limit)` gives back `[(document, likeness), …]`, best first, likeness from 0 to 1, of any availability
that is worth naming (at least live pages); a document may come with `live` loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from publishing.models import Availability, State

Finder = Callable[[Any, str, int], Iterable[tuple[Any, float]]]
LIMIT = 5
WORTH_NAMING = 0.25
SAME = 0.85
NOISE = re.compile(r"[\W_]+|[吗呢啊吧的了]")
_finder: list[Finder] = []


def use(finder: Finder) -> None:
    """Lets another app say what is near."""
    _finder[:] = [finder]


@dataclass(frozen=True)
class Near:
    """An existing page whose title is close to the one being typed."""

    document: Any
    title: str
    likeness: float

    @property
    def is_same(self) -> bool:
        """So close that the editor has to say why both are needed."""
        return self.likeness >= SAME


def by_index(model: Any, text: str, limit: int) -> list[tuple[Any, float]]:
    """What the search app finds for a text; nothing where it is not there."""
    return [found for finder in _finder for found in finder(model, text, limit)]


def nearest(model: Any, title: str, exclude: int | None = None, limit: int = LIMIT) -> list[Near]:
    """The pages nearest to a title, best first."""
    if len(NOISE.sub("", title)) < 3:
        return []
    found = dict.fromkeys([by_pairs, *_finder])
    best: dict[int, Near] = {}
    for finder in found:
        for document, likeness in finder(model, title, limit + 1):
            known = best.get(document.pk)
            if document.pk != exclude and (known is None or known.likeness < likeness):
                best[document.pk] = Near(document, document.current_title, likeness)
    return sorted(best.values(), key=lambda near: -near.likeness)[:limit]


def by_pairs(model: Any, title: str, limit: int) -> list[tuple[Any, float]]:
    """Titles that share most pairs of neighbouring characters; one pass over all titles, published or in work."""
    revisions = model._meta.get_field("live").related_model.objects
    worked_on = revisions.exclude(state=State.SUPERSEDED).exclude(
        document__availability__in=[Availability.MERGED, Availability.GONE]
    )
    wanted = _pairs(title)
    scores: dict[int, float] = {}
    for pk, other in worked_on.values_list(F("document_id"), F("title")):
        likeness = _dice(wanted, _pairs(other))
        if likeness >= WORTH_NAMING:
            scores[pk] = max(likeness, scores.get(pk, 0.0))
    best = sorted(scores, key=lambda pk: (-scores[pk], pk))[:limit]
    documents = model.objects.select_related("live").in_bulk(best)
    return [(documents[pk], scores[pk]) for pk in best if pk in documents]


def _pairs(title: str) -> frozenset[str]:
    bare = NOISE.sub("", title.lower())
    return frozenset(bare[start : start + 2] for start in range(max(len(bare) - 1, 1)))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / ((len(one) + len(other)) or 1)
