"""Requests from elsewhere: cross-site posts, wrong hosts, redirects that lead away, paths that climb, keys of caches."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client

from publishing.roles import Role
from tests.factories import make_user
from tests.hostile.fuzzing import routes
from tests.wsgi import call

AWAY = [
    "//evil.example/", "///evil.example/", "/\\evil.example/", "\\\\evil.example", "https://evil.example/", "http:evil.example", "https:/evil.example",
    "javascript:alert(1)", "data:text/html,x", "/\t/evil.example", "/%09/evil.example", "\r\nLocation: https://evil.example", "//evil.example%2f..",
    "http://testserver@evil.example/", "https://testserver.evil.example/", " //evil.example", "\x00//evil.example",
]  # fmt: skip
CLIMBS = ["../../manage.py", "..%2f..%2fmanage.py", "%2e%2e/%2e%2e/manage.py", "....//....//manage.py", "/etc/passwd", "..\\..\\manage.py", "%00", "a%00.jpg", "..%c0%af..%c0%afmanage.py",
          "uploads/../../.env.jpg", "../.env", "~root/.bashrc", "C:\\x.jpg", "x" * 5000 + ".jpg"]  # fmt: skip
PUBLIC_POSTS = [
    "/ask/",
    "/ask/nearest/",
    "/ask/receipt/",
    "/feedback/helpful/",
    "/feedback/helpful/reason/",
    "/feedback/report/question/22/",
    "/feedback/view/",
]


@pytest.fixture
def editor(content: None) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(role=Role.ADMINISTRATOR, is_superuser=True))
    return client


@pytest.mark.parametrize("url", PUBLIC_POSTS)
def test_a_public_form_takes_nothing_from_another_site(url: str, content: None, client: Client) -> None:
    data = {
        "text": "去外地看病要备案吗？",
        "send": "1",
        "kind": "question",
        "page": "22",
        "revision": "1",
        "helpful": "yes",
    }
    foreign = [{}, {"HTTP_ORIGIN": "https://evil.example"}, {"HTTP_ORIGIN": "null"}, {"HTTP_REFERER": "https://evil.example/testserver/"},
               {"HTTP_ORIGIN": "http://testserver.evil.example"}, {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "cross-site"},
               {"HTTP_SEC_FETCH_SITE": "same-site", "HTTP_REFERER": "http://testserver/"}]  # fmt: skip
    for headers in foreign:
        assert client.post(url, data, **headers).status_code == 403, headers


def test_no_address_of_the_admin_takes_a_post_without_its_token(editor: Client) -> None:
    """Every route of the resolver, filled in as it may be."""
    import re

    posts = [re.sub(r"<[^>]*>", "22", route) for route in routes() if route.startswith("/admin/")]
    for url in posts:
        response = editor.post(url, {"_save": "1"}, HTTP_ORIGIN="https://evil.example")
        assert response.status_code in {403, 404}, url
    assert len(posts) > 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "testserver.evil.example",
        "evil.example:80",
        "testserver@evil.example",
        "",
        "a b",
        "[::1",
        "127.0.0.1.evil.example",
    ],
)
def test_a_wrong_host_is_refused_and_never_repeated(host: str, db: None, client: Client) -> None:
    for url in ("/", "/admin/login/", "/search/?q=x"):
        response = client.get(url, HTTP_HOST=host)
        assert response.status_code == 400
        assert host == "" or "evil" not in response.content.decode()


def test_forwarded_names_change_nothing(content: None, client: Client) -> None:
    plain = client.get("/faq/22/").content
    for header in (
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_SERVER",
        "HTTP_X_HOST",
        "HTTP_FORWARDED",
        "HTTP_X_ORIGINAL_URL",
        "HTTP_X_REWRITE_URL",
    ):
        assert client.get("/faq/22/", **{header: "evil.example"}).content == plain


@pytest.mark.parametrize("target", AWAY)
def test_no_redirect_leads_away(target: str, editor: Client) -> None:
    posted = Client().post("/admin/login/", {"username": "x", "password": "y", "next": target})
    asked = [f"/admin/login/?next={quote(target)}", f"/admin/logout/?next={quote(target)}", f"/admin/jsi18n/?next={quote(target)}",
             f"/filing/next/?next={quote(target)}&insured={quote(target)}", f"/{quote(target)}", f"/admin{quote(target)}", f"//{quote(target)}", f"/faq/22?{quote(target)}"]  # fmt: skip
    for response in [posted, *(editor.get(url) for url in asked)]:
        location = response.get("Location", "")
        assert response.status_code < 500
        assert not location.startswith(("//", "/\\", "\\", "http", "javascript", "data")) or location.startswith(
            "http://testserver/"
        ), location


@pytest.mark.parametrize("path", CLIMBS)
@pytest.mark.parametrize("folder", ["/media/", "/static/", "/", "/preview/", "/.well-known/"])
def test_no_path_climbs_out(folder: str, path: str, db: None, client: Client) -> None:
    response = client.get(folder + path)
    assert response.status_code in {301, 400, 404}
    assert b"root:" not in response.content
    assert b"DJANGO_SETTINGS_MODULE" not in response.content


@pytest.mark.parametrize(
    "url",
    [
        "/faq/%00",
        "/search/?q=%00",
        "/faq/?topic=a%00b",
        "/preview/%00/",
        "/media/%00.jpg",
        "/admin/faq/question/?q=%00",
    ],
)
def test_a_nul_in_an_address_is_a_bad_request_on_every_database(url: str, db: None, client: Client) -> None:
    assert client.get(url).status_code == 400


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("a=1&" * 1200, ""), ("a=1&" * 1200, "text/plain; charset=utf-8"), ("a=1&" * 1200 + "%00", "text/plain; charset=utf-7"),
        ("a=1", "text/plain; charset=hex"), ("a=xn--a-.", "text/plain; charset=idna"), ("a=1", "text/plain; x*=nonsense''y"),
    ],
)  # fmt: skip
def test_what_django_cannot_read_is_a_bad_request_with_all_headers(query: str, kind: str, db: None) -> None:
    """Through the application as the server runs it: Django reads charset and parameters before its middleware."""
    from yibao_site.wsgi import application

    for path in ("/", "/faq/", "/healthz", "/static/x", "/admin/login/", "/nothing-here/"):
        answer = call(application, f"{path}?{query}", "POST", CONTENT_TYPE=kind)
        assert answer.status == 400, path
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert call(application, f"{path}?{query}", CONTENT_TYPE=kind).status < 500, path


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "DEBUG"])
@pytest.mark.parametrize("url", ["/", "/faq/", "/admin/login/", "/api/v1/", "/healthz"])
def test_no_page_answers_to_trace(method: str, url: str, db: None, client: Client) -> None:
    answer = client.generic(method, url, HTTP_X_SECRET="zq7")
    assert answer.status_code == 405
    assert b"zq7" not in answer.content


@pytest.mark.parametrize("path", ["//evil.example/", "///evil.example/x"])
def test_no_link_of_a_missing_page_leads_away(path: str, db: None, client: Client) -> None:
    html = client.get("/", PATH_INFO=path).content.decode()  # the client takes // for another host
    assert "evil.example/" in html
    assert 'href="//' not in html


def test_an_editors_cookie_is_no_part_of_a_public_page(editor: Client, content: None) -> None:
    cache.clear()
    mine = editor.get("/faq/22/")
    theirs = Client().get("/faq/22/")
    assert mine.content == theirs.content
    assert not mine.cookies
    assert "Cookie" not in mine.get("Vary", "")


def test_a_cached_page_is_the_same_for_whoever_asked_first(content: None) -> None:
    """The application as the server runs it, with its page cache: no header of a stranger is in the page of the next reader."""
    import io

    from yibao_site.wsgi import application

    def ask(**more: str) -> tuple[str, bytes]:
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/about/", "QUERY_STRING": "", "SERVER_NAME": "testserver", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
                   "HTTP_HOST": "testserver", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "REMOTE_ADDR": "127.0.0.1", **more}  # fmt: skip
        said: list[str] = []
        answer = application(environ, lambda status, headers, *_: said.append(status))
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        return said[0], body

    poisoned = {
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_REFERER": "<i id=zq7>",
        "HTTP_USER_AGENT": "<i id=zq7>",
        "QUERY_STRING": "utm=%3Ci%20id=zq7%3E",
        "HTTP_COOKIE": "sessionid=x",
    }
    first, again = ask(**poisoned), ask()
    assert first[0] == again[0] == "200 OK"
    assert b"zq7" not in again[1] + first[1]
    assert b"evil.example" not in again[1] + first[1]
    assert ask(HTTP_HOST="evil.example")[0].startswith("400")
    assert ask()[1] == again[1]
