"""Requests drawn at random over every address, method, parameter, header and body, and what must hold of every answer."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings as site
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from publishing.roles import Role
from tests.factories import make_user
from tests.hostile.corpus import corpus

MARK = "zq7\"'<i id=zq7>&{{7*7}}"  # shows where it comes back unescaped, and where it is computed
SECONDS = 6.0  # of this process; other work on the machine does not count
ROLES = (None, Role.WRITER, Role.REVIEWER, Role.ADMINISTRATOR)
TYPES = re.compile(
    r"text/(?:html|plain|markdown|calendar|css|csv|javascript|xml)|application/(?:json|xml|atom\+xml|feed\+json|octet-stream|vnd\.[\w.-]+|"
    r"speculationrules\+json|manifest\+json|rss\+xml|openapi\+json|pdf)|image/[\w.+-]+"
)
LEAKS = (
    "Traceback (most recent call last)",
    "django.core.",
    "django.db.",
    "site-packages",
    "psycopg",
    "OperationalError",
)
HEADERS = (
    "X-Content-Type-Options",
    "Content-Security-Policy",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
)

ODD = [
    "", " ", "0", "-1", "1", "22", "1.5", "1e9", "9" * 18, "9" * 40, "9" * 5000, "²", "٣", "１", "true", "null", "[]", "{}", "%", "%00",
    "\x00", "a\x00b", "\r\nX-Injected: 1", "../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "//evil.example/", "https://evil.example/",
    "\\\\evil.example", "javascript:alert(1)", "' OR 1=1 --", '" OR ""="', "1; DROP TABLE faq_question", "$(id)", "`id`", "|id", "*)(uid=*",
    "{{7*7}}", "${7*7}", "%s%s%n", "A" * 10_000, "\ud7ff\ufffd", "\u202e", "ﷺ", "İ", "ß", "𠮷", "jiangsu", "filing", "large", "elder", "备案", "xinjiang",
    "2026-11-22", "0000-00-00", "9999-99-99", "13812345678", MARK, "question", "article", "publish", "withdraw", "on",
]  # fmt: skip
NAMES = [
    "q", "topic", "province", "page", "mode", "related", "after", "cursor", "limit", "next", "date", "version", "from", "to", "insured",
    "treated", "reason", "insurance", "care", "stage", "text", "email", "code", "wrong", "quote", "doing", "kind", "helpful", "revision",
    "stamp", "send", "vote", "comment", "title", "summary", "body", "version_token", "_resolve", "_edit", "_publish", "_submit", "mine_rows",
    "choice_rows", "choice_body", "mine_body", "base", "citations-TOTAL_FORMS", "citations-INITIAL_FORMS", "citations-0-policy", "citations-0-id",
    "note", "at", "next_due", "target", "restore", "revoke", "days", "verb", "answer", "question", "query", "report", "username", "password",
    "action", "_selected_action", "index", "select_across", "app_label", "model_name", "field_name", "term", "p", "o", "e", "all", "_popup",
    "_to_field", "import_file_name", "original_file_name", "format", "resource", "id", "token", "otp_token", "old_password", "new_password1",
    "topics", "provinces", "nationwide", "search_terms", "csrfmiddlewaretoken", "form-TOTAL_FORMS", "form-INITIAL_FORMS", "form-0-id", "_save",
    "value", "in_force_from", "policy", "confirmed", "slot", "text", "words", "object_id", "position", "dismissed", "state", "reply",
]  # fmt: skip
METHODS = [
    "GET",
    "GET",
    "GET",
    "GET",
    "POST",
    "POST",
    "POST",
    "HEAD",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "BREW",
]
SENT_HEADERS = {
    "HTTP_ACCEPT": ["*/*", "text/html", "application/json", "text/markdown", "q=;;", MARK],
    "HTTP_ACCEPT_ENCODING": ["gzip", "br;q=0", "*;q=9", "identity;q=0", "\x7f", "gzip" * 500],
    "HTTP_ACCEPT_LANGUAGE": ["zh-CN", "xx-" + "a" * 900, "en;q=nan", MARK],
    "HTTP_COOKIE": ["sessionid=" + "x" * 32, "sessionid=" + MARK, "csrftoken=a", "messages=[[;", "a" * 4000, "\x00"],
    "HTTP_HOST": ["testserver", "evil.example", "testserver:99999", "[::1", "testserver\r\nX: 1", "a" * 300, "testserver@evil.example", "/"],
    "HTTP_X_FORWARDED_FOR": ["1.2.3.4", "x" * 900, "::1, 2", MARK], "HTTP_X_FORWARDED_HOST": ["evil.example"], "HTTP_X_FORWARDED_PROTO": ["https", MARK],
    "HTTP_X_ORIGINAL_URL": ["/admin/"], "HTTP_X_HTTP_METHOD_OVERRIDE": ["DELETE"], "HTTP_IF_NONE_MATCH": ["*", '"', 'W/"' + "a" * 900, MARK],
    "HTTP_IF_MODIFIED_SINCE": ["Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Foo 99999 99:99:99", "0", MARK], "HTTP_RANGE": ["bytes=0-1", "bytes=9-1,x", "bytes=-" + "9" * 40],
    "HTTP_ORIGIN": ["http://testserver", "null", "https://evil.example", "x:"], "HTTP_REFERER": ["http://testserver/", MARK, "http://[", "\x00"],
    "HTTP_SEC_FETCH_SITE": ["same-origin", "cross-site", MARK], "HTTP_USER_AGENT": ["Mozilla/5.0", "", MARK, "x" * 5000], "HTTP_AUTHORIZATION": ["Basic x", "Bearer " + MARK],
    "HTTP_X_REQUESTED_WITH": ["XMLHttpRequest"], "HTTP_TRANSFER_ENCODING": ["chunked"], "HTTP_EXPECT": ["100-continue"], "HTTP_X_REQUEST_ID": [MARK, "a" * 400],
}  # fmt: skip
BODIES: list[tuple[str, bytes]] = [
    ("application/x-www-form-urlencoded", b"a=%ff%fe&=&&b"), ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(1200))),
    ("application/x-www-form-urlencoded; charset=utf-7", b"a=1"), ("application/x-www-form-urlencoded; charset=nonsense", b"a=1"),
    ("multipart/form-data", b"--x"), ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"),
    ("multipart/form-data; boundary=" + "x" * 300, b"x"), ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"\x00\"\r\nContent-Transfer-Encoding: base64\r\n\r\n===\r\n--x--"),
    ("application/json", b"{"), ("application/json", b"[" * 60_000), ("application/json", b'{"version_token":[{}],"title":{"a":1}}'), ("application/json", b"\xff\xfe"),
    ("application/json", json.dumps({"title": MARK, "version_token": MARK}).encode()), ("text/plain", b"question/22"), ("text/plain", b"question/" + b"9" * 40), ("text/xml", b"<!DOCTYPE x><x/>"),
    ("", b""), ("x/" + "y" * 900, b"\x00" * 900), ("application/x-www-form-urlencoded", b"q=" + b"%e5%a4%87" * 9000),
]  # fmt: skip
KEYS = [
    "1",
    "22",
    "0",
    "15",
    "99999999",
    "9" * 18,
    "9" * 30,
    "²",
    "x",
    "_3A",
    "1/2",
    "../1",
    "%00",
    "question",
    "publish",
    "reason",
    "popular",
    "jiangsu",
    "filing",
]


@dataclass(frozen=True)
class Request:
    """One drawn request."""

    role: Role | None
    method: str
    path: str
    query: str
    headers: dict[str, str] = field(hash=False)
    content_type: str
    body: bytes

    def __str__(self) -> str:
        return f"{self.role} {self.method} {self.path}?{self.query[:200]} {self.headers} {self.content_type} {self.body[:120]!r}"


def routes(resolver: Any = None, before: str = "/") -> list[str]:
    """Every route of the resolver, with its placeholders; expressions are turned into one."""
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + re.sub(r"\(\?P<(\w+)>.*?\)(?=[/$])", r"<\1>", str(entry.pattern)).replace("^", "").replace(
            "$", ""
        )
        if isinstance(entry, URLPattern):
            found.append(route)
        else:
            found += routes(entry, route)
    return found


@lru_cache(maxsize=1)
def all_routes() -> list[str]:
    return routes()


values = st.sampled_from(ODD) | st.sampled_from([payload.text for payload in corpus()]) | st.text(max_size=30)
pairs = st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=8), values), max_size=7)
headers = st.dictionaries(st.sampled_from(sorted(SENT_HEADERS)), st.integers(0, 99), max_size=3).map(
    lambda chosen: {name: SENT_HEADERS[name][turn % len(SENT_HEADERS[name])] for name, turn in chosen.items()}
)
bodies = st.sampled_from(BODIES) | pairs.map(
    lambda fields: ("application/x-www-form-urlencoded", _encoded(fields).encode())
)


def _encoded(fields: list[tuple[str, str]]) -> str:
    return urlencode([(name.encode(errors="replace"), value.encode(errors="replace")) for name, value in fields])


@st.composite
def paths(draw: st.DrawFn) -> str:
    """A route with keys filled in; now and then one that nobody knows."""
    if draw(st.integers(0, 19)) == 0:
        return "/" + quote(draw(values).encode(errors="replace"), safe="/%.;\\")[:2000]
    route = draw(st.sampled_from(all_routes()))
    keys = st.sampled_from(KEYS) | values.map(lambda text: quote(text.encode(errors="replace"), safe="")[:300])
    return re.sub(r"<[^>]*>", lambda _: draw(keys), route)


requests = st.builds(
    lambda role, method, path, fields, sent, body: Request(role, method, path, _encoded(fields), sent, *body),
    st.sampled_from(ROLES), st.sampled_from(METHODS), paths(), pairs, headers, bodies,
)  # fmt: skip


class Target:
    """The site in this process, with one person of each role."""

    def __init__(self) -> None:
        self.users = {
            role: make_user(f"fuzz-{role.name.lower()}", role=role, is_superuser=role == Role.ADMINISTRATOR)
            for role in ROLES
            if role
        }
        self.clients = {role: self._client(role) for role in ROLES}
        self.sent = 0

    def _client(self, role: Role | None) -> Client:
        client = Client(raise_request_exception=False)
        if role:
            client.force_login(self.users[role])
        return client

    def send(self, request: Request) -> list[str]:
        """Sends the request, undoes what it changed, and says what was wrong with the answer."""
        self.sent += 1
        if self.sent % 50 == 0:
            cache.clear()  # or all that follow are refused for being too many
        client = self.clients[request.role]
        started = time.process_time()
        with transaction.atomic():
            cookies = dict(client.cookies)
            response = client.generic(
                request.method, request.path, request.body if request.method not in {"GET", "HEAD"} else b"", request.content_type,
                QUERY_STRING=request.query, **{name: _sendable(value) for name, value in request.headers.items()},
            )  # fmt: skip
            content = (response.getvalue() if response.streaming else response.content) or b""
            response.close()
            client.cookies.load({name: cookie.value for name, cookie in cookies.items()})
            transaction.set_rollback(True)
        return wrong(request, response, content, time.process_time() - started)


def _sendable(value: str) -> str:
    """As a server hands it over: what cannot stand in a header is refused before it comes to us."""
    return re.sub(r"[\r\n\x00]", "", value).encode(errors="replace").decode("latin-1")


def wrong(request: Request, response: Any, content: bytes, seconds: float) -> list[str]:
    """What does not hold of an answer."""
    is_health = request.path == "/readyz"  # it says 503 where a part is not ready, which is its work
    found = [f"status {response.status_code}"] if response.status_code >= 500 and not is_health else []
    kind, text = response.get("Content-Type", ""), content.decode(errors="replace")
    is_admin = request.path.startswith("/admin")
    if any(leak in text for leak in (*LEAKS, site.SECRET_KEY)):
        found.append("tells what happened inside")
    if not kind.startswith(("application/json", "text/plain", "text/markdown")) and (
        "<i id=zq7>" in text or "{{7*7}}49" in text
    ):
        found.append("gives back what was sent unescaped")
    if content and not TYPES.match(kind):
        found.append(f"has type {kind!r}")
    if (
        kind.startswith("text/")
        and "charset=utf-8" not in kind.lower().replace('"', "")
        and content
        and not request.path.startswith("/static/")
    ):
        found.append(f"has no charset: {kind!r}")
    if response.cookies and not is_admin:
        found.append("sets a cookie")
    found += [f"lacks {name}" for name in HEADERS if name not in response.headers and response.status_code != 304]
    location = response.get("Location", "")
    if location.startswith(("//", "/\\", "\\")) or (
        ":" in location.split("/")[0] and not location.startswith(("http://testserver/", "http://127.0.0.1"))
    ):
        found.append(f"leads to {location!r}")
    if "X-Injected" in response.headers or any("\n" in value for value in response.headers.values()):
        found.append("lets a header in")
    if "root:x:" in text:
        found.append("shows a file of the machine")
    if seconds > SECONDS:
        found.append(f"takes {seconds:.0f} s")
    return [f"{finding}: {request}" for finding in found]


def campaign(target: Target, times: int, seed: int = 1) -> list[str]:
    """Draws and sends so many requests; gives back what was wrong, each kind of fault once."""
    found: dict[str, str] = {}

    @seeded(seed)
    @settings(
        max_examples=times,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests)
    def once(request: Request) -> None:
        for finding in target.send(request):
            found.setdefault(re.sub(r"\d+", "0", finding)[:70], finding)

    once()
    return list(found.values())
