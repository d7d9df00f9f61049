"""The beacon that a reader's browser sends once a page has been in sight for a while."""

from __future__ import annotations

import re

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from feedback.counting import note_view
from feedback.limits import network_mark
from feedback.origin import own_site_only
from feedback.popularity import shown_count
from publishing import registry

PAGE = re.compile(rb"([a-z]{1,20})/([1-9][0-9]{0,9})")
ROBOT = re.compile(
    r"bot|spider|crawl|slurp|fetch|preview|archive|monitor|lighthouse|headless|python|curl|wget|httpclient|okhttp|go-http|java/|"
    r"bytespider|yisou|sogou web|360spider|phantom|selenium|playwright",
    re.IGNORECASE,
)


def is_robot(agent: str) -> bool:
    """Whether a user agent says that nobody is reading, or says nothing at all."""
    return not agent or bool(ROBOT.search(agent))


@require_POST
@own_site_only
def view(request: HttpRequest) -> HttpResponse:
    """Notes one view of a page; gives back how often it was read lately, if that is enough to be worth saying."""
    page = PAGE.fullmatch(request.body[:64]) if len(request.META.get("CONTENT_LENGTH") or "") < 4 else None
    kinds = {kind.name for kind in registry.content_types()}
    if page is None or (kind := page[1].decode()) not in kinds:
        return HttpResponse(status=400)
    if not is_robot(request.headers.get("User-Agent", "")):
        note_view(kind, int(page[2]), network_mark(request))
    try:
        count = shown_count(kind, int(page[2]))
    except DatabaseError:
        count = None
    response = JsonResponse({"count": count})
    response["Cache-Control"] = "no-store"
    return response
