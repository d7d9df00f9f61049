"""In how many entries a token stands: counted from time to time, good enough for ranking and for budgets."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from search.models import IndexEntry, IndexState, TermCount
from search.pinyin import sound_of
from search.text import is_word

HEAD, BODY = "head", "body"
# Below this share of all entries a body token is as good as unique; its row is not worth keeping.
RARE = 1 / 5000
BATCH = 5000
# Counting a large index takes many seconds; ranking can wait that long for new numbers.
LARGE, LARGE_PAUSE = 5000, dt.timedelta(hours=1)


def count_terms(generation: int) -> tuple[Counter[str], Counter[str], int, float]:
    """Head counts, body counts, entries and mean head length of a generation. Reads every row once."""
    heads: Counter[str] = Counter()
    bodies: Counter[str] = Counter()
    entries = length = 0
    rows = IndexEntry.objects.filter(generation=generation).order_by("id")
    for head, body, titles in rows.values_list("head_tokens", "body_tokens", "heads").iterator(chunk_size=500):
        heads.update(head.split())
        bodies.update(body.split())
        entries += 1
        length += len(titles) / (titles.count("\n") + 1)
    return heads, bodies, entries, length / entries if entries else 12.0


@transaction.atomic
def refresh(generation: int | None = None) -> int:
    """Counts again; gives back how many tokens are kept."""
    current = IndexState.current()
    heads, bodies, entries, length = count_terms(generation or current.generation)
    rows = [TermCount(field=HEAD, term=term, entries=n, pinyin=_sound(term)) for term, n in heads.items()] + [
        TermCount(field=BODY, term=term, entries=n) for term, n in bodies.items() if n > max(1, entries * RARE)
    ]
    TermCount.objects.all().delete()
    TermCount.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    IndexState.objects.filter(pk=current.pk).update(
        entries=entries, head_length=length, counted_at=timezone.now(), uncounted=0
    )
    return len(rows)


def refresh_if_stale() -> str:
    """Housekeeping: counts again where entries changed since; a large index at most once an hour."""
    current = IndexState.current()
    recent = current.counted_at and current.counted_at > timezone.now() - LARGE_PAUSE
    if not current.uncounted or (recent and current.entries > LARGE):
        return ""
    return f"{refresh()} words counted"


def _sound(term: str) -> str:
    """The blurred sound of a pair of characters, for pinyin input and sound-alike mistakes."""
    return sound_of(term)[:14] if len(term) == 2 and not is_word(term) else ""


def counts(terms: Iterable[str]) -> dict[tuple[str, str], int]:
    """Entries by field and token, for the tokens that are kept."""
    rows = TermCount.objects.filter(term__in=list(terms)).values_list("field", "term", "entries")
    return {(field, term): entries for field, term, entries in rows}
