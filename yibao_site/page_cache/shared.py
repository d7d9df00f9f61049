"""The pages that processes and machines share, in Redis. Without an answer from it, everything works, only slower."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import redis

from yibao_site.page_cache.counters import count
from yibao_site.page_cache.entries import Entry, packed, unpacked

logger = logging.getLogger(__name__)

TIMEOUT = 0.3  # seconds
PAUSE = 5.0  # seconds until a Redis that failed is asked again
KEPT = 3600  # seconds
RENDERING = 5.0  # seconds after which a process that renders is taken for dead
STEP = 0.01  # seconds between two looks
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Shared:
    """Entries by key. `prefix` tells releases, sites and databases apart."""

    def __init__(self, url: str, prefix: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
        self._prefix = f"page:{prefix}:"
        self._down_until = 0.0
        self._is_down = False

    def get(self, key: str) -> Entry | None:
        """The entry, whatever its version; None where there is none or Redis does not answer."""
        data = self._ask(lambda: self._client.get(self._prefix + key))
        try:
            return unpacked(data) if data else None
        except ValueError:
            return None

    def put(self, key: str, entry: Entry) -> None:
        """Keeps an entry in place of an older one."""
        data = packed(entry)
        self._ask(lambda: self._client.set(self._prefix + key, data, ex=KEPT))

    @contextmanager
    def turn(self, key: str, version: str) -> Iterator[Entry | None]:
        """Waits until nobody else renders the page. Gives back what another process made meanwhile, or None: render."""
        name, token = f"{self._prefix}turn:{key}", secrets.token_hex(8)
        deadline, found, is_mine = time.monotonic() + RENDERING, None, False
        while found is None and not is_mine and time.monotonic() < deadline:
            is_mine = self._ask(lambda: self._client.set(name, token, nx=True, px=int(RENDERING * 1000))) is not False
            entry = self.get(key)
            found = entry if entry and entry.version == version else None
            if found is None and not is_mine:
                time.sleep(STEP)
        try:
            yield found
        finally:
            if is_mine:
                self._ask(lambda: self._client.eval(RELEASE, 1, name, token))

    def _ask(self, question: Callable[[], Any]) -> Any:
        """The answer of Redis; False where it holds back a lock, None while it is down, which is logged once."""
        if time.monotonic() < self._down_until:
            return None
        try:
            answer = question()
        except redis.RedisError as error:
            self._failed(error)
            return None
        if self._is_down:
            logger.warning("The shared page cache answers again.")
        self._is_down = False
        return False if answer is None else answer

    def _failed(self, error: Exception) -> None:
        count("shared_failed")
        if not self._is_down:
            logger.warning("The shared page cache does not answer; every process keeps its own pages: %s", error)
        self._is_down, self._down_until = True, time.monotonic() + PAUSE
