"""大字版 and 长辈版: a class on the same page. JavaScript remembers the choice; `?mode=` serves readers without it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.http import escape_leading_slashes

STANDARD = "standard"
LABELS = {STANDARD: "标准字号", "large": "大字版", "elder": "长辈版"}

# Links of the page itself and its forms: what a reader without JavaScript goes on with.
LINK = re.compile(r'(<a\b[^>]*?\bhref=")(/(?!static/|media/|admin/)[^"#]*|\?[^"#]*|\.)((?:#[^"]*)?")')
GET_FORM = re.compile(r'<form\b(?=[^>]*\bmethod="get")[^>]*>')


@dataclass(frozen=True)
class Mode:
    """A link of the switch at the top of the page."""

    name: str
    label: str
    url: str


def mode_of(request: HttpRequest) -> str:
    """The mode that the address asks for; empty for the standard one and for a word that is none."""
    mode = request.GET.get("mode", "")
    return mode if mode in LABELS and mode != STANDARD else ""


def switch(request: HttpRequest) -> list[Mode]:
    """The three modes with their addresses of this very page."""
    found = []
    path = escape_leading_slashes(request.path)  # on the page that says 404 for //other.example/, no link leads there
    for name, label in LABELS.items():
        query = request.GET.copy()
        query.pop("mode", None)
        if name != STANDARD:
            query["mode"] = name
        found.append(Mode(name, label, f"{path}?{query.urlencode()}" if query else path))
    return found


def carry(html: str, mode: str) -> str:
    """The page with the mode in its own links and search forms, so that it stays while the reader goes on."""
    html = LINK.sub(
        lambda link: link[1] + _with_mode(link[2], mode) + link[3] if "data-mode=" not in link[0] else link[0], html
    )
    return GET_FORM.sub(lambda form: f'{form[0]}<input type="hidden" name="mode" value="{mode}">', html)


def _with_mode(address: str, mode: str) -> str:
    return f"{address}{'&amp;' if '?' in address else '?'}mode={mode}"


def carry_mode(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a page asked for with `?mode=` keeps the mode in its links, and no search engine lists it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "mode" not in request.GET or request.path.startswith("/admin/"):
            return response
        response["X-Robots-Tag"] = "noindex, nofollow"
        mode = mode_of(request)
        if mode and not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            response.content = carry(response.content.decode(), mode)
        return response

    return middleware
