"""Requests to the page cache and to Django behind it, without a server in between."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import brotli
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from yibao_site.page_cache.front import Front
from yibao_site.page_cache.memory import Memory
from yibao_site.page_cache.shared import Shared

MEGABYTE = 1_000_000


@dataclass
class Reply:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as a reader sees it."""
        body = brotli.decompress(self.body) if self.headers.get("content-encoding") == "br" else self.body
        return body.decode()

    @property
    def cache(self) -> str:
        return self.headers["x-cache"]


@dataclass
class Site:
    """A page cache over the real application, which counts how often that was asked."""

    shared: Shared | None = None
    limit: int = 32 * MEGABYTE
    before: Callable[[], None] = lambda: None
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.memory = Memory(self.limit)
        self.django = WSGIHandler()
        self.front = Front(self._counted, self.memory, self.shared)

    def _counted(self, environ: dict[str, Any], start_response: Any) -> Any:
        query = environ["QUERY_STRING"]
        self.asked.append(environ["PATH_INFO"] + (f"?{query}" if query else ""))
        self.before()
        return self.django(environ, start_response)

    def get(self, address: str, method: str = "GET", **headers: str) -> Reply:
        """Through the page cache."""
        return call(self.front, address, method, **headers)

    def fresh(self, address: str, method: str = "GET", **headers: str) -> Reply:
        """Straight from Django."""
        return call(self.django, address, method, **headers)


def call(application: Any, address: str, method: str = "GET", body: bytes = b"", **given: str) -> Reply:
    """One request; keywords such as `HTTP_COOKIE` go into the environment as they are."""
    path, _, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    started: list[Any] = []
    with connections_kept():
        parts = application({**environ, **given}, lambda *said: started.extend(said))
        content = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
    return Reply(int(started[0][:3]), {name.lower(): value for name, value in started[1]}, content)


@contextmanager
def connections_kept() -> Iterator[None]:
    """As Django's own test client: a request must not close the connection that holds the test's transaction."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)
