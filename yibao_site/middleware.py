"""Headers that every public page carries."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

PUBLIC_CACHE = "public, max-age=60, s-maxage=600, stale-while-revalidate=86400, stale-if-error=86400, no-transform"


def public_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: public GET pages may be cached by anyone; the admin never."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/admin/"):
            response.headers.setdefault("Cache-Control", "no-store")
            return response
        if request.method in {"GET", "HEAD"} and response.status_code in {200, 301}:
            response.headers.setdefault("Cache-Control", PUBLIC_CACHE)
        return response

    return middleware
