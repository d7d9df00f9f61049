"""Maintenance mode: while a file exists, public pages answer 503 and ask to come back. No database is needed."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

USUAL = 1800
# Editors go on working, health checks go on watching, and a robots.txt with 503 would stop crawlers for a day.
OPEN = ("/admin/", "/healthz", "/readyz", "/robots.txt")


def file() -> Path:
    """The file whose existence is the switch; it holds the seconds after which visitors may come back."""
    return Path(settings.MAINTENANCE_FILE)


def turn_on(seconds: int = USUAL) -> None:
    """From the next request on, public pages answer 503."""
    file().parent.mkdir(parents=True, exist_ok=True)
    file().write_text(f"{seconds}\n", encoding="ascii")


def turn_off() -> None:
    """Public pages answer again; nothing happens where they already did."""
    file().unlink(missing_ok=True)


def is_on() -> bool:
    """Whether the switch is on; asked before every answer from the page cache, so it is one call to the system."""
    return os.path.exists(settings.MAINTENANCE_FILE)  # noqa: PTH110 - three times as quick


def retry_after() -> int | None:
    """The seconds after which visitors may come back; None while the site is open."""
    try:
        text = file().read_text(encoding="ascii")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return USUAL
    with suppress(ValueError):
        return max(int(text[:9]), 1)
    return USUAL


def maintenance(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: 503 with Retry-After instead of every public page, never 404, which would delete it from Baidu."""

    def middleware(request: HttpRequest) -> HttpResponse:
        seconds = None if request.path.startswith(OPEN) else retry_after()
        if seconds is None:
            return get_response(request)
        # Without the request: no context processor may ask a database that is being repaired.
        response = render(None, "503.html", {"minutes": -(-seconds // 60)}, status=503)
        response["Retry-After"] = str(seconds)
        response["Cache-Control"] = "no-store"
        return response

    return middleware
