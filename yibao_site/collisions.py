"""Two people store the same thing at the same moment: the second one hears so in a sentence instead of an error page."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

import psycopg
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = logging.getLogger(__name__)

UNIQUE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}


def is_collision(error: BaseException) -> bool:
    """Whether the database refused a row because there is one like it already; other broken rules are our mistakes."""
    cause = error.__cause__
    if not isinstance(error, IntegrityError):
        return False
    return isinstance(cause, psycopg.errors.UniqueViolation) or getattr(cause, "sqlite_errorcode", None) in UNIQUE


class Collisions:
    """Middleware: in the admin, such a refusal is answered with 409; forms find most of them before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if request.method != "POST" or not request.path.startswith("/admin/") or not is_collision(error):
            return None
        log.warning("stored by somebody else meanwhile: %s", type(error.__cause__).__name__)
        response = render(None, "collision.html", status=409)
        response._has_been_logged = True  # said above, without the values of the row
        return response
