"""The pages that this process keeps: at most so many bytes, those asked for least recently go first."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from yibao_site.page_cache.counters import count
from yibao_site.page_cache.entries import Entry


class Memory:
    """A bounded store of entries by key; safe for threads."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._entries: OrderedDict[str, tuple[Entry, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> Entry | None:
        """The entry, whatever its version."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: str, entry: Entry) -> None:
        """Keeps an entry in place of an older one, or its new size after a form was added."""
        size = entry.size + 2 * len(key)
        with self._lock:
            _, before = self._entries.pop(key, (None, 0))
            self.used -= before
            if size > self.limit:
                return
            self._entries[key] = entry, size
            self.used += size
            while self.used > self.limit:
                _, (_, freed) = self._entries.popitem(last=False)
                self.used -= freed
                count("evicted")
