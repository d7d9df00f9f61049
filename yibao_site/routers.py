"""Public pages are read from the replica where there is one; everything else, and all that follows a write, is the primary's."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from publishing.version import ContentChange
from yibao_site.replica import PRIMARY, REPLICA, Replica

# Editors must see what they just saved, and so must whoever looks at a draft with them.
PRIMARY_ONLY = ("/admin/", "/preview/", "/feedback/", "/readyz")
_is_public_read: ContextVar[bool] = ContextVar("is_public_read", default=False)
replica = Replica()


class ReplicaRouter:
    """Chooses by what the running request is, never by table: a page is read from one database."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        # The content version must be that of the database from which pages are read, whoever asks for it.
        from_replica = _is_public_read.get() or model is ContentChange
        return REPLICA if from_replica and replica.serves() else PRIMARY

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        _is_public_read.set(False)  # what follows must see the row
        return PRIMARY

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == REPLICA else None


class ReadFromReplica:
    """Middleware: public GET pages may be read from the replica; where it dies under one, the primary makes the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_public = request.method in {"GET", "HEAD"} and not request.path_info.startswith(PRIMARY_ONLY)
        token = _is_public_read.set(is_public)
        try:
            return self.get_response(request)
        finally:
            _is_public_read.reset(token)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not (_is_public_read.get() and isinstance(exception, (OperationalError, InterfaceError))):
            return None
        replica.lost(exception)
        _is_public_read.set(False)
        asked = request.resolver_match
        return asked.func(request, *asked.args, **asked.kwargs)
