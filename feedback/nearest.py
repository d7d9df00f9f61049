"""The answers that come nearest to a reader's own words."""

from __future__ import annotations

from typing import Any

from publishing import registry
from publishing.rendering import short_answers
from search.engine import search
from search.store import Filters

SHOWN = 5
# A question in a reader's words is long and wandering; a page need only answer part of it to be worth a look.
ENOUGH = 0.3


def nearest(text: str, limit: int = SHOWN) -> list[Any]:
    """Live questions that may already answer the text, best first, each with its `short_answer`."""
    hits = search(text[:200], Filters(kind="question"), enough=ENOUGH).hits[:limit]
    questions = (
        registry.content_type("question").model.objects.live().in_bulk([hit.candidate.object_id for hit in hits])
    )
    found = [questions[hit.candidate.object_id] for hit in hits if hit.candidate.object_id in questions]
    short_answers(found)
    return found
