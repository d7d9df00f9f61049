"""What the page cache of this process did, as plain numbers; metrics read them."""

from __future__ import annotations

from collections import Counter
from threading import Lock

# By the word that stands in `X-Cache`.
ANSWERS = ("hit", "miss", "revalidated", "bypass")
# What happened behind them: pages taken from the cache that processes share, requests that waited for another one to
# render, entries pushed out for want of room, failures of the shared cache.
EVENTS = ("shared", "waited", "evicted", "shared_failed")

_counts: Counter[str] = Counter()
_lock = Lock()


def count(name: str) -> None:
    """Adds one."""
    with _lock:
        _counts[name] += 1


def read() -> dict[str, int]:
    """All counts since the process began, by name."""
    with _lock:
        return {name: _counts[name] for name in (*ANSWERS, *EVENTS)}
