"""Times every query of a request, and logs the slow ones without what was asked for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest

from yibao_site.observability.trace import Trace, view_of

log = logging.getLogger("yibao.slow_query")
LONGEST_SQL = 2000


@contextmanager
def measured(request: HttpRequest, trace: Trace) -> Iterator[None]:
    """Adds the queries made meanwhile, on any database, to the trace."""

    def timed(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            seconds = time.perf_counter() - began
            trace.queries += 1
            trace.in_database += seconds
            if seconds * 1000 >= settings.SLOW_QUERY_MS:
                # The statement with its placeholders; the values may be somebody's words.
                log.warning("slow query", extra={"ms": round(seconds * 1000), "view": view_of(request),
                                                 "sql": " ".join(sql.split())[:LONGEST_SQL]})  # fmt: skip

    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(timed))
        yield
