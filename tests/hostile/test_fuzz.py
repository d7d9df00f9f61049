"""Random requests over the whole site: no error page, no inside told, nothing given back unescaped, no cookie, all headers."""

from __future__ import annotations

import pytest

from tests.hostile.fuzzing import Request, Target, campaign, routes, wrong
from tests.hostile.scene import add_rows

# What is cleaned and shown is the same on every database.
pytestmark = pytest.mark.sqlite

TIMES = 600


@pytest.mark.filterwarnings("ignore")
def test_no_request_breaks_the_site(content) -> None:
    add_rows()
    target = Target()
    assert campaign(target, TIMES) == []
    assert target.sent >= TIMES


def test_every_route_is_drawn_from() -> None:
    found = routes()
    assert len(found) > 250
    assert {
        "/faq/<number:pk>/",
        "/admin/auth/user/<id>/password/",
        "/api/v1/<slug:name>/",
        "/admin/<app_label>/",
    } <= set(found)


def test_a_bad_answer_is_seen() -> None:
    """So that a campaign that finds nothing means something."""
    from django.http import HttpResponse

    request = Request(None, "GET", "/faq/", "", {}, "", b"")
    bad = HttpResponse("<i id=zq7> Traceback (most recent call last)", status=500)
    bad.set_cookie("a", "b")
    bad["Location"] = "//evil.example/"
    found = " ".join(wrong(request, bad, bad.content, 99))
    for sign in ("status 500", "inside", "unescaped", "cookie", "leads to", "lacks Referrer-Policy", "takes 99 s"):
        assert sign in found
