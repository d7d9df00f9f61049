"""`/metrics` for Prometheus: only for a scraper on this machine, or one that knows METRICS_TOKEN. Others find no such page."""

from __future__ import annotations

import hmac
import ipaddress
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from yibao_site.observability.figures import Figures
from yibao_site.observability.metrics import SHARED

PATH = "/metrics"
# A request with one of these came through a proxy, so its peer says nothing about who asks.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA")
_figures = Figures()


def answer(request: HttpRequest) -> HttpResponse | None:
    """The numbers of all workers; None where the one who asks may not see them."""
    if request.method not in {"GET", "HEAD"} or not may_see(request):
        return None
    registry = CollectorRegistry()
    if SHARED:
        MultiProcessCollector(registry)
    else:
        registry.register(REGISTRY)
    registry.register(_figures)
    response = HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    response["Cache-Control"] = "no-store"
    return response


def may_see(request: HttpRequest) -> bool:
    """Whether the request carries the token, or comes from this machine without a proxy in between."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return True
    if any(name in request.META for name in FORWARDED):
        return False
    with suppress(ValueError):
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    return False
