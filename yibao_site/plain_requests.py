"""Requests that no browser sends on purpose."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


def plain(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: 400 for an address with a NUL in it, on which PostgreSQL fails and SQLite does not, and for words in any
    other encoding than UTF-8, some of which decode into what cannot be written again."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The address holds a NUL.")
        if request.encoding and request.encoding.lower() not in {"utf-8", "utf8"}:
            raise BadRequest("The request is not written in UTF-8.")
        return get_response(request)

    return middleware
