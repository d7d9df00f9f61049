"""The outermost middleware: follows each request from its first line of code to its last."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from yibao_site.observability import metrics, scrape
from yibao_site.observability.database import measured
from yibao_site.observability.trace import Trace, current, method_of, new_id, view_of

log = logging.getLogger("yibao.access")
# Asked for every few seconds, or served by nginx: lines that nobody would read.
QUIET = {"static", "healthz", "readyz"}

Answer = Callable[[HttpRequest], HttpResponseBase]


def observe(get_response: Answer) -> Answer:
    """Middleware: gives the request an id, times it, counts it and logs one line about it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        # Before the checks of host and https, which a scraper on the same machine cannot pass.
        if request.path_info == scrape.PATH and (answer := scrape.answer(request)):
            return answer
        trace = Trace(new_id(request))
        request.trace_id = trace.id
        token = current.set(trace)
        try:
            with measured(request, trace):
                response = get_response(request)
            _finish(request, response, trace)
        finally:
            current.reset(token)
        return response

    return middleware


def _finish(request: HttpRequest, response: HttpResponseBase, trace: Trace) -> None:
    metrics.count(request, response, trace)
    response.headers["X-Request-ID"] = trace.id
    if settings.DEBUG:
        response.headers["Server-Timing"] = server_timing(trace)
    view = view_of(request)
    if view not in QUIET:
        log.info("%s %s %s", method_of(request), view, response.status_code, extra=_line(request, response, trace))


def _line(request: HttpRequest, response: HttpResponseBase, trace: Trace) -> dict[str, object]:
    # Only a user who was asked for anyway: to look one up would cost two queries.
    user = getattr(request, "_cached_user", None)
    return {
        "method": method_of(request), "view": view_of(request), "status": response.status_code,
        "ms": round(trace.seconds * 1000, 1), "bytes": None if response.streaming else len(response.content),
        "user": user.pk if user else None, "queries": trace.queries, "query_ms": round(trace.in_database * 1000, 1),
    }  # fmt: skip


def server_timing(trace: Trace) -> str:
    """Where the time went, for the browser's own tools."""
    return (
        f'db;dur={trace.in_database * 1000:.1f};desc="{trace.queries} queries", '
        f"render;dur={trace.in_templates * 1000:.1f}, total;dur={trace.seconds * 1000:.1f}"
    )
