"""What is said when nothing can be stored: a full disk, a read-only database, a database that does not answer.

Pages that only read go on working. A request that could not be done gets 503 and one kind sentence; an editor gets back
every word of the form, ready to be sent again. The log says once a minute what is wrong, not once a request.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

log = logging.getLogger(__name__)

RETRY_AFTER = 120
LOG_EVERY = 60.0
# A value longer than this is somebody's writing and is shown; a shorter one only travels along.
WRITING = 40


class Trouble(StrEnum):
    """Why nothing can be stored, as a sentence for the people who work here."""

    FULL = "服务器的磁盘满了"
    READ_ONLY = "数据库现在只能读、不能写"
    BUSY = "数据库正忙，等了很久也没有轮到"
    DOWN = "数据库暂时没有回应"


SQLITE = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_IOERR: Trouble.DOWN,
    sqlite3.SQLITE_CANTOPEN: Trouble.DOWN,
}
# SQLSTATE by its beginning: disk full, read-only, locks, then connections, too many of them, shutdown and start.
POSTGRES = {
    "53100": Trouble.FULL, "25006": Trouble.READ_ONLY, "55P03": Trouble.BUSY, "40P01": Trouble.BUSY,
    "08": Trouble.DOWN, "53300": Trouble.DOWN, "57P0": Trouble.DOWN, "58": Trouble.DOWN,
}  # fmt: skip
FILES = {
    errno.ENOSPC: Trouble.FULL, errno.EDQUOT: Trouble.FULL, errno.EFBIG: Trouble.FULL,
    errno.EROFS: Trouble.READ_ONLY, errno.EACCES: Trouble.READ_ONLY, errno.EPERM: Trouble.READ_ONLY,
}  # fmt: skip


def trouble_of(error: BaseException | None) -> Trouble | None:
    """What an error says about the place where things are stored; None where it says nothing about it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if found := _trouble(error):
            return found
        error = error.__cause__ or error.__context__
    return None


def _trouble(error: BaseException) -> Trouble | None:
    if isinstance(error, sqlite3.Error):
        return SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)  # the rest of the code says where exactly
    if isinstance(error, psycopg.Error):
        if error.sqlstate is None:  # no server said this: there is no connection
            return Trouble.DOWN if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else None
        return next((what for state, what in POSTGRES.items() if error.sqlstate.startswith(state)), None)
    return FILES.get(error.errno or 0) if isinstance(error, OSError) else None


class StorageTrouble:
    """Middleware: turns such an error of a view into an answer that helps."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer; None leaves every other error alone."""
        return answer(request, error)


def answer(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """503 with a sentence, as a page or as JSON; None where the error is another one."""
    what = trouble_of(error)
    if what is None:
        return None
    _log_once(what, error)
    response = _response(request, what)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    response._has_been_logged = True  # Django would write an error for every request until somebody mends it
    return response


def _response(request: HttpRequest, what: Trouble) -> HttpResponse:
    inside = request.path.startswith("/admin/")
    name = getattr(request.resolver_match, "url_name", None) or ""
    if inside and name.endswith("_upload"):
        return JsonResponse(
            {"uploaded": 0, "error": {"message": f"{what}，图片没有存上。请过几分钟再传。"}}, status=503
        )
    if request.content_type == "application/json" or "json" in request.headers.get("Accept", ""):
        return JsonResponse({"error": f"{what}，没有存上。这一页先不要关。"}, status=503)
    context = {"what": what if inside else "", "sent": request.method == "POST", "path": request.get_full_path()}
    if inside and request.method == "POST" and name.endswith(("_add", "_change", "_verb")):
        context["entries"] = _entries(request)
    # Without the request: no context processor may ask the database that is in trouble.
    return render(None, "storage_trouble.html", context, status=503)


@dataclass(frozen=True)
class Entry:
    """One value of a form that could not be stored."""

    name: str
    label: str
    value: str

    @property
    def is_writing(self) -> bool:
        return len(self.value) > WRITING or "\n" in self.value


def _entries(request: HttpRequest) -> list[Entry]:
    try:
        return list(entries(request))
    except Exception:  # the form itself could not be read: its files found no room
        return []


def entries(request: HttpRequest) -> Iterator[Entry]:
    """Every value of the form that was sent, but no password and no one-time code."""
    model = getattr(getattr(request.resolver_match.func, "model_admin", None), "model", None)
    for name, values in request.POST.lists():
        if not any(word in name for word in ("password", "otp", "token")) or name in {
            "csrfmiddlewaretoken",
            "version_token",
        }:
            for value in values:
                yield Entry(name, _label(model, name), value)


def _label(model: Any, name: str) -> str:
    try:
        return str(model._meta.get_field(name).verbose_name) if model else name
    except FieldDoesNotExist:
        return name


_logged: dict[Trouble, float] = {}


def _log_once(what: Trouble, error: BaseException | None) -> None:
    """A process says once a minute what is wrong; whoever reads the log needs no more."""
    now = time.monotonic()
    if now - _logged.get(what, -LOG_EVERY) >= LOG_EVERY:
        _logged[what] = now
        log.critical("nothing can be stored (%s): %s", what.name, error)
