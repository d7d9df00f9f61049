"""Pages about the site itself, health checks, and error pages in plain Chinese."""

from __future__ import annotations

import sys

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults

from search.rebuild import drift
from seo import api
from yibao_site import storage_trouble
from yibao_site.observability.trace import request_id

ABOUT_PAGES = {
    "": "about/index.html",
    "corrections": "about/corrections.html",
    "privacy": "about/privacy.html",
    "accessibility": "about/accessibility.html",
}


def about(request: HttpRequest, name: str = "") -> HttpResponse:
    return render(request, ABOUT_PAGES[name])


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return _uncached(HttpResponse("ok", content_type="text/plain; charset=utf-8"))


def readyz(request: HttpRequest) -> HttpResponse:
    """Whether database and cache answer and search knows every page: 200 if so, 503 with the failing part if not."""
    parts = {"database": _database_answers(), "cache": _cache_answers(), "index": _index_agrees()}
    return _uncached(JsonResponse(parts, status=200 if all(parts.values()) else 503))


def _uncached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _index_agrees() -> bool:
    """Whether the search index holds exactly the live pages; `rebuild_search` mends it."""
    try:
        return not drift()
    except DatabaseError:
        return False


def _cache_answers() -> bool:
    try:
        cache.set("readyz", "ok", 5)
        return cache.get("readyz") == "ok"
    except Exception:  # any failure of the cache client means that it does not answer
        return False


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django says "bad request" too where a session could not be stored because nothing can."""
    return (
        storage_trouble.answer(request, exception)
        or api.refusal(request, 400, "这个请求看不懂：网址或者请求头不对。请照 /api/v1/openapi.json 改好再发。")
        or defaults.bad_request(request, exception)
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return api.refusal(request, 404, "没有这个地址。有哪些，请看 /api/v1/。") or render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A page that needs nothing: no database, no context processor."""
    # Errors of middleware, such as a session that cannot be stored, come straight here.
    return storage_trouble.answer(request, sys.exc_info()[1]) or _error_page(request)


def _error_page(request: HttpRequest) -> HttpResponse:
    """With the id under which the log tells what went wrong."""
    sentence = f"网站暂时出错了，请过几分钟再试。编号：{request_id()}"
    return api.refusal(request, 500, sentence) or render(None, "500.html", {"request_id": request_id()}, status=500)
