"""Which answers search engines may keep: said in a header, so that no page can forget it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Never worth a place in a search engine, whatever the query string.
HIDDEN = ("/admin/", "/search/", "/feedback/", "/preview/")
# Only the page itself is; its steps, answers and filters are not.
ENTRANCES = ("/filing/", "/ask/")
FILTERS = frozenset({"q", "topic", "province", "mode"})


def is_listed(request: HttpRequest) -> bool:
    """Whether search engines may list the address."""
    if request.path.startswith(HIDDEN):
        return False
    inner = any(request.path.startswith(entrance) and request.path != entrance for entrance in ENTRANCES)
    asked = request.path in ENTRANCES and bool(request.GET)
    return not (inner or asked or FILTERS & set(request.GET))


def indexing(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: `X-Robots-Tag: noindex` where due. Such pages stay open to crawlers, or they would never see it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not is_listed(request):
            response.headers.setdefault("X-Robots-Tag", "noindex")
        return response

    return middleware
