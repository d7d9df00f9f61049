"""The WSGI application in front of Django's: answers public pages from memory and lets one request render a page."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from itertools import chain
from threading import Lock
from typing import Any, NamedTuple

from publishing import version as content
from yibao_site import maintenance
from yibao_site.page_cache import Application, Environ, Headers
from yibao_site.page_cache.counters import count
from yibao_site.page_cache.entries import OWN, Entry
from yibao_site.page_cache.memory import Memory
from yibao_site.page_cache.negotiation import Codings, is_exactly, is_known, is_newer, is_unchanged
from yibao_site.page_cache.requests import Requests
from yibao_site.page_cache.shared import Shared

STORABLE = ("200 ", "301 ")
LOCKS = 64
LARGEST = 8  # an entry may take one part in so many of the room


class Answer(NamedTuple):
    """What Django said, its body not read yet."""

    status: str
    headers: Headers
    parts: Iterable[bytes]


class Rest:
    """A body that is sent on as it comes, closed as Django expects it."""

    def __init__(self, parts: Iterable[bytes], close: Callable[[], None]) -> None:
        self._parts, self.close = parts, close

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)


class Front:
    """Serves what may be kept from memory; everything else goes to Django untouched."""

    def __init__(
        self, application: Application, memory: Memory, shared: Shared | None = None, made_at: float = 0.0
    ) -> None:
        self._application, self._memory, self._shared = application, memory, shared
        self._made_at = made_at
        self._requests, self._codings = Requests(), Codings()
        self._locks = [Lock() for _ in range(LOCKS)]

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        page = self._requests.page(environ)
        version = content.current() if page and not maintenance.is_on() else content.UNKNOWN
        if page is None or not version:
            return self._past(environ, start_response)
        entry = self._memory.get(page.key)
        if entry is not None and entry.version == version:
            return self._send(entry, "hit", page.key, environ, start_response)
        found, said = self._obtain(page.key, self._requests.for_everybody(environ, page), entry)
        if isinstance(found, Entry):
            return self._send(found, said, page.key, environ, start_response)
        return self._pass_on(found, environ, start_response)

    def _past(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Django's own answer, marked."""

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("X-Cache", "bypass")], exc_info)

        count("bypass")
        return self._application(environ, start)

    def _pass_on(self, answer: Answer, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """An answer that is not kept, such as 404."""
        count("bypass")
        start_response(answer.status, [*answer.headers, ("X-Cache", "bypass")])
        if environ["REQUEST_METHOD"] == "HEAD":
            _close(answer.parts)
            return []
        return answer.parts

    def _send(
        self, entry: Entry, said: str, key: str, environ: Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """The page in the best form for this visitor; 304 where there is nothing new for it, 412 where it wants no other
        page than the one it names."""
        coding = self._codings.best(environ.get("HTTP_ACCEPT_ENCODING"))
        form = entry.forms.get(coding)
        if form is None:
            form = entry.form(coding)
            self._memory.put(key, entry)
        is_page = entry.status.startswith("200")
        if is_page and _is_refused(environ, entry, form.etag):
            count(said)
            start_response("412 Precondition Failed", [*form.refused_headers, ("X-Cache", said)])
            return []
        if is_page and _has_it(environ, entry, form.etag):
            count("revalidated")
            start_response("304 Not Modified", [*form.unchanged_headers, ("X-Cache", "revalidated")])
            return []
        count(said)
        start_response(entry.status, [*form.headers, ("X-Cache", said)])
        return [form.body] if environ["REQUEST_METHOD"] == "GET" else []

    def _obtain(self, key: str, environ: Environ, before: Entry | None) -> tuple[Entry | Answer, str]:
        """The page as it is now, made by this request or by another one at the same time; how it was come by."""
        lock = self._locks[hash(key) % LOCKS]
        if not lock.acquire(blocking=False):
            count("waited")
            lock.acquire()
        try:
            version = content.current()
            entry = self._memory.get(key)
            if entry is not None and entry.version == version:
                return entry, "hit"
            with self._shared.turn(key, version) if self._shared else nullcontext() as made:
                if made is not None:
                    count("shared")
                    self._memory.put(key, made)
                    return made, "hit"
                return self._render(key, version, environ, before)
        finally:
            lock.release()

    def _render(self, key: str, version: str, environ: Environ, before: Entry | None) -> tuple[Entry | Answer, str]:
        started: list[Any] = []
        parts = self._application(environ, lambda status, headers, exc_info=None: started.extend((status, headers)))
        answer = Answer(started[0], started[1], parts)
        if not _may_be_kept(answer):
            return answer, "bypass"
        body, rest = _read(parts, self._memory.limit // LARGEST)
        if rest is not None or content.has_moved():
            return answer._replace(parts=rest or [body]), "bypass"
        headers = [(name, value) for name, value in answer.headers if name.lower() not in OWN]
        since, is_exact = self._since()
        entry = Entry(version, answer.status, headers, body, since, is_exact)
        entry.follow(before or (self._shared.get(key) if self._shared else None))
        self._memory.put(key, entry)
        if self._shared:
            self._shared.put(key, entry)
        return entry, "miss"

    def _since(self) -> tuple[int, bool]:
        """The first whole second in which this version held from beginning to end. Where that is still to come, the
        second that runs now, in which other bytes may have been sent already."""
        second, now = math.ceil(max(content.changed_at(), self._made_at)), time.time()
        return (second, True) if second <= now else (int(now), False)


def _is_refused(environ: Environ, entry: Entry, etag: str) -> bool:
    """Whether the visitor named a page that this one is not; tags count before dates."""
    tags = environ.get("HTTP_IF_MATCH")
    if tags is not None:
        return not is_exactly(etag, tags)
    since = environ.get("HTTP_IF_UNMODIFIED_SINCE")
    return since is not None and is_newer(entry.since, since)


def _has_it(environ: Environ, entry: Entry, etag: str) -> bool:
    """Whether the visitor's copy is the page; tags count before dates."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return is_known(etag, tags)
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    return since is not None and entry.is_exact and is_unchanged(entry.since, since)


def _may_be_kept(answer: Answer) -> bool:
    """Whether the answer is the same for everybody, as its headers say."""
    said: dict[str, str] = {name.lower(): value for name, value in answer.headers}
    control = {part.strip() for part in said.get("cache-control", "").split(",")}
    return (
        answer.status.startswith(STORABLE)
        and "public" in control
        and not control & {"no-store", "private", "no-cache"}
        and said.get("vary", "Accept-Encoding").lower() == "accept-encoding"
        and not said.keys() & {"set-cookie", "content-encoding", "content-range"}
    )


def _read(parts: Iterable[bytes], limit: int) -> tuple[bytes, Rest | None]:
    """The whole body, closed; or what to send on where it is too long to be kept."""
    found: list[bytes] = []
    size, iterator = 0, iter(parts)
    for part in iterator:
        found.append(part)
        size += len(part)
        if size > limit:
            return b"", Rest(chain(found, iterator), lambda: _close(parts))
    _close(parts)
    return b"".join(found), None


def _close(parts: Iterable[bytes]) -> None:
    """Ends Django's request."""
    if close := getattr(parts, "close", None):
        close()
