"""What every kind of answer tells the browser, with the settings that a public machine has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse
from PIL import Image

from articles.models import Article
from faq.models import Question
from publishing.addresses import admin_url
from publishing.drafts import open_draft
from publishing.models import Availability
from publishing.uploads import store
from tests.admin_pages import addresses
from tests.factories import make_question, make_user
from tests.pages import pages
from yibao_site import early, maintenance
from yibao_site.urls import *  # noqa: F403 - the site's own addresses, error pages included
from yibao_site.urls import urlpatterns as own

# The same on every database.
pytestmark = pytest.mark.sqlite

HOST = "www.example.org"
STRICT = {
    "default-src": "'none'",
    "script-src": f"'self' {early.CSP_HASH}",
    "style-src": "'self'",
    "img-src": "'self'",
    "media-src": "'self'",
    "connect-src": "'self'",
    "font-src": "'none'",
    "manifest-src": "'self'",
    "object-src": "'none'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "own related",
    "upgrade-insecure-requests": "",
}
ADMIN = {name: value for name, value in STRICT.items() if "trusted-types" not in name}
EVERYWHERE = {
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
}
# The frame around the preview and what it frames; besides, only a form that holds the editor may differ.
FRAMES = {
    "faq_question_preview": "frame-src",
    "articles_article_preview": "frame-src",
    "faq_question_page": "frame-ancestors",
    "articles_article_page": "frame-ancestors",
}
DUMP = """
import json, yibao_site.settings as s
names = [name for name in vars(s) if name.startswith(("SECURE_", "SESSION_", "CSRF_", "CONTENT_SECURITY", "X_FRAME"))]
print(json.dumps({name: getattr(s, name) for name in [*names, "SITE_URL", "ALLOWED_HOSTS", "HTTPS"]}))
"""


def boom(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


urlpatterns = [path("boom/", boom), *own]


@pytest.fixture(scope="session")
def production() -> dict[str, Any]:
    """What the settings make of a public https address, read in a process of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "x" * 50,
        "SITE_URL": f"https://{HOST}",
        "ALLOWED_HOSTS": HOST,
    }
    done = subprocess.run(
        [sys.executable, "-c", DUMP], env=environment, cwd=site_settings.BASE_DIR, capture_output=True, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture
def https(production: dict[str, Any], settings: Any) -> Client:
    """A reader of the site on a public machine, behind its proxy."""
    for name, value in production.items():
        setattr(settings, name, tuple(value) if name == "SECURE_PROXY_SSL_HEADER" else value)
    return Client(SERVER_NAME=HOST, HTTP_X_FORWARDED_PROTO="https", raise_request_exception=False)


def told(response: Any, names: Any = EVERYWHERE) -> dict[str, str | None]:
    return {name: response.headers.get(name) for name in names}


def policy(response: Any) -> dict[str, str]:
    """The answer's Content-Security-Policy by directive; their order means nothing."""
    parts = response.headers.get("Content-Security-Policy", "").split(";")
    return dict(part.strip().partition(" ")[::2] for part in parts)


@pytest.mark.django_db
@pytest.mark.parametrize("name", pages())
def test_every_public_page(content, https: Client, name: str) -> None:
    response = https.get(pages()[name])
    assert told(response) == EVERYWHERE
    assert policy(response) == STRICT
    assert not response.cookies
    assert "Access-Control-Allow-Origin" not in response.headers


MACHINES = [
    "robots", "security", "llms", "sitemap", "sitemap-text", "feed", "feed-json", "healthz", "readyz", "search-suggest",
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", MACHINES)
def test_what_machines_read(https: Client, name: str) -> None:
    response = https.get(reverse(name))
    assert response.status_code in {200, 503}
    assert told(response) == EVERYWHERE
    assert policy(response) == STRICT


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["api-index", "api-description"])
def test_the_open_data_may_be_read_from_other_sites(https: Client, name: str) -> None:
    response = https.get(reverse(name))
    assert told(response) == {**EVERYWHERE, "Cross-Origin-Resource-Policy": "cross-origin"}
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers


ERRORS = [
    (400, "/", {"SERVER_NAME": "evil.example"}),
    (404, "/nothing-here/", {}),
    (500, "/boom/", {}),
    (301, "/faq", {}),
    (301, "/favicon.ico", {}),
    (301, "/faq/", {"HTTP_X_FORWARDED_PROTO": "http"}),
]


@pytest.mark.django_db
@pytest.mark.urls("tests.test_headers")
@pytest.mark.parametrize(("status", "address", "environ"), ERRORS)
def test_errors_and_redirects(https: Client, status: int, address: str, environ: dict[str, str]) -> None:
    response = https.get(address, **environ)
    expected = dict(EVERYWHERE)
    if (
        environ
    ):  # over http, and where the host is not ours, a promise about https would be ignored or be somebody else's
        expected.pop("Strict-Transport-Security")
    assert response.status_code == status
    assert told(response, expected) == expected
    assert policy(response) == STRICT


@pytest.mark.django_db
def test_refusals(https: Client) -> None:
    question = make_question()
    vote = {"kind": "question", "page": question.pk, "revision": 1, "helpful": "yes"}
    posts = [https.post(reverse("helpful"), vote), https.post(reverse("helpful"), {}, HTTP_ORIGIN=f"https://{HOST}")]
    posts += [https.post("/admin/login/", {"username": "x"}), https.get(reverse("helpful"))]
    for _ in range(61):
        last = https.post(reverse("helpful"), vote, HTTP_ORIGIN=f"https://{HOST}")
    assert [post.status_code for post in [*posts, last]] == [403, 400, 200, 405, 429]
    for response in [*posts, last]:
        assert told(response) == EVERYWHERE
        assert policy(response) in [STRICT, ADMIN]


@pytest.mark.django_db
def test_gone_and_maintenance(https: Client, settings, tmp_path: Path) -> None:
    settings.MAINTENANCE_FILE = tmp_path / "maintenance"
    question = make_question()
    type(question).objects.filter(pk=question.pk).update(availability=Availability.GONE)
    gone = https.get(question.get_absolute_url())
    maintenance.turn_on(60)
    closed = https.get("/")
    assert (gone.status_code, closed.status_code) == (410, 503)
    for response in (gone, closed):
        assert told(response) == EVERYWHERE
        assert policy(response) == STRICT


def test_static_files(https: Client, settings, tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    settings.STATIC_ROOT = tmp_path
    response = https.get("/static/a.svg")
    assert b"".join(response.streaming_content).startswith(b"<svg")
    assert told(response) == EVERYWHERE
    assert policy(response) == STRICT
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.django_db
def test_pictures_that_editors_upload_run_nothing(https: Client, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.new("RGB", (4, 4)).save(file)
    response = https.get(f"/media/{store(SimpleUploadedFile('a.png', file.read_bytes()))}")
    response.close()
    assert response.status_code == 200
    assert told(response) == EVERYWHERE
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.django_db
def test_not_modified_keeps_the_policy_of_the_page(https: Client) -> None:
    tag = https.get("/about/")["ETag"]
    response = https.get("/about/", HTTP_IF_NONE_MATCH=tag)
    assert response.status_code == 304
    assert "Content-Security-Policy" not in response.headers


def test_developers_see_djangos_error_pages_with_their_style(settings) -> None:
    settings.DEBUG = True
    settings.CONTENT_SECURITY_POLICY = site_settings.CONTENT_SECURITY_POLICY
    assert "Content-Security-Policy" not in Client().get("/nothing/here.html").headers


EDITOR = {
    "script-src": "'self' 'unsafe-inline'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "frame-src": "'self'",
}


@pytest.mark.django_db
def test_every_page_of_the_admin(content, few_journeys, https: Client) -> None:
    """All are as strict as Django's admin allows, but for the frames above and the forms that hold the editor."""
    https.force_login(make_user(is_superuser=True))
    drafts = [open_draft(kind.objects.live().first(), None) for kind in (Question, Article)]
    found = {**addresses(), **{admin_url(draft): admin_url(draft) for draft in drafts}}
    strange, editors = {}, set()
    for name, address in found.items():
        response = https.get(address)
        assert response.status_code < 500, address
        given = {
            name: value for name, value in told(response).items() if name not in {"X-Frame-Options", "Referrer-Policy"}
        }
        different = {name: value for name, value in policy(response).items() if ADMIN.get(name) != value}
        holds_editor = not response.streaming and b"ckeditortype" in response.content
        editors |= {address} if holds_editor else set()
        expected = EDITOR if holds_editor else {FRAMES[name]: "'self'"} if name in FRAMES else {}
        if (
            not given.items() <= EVERYWHERE.items()
            or different != expected
            or not ADMIN.keys() <= policy(response).keys()
        ):
            strange[address] = (given, different)
    assert strange == {}
    assert FRAMES.keys() <= found.keys()
    assert {admin_url(draft) for draft in drafts} <= editors


# MDN's Observatory: the published scoring (algorithm 4), for the answers that this site really gives.

OBSERVATORY = {
    "default-src 'none', nothing unsafe, forms only to ourselves": 10,
    "referrer policy is private": 5,
    "HSTS of six months or more": 0,
    "framing is refused by the policy": 5,
    "resources are for the same origin": 10,
    "nosniff": 0,
    "no cookies": 0,
    "no foreign scripts": 0,
    "no foreign readers": 0,
}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/faq/", "/search/?q=a", "/nothing/"])
def test_observatory_gives_130_points(https: Client, address: str) -> None:
    """Base 100; a score of 90 without extras lets the extras count. `make hammer` asks the Observatory itself."""
    response = https.get(address)
    rules = policy(response)
    age = int(response["Strict-Transport-Security"].split(";")[0].removeprefix("max-age="))
    held = {
        "default-src 'none', nothing unsafe, forms only to ourselves": rules["default-src"] == "'none'"
        and "unsafe" not in response["Content-Security-Policy"]
        and not {"data:", "https:", "http:", "*"} & set(response["Content-Security-Policy"].split())
        and rules["form-action"] == "'self'",
        "referrer policy is private": response["Referrer-Policy"] == "strict-origin-when-cross-origin",
        "HSTS of six months or more": age >= 15_552_000,
        "framing is refused by the policy": rules["frame-ancestors"] == "'none'",
        "resources are for the same origin": response["Cross-Origin-Resource-Policy"] == "same-origin",
        "nosniff": response["X-Content-Type-Options"] == "nosniff",
        "no cookies": not response.cookies,
        "no foreign scripts": 'src="http' not in response.content.decode(),
        "no foreign readers": "Access-Control-Allow-Origin" not in response.headers,
    }
    assert [rule for rule, held_here in held.items() if not held_here] == []
    assert held.keys() == OBSERVATORY.keys()
    assert 100 + sum(OBSERVATORY.values()) == 130
