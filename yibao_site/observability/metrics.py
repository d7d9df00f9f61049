"""The numbers that each process keeps. Labels are names from our own code, so that their number is bounded."""

from __future__ import annotations

import os

from django.http import HttpRequest, HttpResponseBase
from prometheus_client import Counter, Histogram

from yibao_site.observability.processes import VARIABLE
from yibao_site.observability.trace import Trace, method_of, view_of

# Decided once, when prometheus_client was imported.
SHARED = VARIABLE in os.environ
BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

REQUESTS = Counter("yibao_requests", "Requests that Django answered.", ["view", "method", "status"])
SECONDS = Histogram("yibao_request_seconds", "How long Django took to answer.", ["view"], buckets=BUCKETS)
QUERIES = Counter("yibao_database_queries", "Queries, by the view that made them.", ["view"])
QUERY_SECONDS = Counter("yibao_database_seconds", "Time spent waiting for queries.", ["view"])
PAGE_CACHE = Counter("yibao_page_cache", "What the page cache did: hits, misses and the like.", ["result"])


def count(request: HttpRequest, response: HttpResponseBase, trace: Trace) -> None:
    """Adds a finished request."""
    view = view_of(request)
    REQUESTS.labels(view, method_of(request), f"{response.status_code // 100}xx").inc()
    SECONDS.labels(view).observe(trace.seconds)
    if trace.queries:
        QUERIES.labels(view).inc(trace.queries)
        QUERY_SECONDS.labels(view).inc(trace.in_database)
