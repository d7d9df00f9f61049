"""What is known of the request being answered: its id, its view, and where its time went."""

from __future__ import annotations

import re
import time
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest

WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")
METHODS = {"GET", "HEAD", "POST"}


@dataclass(slots=True)
class Trace:
    """One request. Times are in seconds."""

    id: str
    began: float = field(default_factory=time.perf_counter)
    queries: int = 0
    in_database: float = 0.0
    in_templates: float = 0.0

    @property
    def seconds(self) -> float:
        """How long the request has taken until now."""
        return time.perf_counter() - self.began


current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def request_id() -> str:
    """The id of the request being answered; empty outside of one."""
    trace = current.get()
    return trace.id if trace else ""


def new_id(request: HttpRequest) -> str:
    """The id that our own proxy gave, if it is well-formed; otherwise a new one. Nobody else may choose what is logged."""
    given = request.META.get("HTTP_X_REQUEST_ID", "") if settings.TRUSTED_PROXIES else ""
    return given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex


def view_of(request: HttpRequest) -> str:
    """The name of the view in urls.py: a label with few values, none of them from readers."""
    match = request.resolver_match
    if match is None:
        return "static" if request.path.startswith(settings.STATIC_URL) else "none"
    return "admin" if "admin" in match.app_names else match.view_name or "unnamed"


def method_of(request: HttpRequest) -> str:
    """The method as a label: anybody may invent methods."""
    return request.method if request.method in METHODS else "other"
