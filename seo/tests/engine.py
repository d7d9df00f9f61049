"""A search engine on this machine that behaves as badly as it is told to."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

Behaviour = Callable[["Handler"], None]


@dataclass
class Call:
    """What one request asked."""

    path: str
    query: dict[str, list[str]]
    kind: str
    body: str

    @property
    def addresses(self) -> list[str]:
        return json.loads(self.body)["urlList"] if self.body.startswith("{") else self.body.split("\n")


@dataclass
class Engine:
    """Where it listens, what it was asked, and how it will answer next; it says 200 when nothing is planned."""

    url: str
    calls: list[Call] = field(default_factory=list)
    plan: deque[Behaviour] = field(default_factory=deque)

    def will(self, *behaviours: Behaviour) -> None:
        self.plan.extend(behaviours)


class Handler(BaseHTTPRequestHandler):
    engine: Engine

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.engine.calls.append(Call(parts.path, parse_qs(parts.query), self.headers["Content-Type"], body))
        behave = self.engine.plan.popleft() if self.engine.plan else answer(200)
        behave(self)

    def do_GET(self) -> None:  # a redirect that is followed would come as this
        self.do_POST()

    def log_message(self, *args: object) -> None:
        """Keeps the tests' output clean."""


@contextmanager
def running() -> Iterator[Engine]:
    """An engine until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    engine = Engine(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = type("OwnHandler", (Handler,), {"engine": engine})
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield engine
    finally:
        server.shutdown()
        server.server_close()


def answer(status: int, body: str | bytes = b"", **headers: str) -> Behaviour:
    """A plain answer."""

    def behave(handler: Handler) -> None:
        raw = body.encode() if isinstance(body, str) else body
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    return behave


def baidu(success: int, remain: int, **lists: list[str]) -> Behaviour:
    """What Baidu says when it takes something."""
    return answer(200, json.dumps({"success": success, "remain": remain, **lists}))


def reset(handler: Handler) -> None:
    """Drops the connection without a word."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def hang(handler: Handler) -> None:
    """Never answers within anybody's patience."""
    time.sleep(1.5)


def drip(handler: Handler) -> None:
    """Sends a byte now and then, so that no read ever times out."""
    for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
        try:
            handler.wfile.write(bytes([letter]))
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def endless(handler: Handler) -> None:
    """A body without an end."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65_536)
    except OSError:
        return


def garbage(handler: Handler) -> None:
    """Something that is not HTTP."""
    handler.wfile.write(b"\x00\xff not http at all \r\n\r\n")
    handler.close_connection = True
