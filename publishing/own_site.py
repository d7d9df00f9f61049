"""Whether a page of this site sent a request, shown by what the browser says of itself, so that no page needs a token."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


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
