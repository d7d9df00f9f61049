"""Requests that no browser sends on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from yibao_site.page_cache import Application, Environ

UNREADABLE = "yibao.unreadable"
METHODS = ("GET", "HEAD", "POST")


def readable(application: Application) -> Application:
    """The application behind a first look at each request: of a strange charset or more parameters than its limit Django says
    so before or outside its middleware, which would be an error of ours. Such a request loses them and is marked."""

    def guarded(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not _can_be_read(environ):
            environ = {**environ, "QUERY_STRING": "", "CONTENT_TYPE": "", UNREADABLE: True}
        return application(environ, start_response)

    return guarded


def _can_be_read(environ: Environ) -> bool:
    many = environ.get("QUERY_STRING", "").count("&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    if not many and ";" not in environ.get("CONTENT_TYPE", ""):
        return True  # nearly all
    try:
        return WSGIRequest(dict(environ)).GET is not None
    except (ValueError, LookupError, SuspiciousOperation):
        return False


def plain(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: 400 for an address with a NUL in it, on which PostgreSQL fails and SQLite does not, and for words in any
    other encoding than UTF-8, some of which decode into what cannot be written again, and for what
    `readable` marked; 405 for methods that views would answer with a whole page that nobody keeps. The API knows more of them
    and speaks for itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS and not request.path.startswith("/api/"):
            return HttpResponseNotAllowed(METHODS)
        if UNREADABLE in request.META:
            raise BadRequest("The request cannot be read.")
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The address holds a NUL.")
        if request.encoding and request.encoding.lower() not in {"utf-8", "utf8"}:
            raise BadRequest("The request is not written in UTF-8.")
        return get_response(request)

    return middleware
