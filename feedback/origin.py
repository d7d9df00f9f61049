"""Who may post: only this site's own pages, shown by what the browser says of itself, so that no page needs a token."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]


def is_from_this_site(request: HttpRequest) -> bool:
    """Whether a page of this site sent the request.

    Sec-Fetch-Site and Origin are written by the browser and cannot be set by a page. Old browsers send neither over
    plain http for a form; for them the Referer must say it. A client that is no browser can claim anything, but it has
    no reader's rights to abuse: nothing here depends on who is logged in.
    """
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None and fetch_site != "same-origin":
        return False
    source = request.headers.get("Origin") or request.headers.get("Referer")
    return source is not None and _origin(source) in _own_origins(request)


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _own_origins(request: HttpRequest) -> set[str]:
    return {f"{request.scheme}://{request.get_host()}", settings.SITE_URL, *settings.CSRF_TRUSTED_ORIGINS}


def own_site_only(view: View) -> View:
    """A public form's view: takes POST from this site's pages only, without a token, and is never stored by a cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if request.method == "POST" and not is_from_this_site(request):
            return refusal(request, "这次提交不是从本站页面发出的，没有收下。请打开本站的页面再填一次。", 403)
        return view(request, *args, **options)

    # Django's own check wants a cookie, and public pages set none; this decorator takes its place.
    return csrf_exempt(guarded)


def refusal(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    """A page that says in one sentence why something was not taken, and what to do."""
    response = render(request, "feedback/refused.html", {"sentence": sentence}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def private(view: View) -> View:
    """Never stored, never indexed: for pages that hold one reader's words."""

    @wraps(view)
    def quiet(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        response = view(request, *args, **options)
        response["X-Robots-Tag"] = "noindex"
        response["Cache-Control"] = "no-store"
        return response

    return quiet
