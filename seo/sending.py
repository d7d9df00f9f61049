"""One HTTP POST to a stranger: a deadline for the whole exchange, a limit on the answer, no redirects."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

DEADLINE = 10.0
LIMIT = 65_536
LONGEST_WAIT = 86_400


class Unreachable(Exception):
    """No usable answer came. The reason never names the address, which may hold a token."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = b""
    wait: str = ""

    def json(self) -> dict[str, Any]:
        """The body as an object; an empty one where it is anything else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def retry_after(self) -> int | None:
        """The seconds that the other side asks us to wait, within a day."""
        given = self.wait.strip()
        return min(int(given[:9]), LONGEST_WAIT) if given.isascii() and given.isdigit() else None


def post(url: str, body: str, content_type: str, deadline: float = DEADLINE) -> Answer:
    """Sends the body and gives back the answer, whatever its status; Unreachable if none comes in time."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=deadline)
    # A server that sends one byte a second never runs into the socket's own time limit.
    watchdog = Timer(deadline, _cut, [connection])
    watchdog.daemon = True
    try:
        connection.connect()
        watchdog.start()
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("POST", target, body.encode(), {"Content-Type": content_type})
        response = connection.getresponse()
        return Answer(response.status, response.read(LIMIT), response.headers.get("Retry-After", ""))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(type(error).__name__) from None
    finally:
        watchdog.cancel()
        connection.close()


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        if connection.sock:
            connection.sock.shutdown(socket.SHUT_RDWR)
