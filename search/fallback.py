"""Search without the index: what titles alone can find, for the time until somebody runs rebuild_search."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connection, transaction

from publishing import registry
from search.engine import Found
from search.ranking import Scored
from search.store import Candidate
from search.understanding import LONGEST_QUERY, Query

MOST = 50


def whole() -> AbstractContextManager[Any]:
    """Inside a transaction a failed statement would spoil all that follows; a savepoint keeps it whole."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def by_title(text: str) -> Found:
    """Live documents whose title holds the text; needs no index."""
    plain = text.strip()[:LONGEST_QUERY]
    found = Found(Query(text=text, normal=plain))
    for kind in registry.content_types():
        documents = kind.model.objects.live().filter(live__title__icontains=plain) if plain else []
        for document in documents[:MOST]:
            candidate = Candidate(0, kind.name, document.pk, document.live.title, "", "", "", None, 1.0)
            found.hits.append(Scored(candidate, 1.0, 1.0, True))
    return found
