"""The page cache: what it keeps, what it answers, what it lets pass, and what nobody can make it do."""

from __future__ import annotations

import datetime as dt
import gzip
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.conf import settings as site_settings
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client

from publishing import version
from tests.factories import make_question, make_topic, make_user
from tests.wsgi import Site
from yibao_site.page_cache import counters, in_front_of, release
from yibao_site.page_cache.front import Front

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def question() -> Any:
    return make_question(pk=12, body="<p>" + "长文。" * 200 + "[^1]</p>")


def later(monkeypatch: pytest.MonkeyPatch, seconds: float = 5.0) -> None:
    """The content has not changed for so long."""
    changed = version.changed_at()
    monkeypatch.setattr(version, "changed_at", lambda: changed - seconds)


# Hits and misses


def test_the_second_reader_costs_django_nothing(site: Site, question: Any, django_assert_num_queries: Any) -> None:
    first = site.get("/faq/12/")
    with django_assert_num_queries(0):
        second = site.get("/faq/12/")
    assert (first.status, first.cache, second.cache) == (200, "miss", "hit")
    assert first.body == second.body == site.fresh("/faq/12/").body
    assert site.asked == ["/faq/12/"]
    assert {**first.headers, "x-cache": ""} == {**second.headers, "x-cache": ""}


def test_a_change_is_seen_at_the_next_look(site: Site, question: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "PAUSE", 0)
    before = site.get("/faq/12/")
    question.live.__class__.objects.filter(pk=question.live_id).update(title="改过的题目？")
    after = site.get("/faq/12/")
    assert "改过的题目？" in after.text
    assert before.headers["etag"] != after.headers["etag"]


def test_a_permanent_redirect_is_kept(site: Site, question: Any) -> None:
    assert [site.get("/faq/12").cache for _ in "12"] == ["miss", "hit"]
    assert site.get("/faq/12").headers["location"] == "/faq/12/"


@pytest.mark.parametrize(
    "address",
    [
        "/admin/", "/admin/login/", "/search/", "/search/?q=备案", "/search/suggest/?q=备案", "/ask/?q=a", "/healthz",
        "/readyz", "/feedback/report/question/12/", "/faq/404/", "/nothing/", "/faq/?page=9999", "/faq/?topic=none",
        "/filing/insured/?insured=jiangsu", "/api/v1/questions/?limit=2", "/preview/abc/", "/faq/?after=3", "/style/",
    ],
)  # fmt: skip
def test_what_is_never_kept(site: Site, question: Any, address: str) -> None:
    for _ in "12":
        assert site.get(address).cache == "bypass"
    assert len(site.memory) == 0


def test_forms_pass(site: Site, question: Any) -> None:
    assert site.get("/ask/", "POST").cache == "bypass"
    assert site.get("/faq/12/", "OPTIONS").cache == "bypass"
    assert site.get("/faq/12/", "POST", HTTP_X_HTTP_METHOD_OVERRIDE="GET").cache == "bypass"
    assert site.get("/faq/12/", HTTP_AUTHORIZATION="Basic YTpi").cache == "bypass"
    assert site.get("/faq/12/", CONTENT_LENGTH="3").cache == "bypass"
    assert site.get("/faq/12/", HTTP_TRANSFER_ENCODING="chunked").cache == "bypass"
    assert len(site.memory) == 0


def test_head_says_what_get_says_without_the_body(site: Site, question: Any) -> None:
    head = site.get("/faq/12/", "HEAD", HTTP_ACCEPT_ENCODING="gzip")
    get = site.get("/faq/12/", HTTP_ACCEPT_ENCODING="gzip")
    assert (head.body, head.cache, get.cache) == (b"", "miss", "hit")
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.body))
    assert site.get("/faq/404/", "HEAD").body == b""


def test_streams_are_kept_whole_and_too_long_ones_are_sent_on(question: Any) -> None:
    site = Site()
    assert site.get("/sitemap.txt").body == site.get("/sitemap.txt").body == site.fresh("/sitemap.txt").body
    assert site.asked == ["/sitemap.txt"]
    small = Site(limit=4_000)
    assert small.get("/faq/12/").body == small.fresh("/faq/12/").body
    assert small.get("/faq/12/").cache == "bypass"
    assert small.memory.used == 0


def test_memory_is_bounded_and_the_least_used_page_goes_first(question: Any) -> None:
    site = Site(limit=240_000)
    before = counters.read()["evicted"]
    for number in range(2, 10):
        for path in ("/faq/12/", f"/faq/12/?related={number}", f"/articles/?mode=large&related={number}"):
            site.get(path, HTTP_ACCEPT_ENCODING="br")
            site.get(path, HTTP_ACCEPT_ENCODING="gzip")
    for name in ("about", "glossary", "topics", "provinces", "policies", "site-map", "faq", "articles"):
        for mode in ("", "large", "elder"):
            site.get(f"/{name}/?mode={mode}", HTTP_ACCEPT_ENCODING="br")
            site.get("/faq/12/")
            assert site.memory.used <= 240_000
    assert counters.read()["evicted"] > before
    assert site.get("/faq/12/").cache == "hit"


# Validators


def test_a_reader_who_has_the_page_gets_304_from_memory(site: Site, question: Any) -> None:
    page = site.get("/faq/12/", HTTP_ACCEPT_ENCODING="br")
    again = site.get("/faq/12/", HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=page.headers["etag"])
    assert (again.status, again.body, again.cache) == (304, b"", "revalidated")
    assert "content-length" not in again.headers
    for name in ("etag", "cache-control", "last-modified", "vary"):
        assert again.headers[name] == page.headers[name]
    assert site.asked == ["/faq/12/"]


def test_a_tag_belongs_to_one_coding(site: Site, question: Any) -> None:
    tags = {coding: site.get("/faq/12/", HTTP_ACCEPT_ENCODING=coding).headers["etag"] for coding in ("br", "gzip", "")}
    assert len(set(tags.values())) == 3
    assert not any(tag.startswith("W/") for tag in tags.values())
    assert site.get("/faq/12/", HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=tags["br"]).status == 200
    several = f'"x", W/{tags["gzip"]}'
    assert site.get("/faq/12/", HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=several).status == 304
    assert site.get("/faq/12/", HTTP_IF_NONE_MATCH="*").status == 304


def test_the_date_is_that_of_the_content_and_stays_while_the_bytes_do(
    site: Site, question: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version, "PAUSE", 0)
    later(monkeypatch)
    about, page = site.get("/about/"), site.get("/faq/12/")
    make_topic("新栏目", "new")
    monkeypatch.undo()
    version.forget()
    assert site.get("/about/").cache == "miss"
    assert site.get("/about/").headers["last-modified"] == about.headers["last-modified"]
    assert site.get("/about/").headers["etag"] == about.headers["etag"]
    since = {"HTTP_IF_MODIFIED_SINCE": page.headers["last-modified"]}
    assert site.get("/about/", **since).status == 304
    question.live.__class__.objects.update(title="改过的题目？")
    version.forget()
    assert site.get("/faq/12/", **since).status == 200


def test_within_the_second_of_a_change_a_date_alone_hides_nothing(
    site: Site, question: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version, "changed_at", lambda: time.time() + 0.5)
    page = site.get("/faq/12/")
    assert site.get("/faq/12/", HTTP_IF_MODIFIED_SINCE=page.headers["last-modified"]).status == 200
    assert site.get("/faq/12/", HTTP_IF_NONE_MATCH=page.headers["etag"]).status == 304


def test_tags_count_before_dates(site: Site, question: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch)
    now = formatdate(time.time() + 60, usegmt=True)
    assert site.get("/faq/12/", HTTP_IF_MODIFIED_SINCE=now).status == 304
    assert site.get("/faq/12/", HTTP_IF_MODIFIED_SINCE=now, HTTP_IF_NONE_MATCH='"other"').status == 200
    for nonsense in ("", "yesterday", "Sun, 99 Nov 2026 08:10:43 GMT", "0" * 5000):
        assert site.get("/faq/12/", HTTP_IF_MODIFIED_SINCE=nonsense).status == 200


def test_dates_are_read_as_the_standard_says(site: Site, question: Any, frozen: Callable[..., None]) -> None:
    frozen("2027-01-15T16:00:30")
    last = site.get("/faq/12/").headers["last-modified"]
    moment = dt.datetime.strptime(last, "%a, %d %b %Y %H:%M:%S GMT")
    for same in (last, f"{moment:%A, %d-%b-%y %H:%M:%S} GMT", f"{moment:%a %b} {moment.day:2} {moment:%H:%M:%S %Y}"):
        assert site.get("/faq/12/", HTTP_IF_MODIFIED_SINCE=same).status == 304, same
    older = moment - dt.timedelta(seconds=1)
    for other in (
        f"{older:%a, %d %b %Y %H:%M:%S} GMT",
        f"{moment:%a, %d %b %Y %H:%M:%S} -0100",
        f"{last}, {last}",
        "2099-01-15T08:00:00Z",
    ):
        assert site.get("/faq/12/", HTTP_IF_MODIFIED_SINCE=other).status == 200, other


def test_who_wants_one_page_only_gets_that_or_412(site: Site, question: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch)
    page = site.get("/faq/12/", HTTP_ACCEPT_ENCODING="br")
    etag, before, after = page.headers["etag"], formatdate(0, usegmt=True), formatdate(time.time() + 60, usegmt=True)
    for fits in (
        {"HTTP_IF_MATCH": etag}, {"HTTP_IF_MATCH": f'"x", {etag}'}, {"HTTP_IF_MATCH": "*"}, {"HTTP_IF_UNMODIFIED_SINCE": after},
        {"HTTP_IF_UNMODIFIED_SINCE": "nonsense"}, {"HTTP_IF_MATCH": etag, "HTTP_IF_UNMODIFIED_SINCE": before},
    ):  # fmt: skip
        again = site.get("/faq/12/", HTTP_ACCEPT_ENCODING="br", **fits)
        assert (again.status, again.body) == (200, page.body), fits
    for other in (
        {"HTTP_IF_MATCH": '"x"'}, {"HTTP_IF_MATCH": f"W/{etag}"}, {"HTTP_IF_UNMODIFIED_SINCE": before},
        {"HTTP_IF_MATCH": '"x"', "HTTP_IF_NONE_MATCH": etag},
    ):  # fmt: skip
        refused = site.get("/faq/12/", HTTP_ACCEPT_ENCODING="br", **other)
        assert (refused.status, refused.body, refused.headers["cache-control"]) == (412, b"", "no-store"), other
        assert refused.headers["x-content-type-options"] == "nosniff"
    both = site.get("/faq/12/", HTTP_ACCEPT_ENCODING="br", HTTP_IF_MATCH=etag, HTTP_IF_NONE_MATCH=etag)
    assert both.status == 304
    assert site.get("/faq/404/", HTTP_IF_MATCH='"x"').status == 404
    assert site.asked == ["/faq/12/", "/faq/404/"]


def test_a_range_is_answered_with_the_whole_page(site: Site, question: Any) -> None:
    whole = site.get("/faq/12/")
    part = site.get("/faq/12/", HTTP_RANGE="bytes=0-9", HTTP_IF_RANGE=whole.headers["etag"])
    assert (part.status, part.body) == (200, whole.body)
    assert "accept-ranges" not in part.headers
    assert "content-range" not in part.headers


# Codings


def test_each_coding_holds_the_same_page(site: Site, question: Any) -> None:
    plain = site.get("/faq/12/")
    assert "content-encoding" not in plain.headers
    for coding, undo in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        packed = site.get("/faq/12/", HTTP_ACCEPT_ENCODING=coding)
        assert packed.headers["content-encoding"] == coding
        assert packed.headers["content-length"] == str(len(packed.body))
        assert undo(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 2
    assert plain.headers["vary"] == "Accept-Encoding"
    assert site.asked == ["/faq/12/"]


# Safety


def test_an_editor_sees_and_leaves_what_everybody_sees(site: Site, question: Any) -> None:
    client = Client()
    client.force_login(make_user())
    cookie = f"sessionid={client.cookies['sessionid'].value}; mode=elder; csrftoken=x"
    with_cookie = site.get("/faq/12/", HTTP_COOKIE=cookie)
    assert with_cookie.cache == "miss"
    assert with_cookie.body == Site().get("/faq/12/").body == site.fresh("/faq/12/", HTTP_COOKIE=cookie).body
    for reply in (with_cookie, site.get("/faq/12/")):
        assert "set-cookie" not in reply.headers
        assert reply.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_PORT": "444"},
        {"HTTP_X_FORWARDED_FOR": "1.2.3.4", "HTTP_X_REAL_IP": "1.2.3.4"},
        {"HTTP_X_ORIGINAL_URL": "/admin/", "HTTP_X_REWRITE_URL": "/admin/"},
        {"HTTP_FORWARDED": "host=evil.example;proto=https"},
        {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST", "HTTP_X_METHOD_OVERRIDE": "DELETE"},
        {"HTTP_ORIGIN": "https://evil.example", "HTTP_REFERER": "https://evil.example/"},
        {"HTTP_USER_AGENT": "x" * 60_000, "HTTP_ACCEPT_LANGUAGE": "en", "HTTP_ACCEPT": "application/json"},
        {"HTTP_ACCEPT_ENCODING": "\x00, br;q=nan, gzip;q=-1, ;;, *;q=x" * 500},
        {"HTTP_HOST": "localhost"},
    ],
)
def test_headers_of_one_visitor_never_reach_another(site: Site, question: Any, headers: dict[str, str]) -> None:
    clean = Site().get("/faq/12/")
    poisoned = site.get("/faq/12/", **headers)
    assert (poisoned.status, poisoned.body) == (200, clean.body)
    assert site.get("/faq/12/").body == clean.body
    assert "evil" not in str(poisoned.headers)


def test_a_foreign_host_is_refused_and_never_kept(site: Site, question: Any) -> None:
    site.get("/faq/12/")
    for host in ("evil.example", "127.0.0.1.evil.example", "127.0.0.1:80@evil.example", "", "[::1", "a b", "\x00"):
        reply = site.get("/faq/12/", HTTP_HOST=host)
        assert (reply.status, reply.cache) == (400, "bypass") if host else reply.cache == "bypass"
    assert len(site.memory) == 1


@pytest.mark.parametrize(
    "path",
    [
        "//faq/12/", "/faq//12/", "/faq/12/;x=1", "/faq/12/%2e%2e/", "/FAQ/12/", "/faq/12/\x00", "/faq/\xc0\xaf12/",
        "/faq/12/.", "/faq/%31%32/", "/faq/12%2F", "/faq/012345678901234567890/", "/faq/" + "1" * 5000 + "/", "/./faq/12/",
        "/faq/12/../../admin/", "\\faq\\12\\", "/faq/１２/".encode().decode("latin-1"),
    ],
)  # fmt: skip
def test_odd_paths_answer_as_django_does_and_keep_nothing_wrong(site: Site, question: Any, path: str) -> None:
    for _ in "12":
        reply, fresh = site.get(path), site.fresh(path)
        assert (reply.status, reply.headers.get("location")) == (fresh.status, fresh.headers.get("location"))
        assert reply.status != 500
    assert site.get("/faq/12/").body == site.fresh("/faq/12/").body


def test_unknown_parameters_make_no_entries(site: Site, question: Any) -> None:
    for number in range(10_000):
        assert site.get(f"/faq/12/?utm_{number}={number}&fbclid=x{number}").status == 200
    assert len(site.memory) == 1
    assert site.asked == ["/faq/12/"]


def test_a_number_has_one_spelling(site: Site, question: Any) -> None:
    for zeros in range(1, 30):
        for address in ("/faq/{}12/", "/faq/{}12", "/faq/{}12.md", "/faq/{}12/reminder.ics", "/api/v1/questions/{}12/"):
            assert site.get(address.format("0" * zeros)).status == 404
    assert len(site.memory) == 0
    assert site.get("/sitemap-question-0.xml").status == 200


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "DELETE", "PURGE"])
def test_a_method_that_reads_and_sends_nothing_costs_no_page(
    site: Site, question: Any, method: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        refused = site.get("/faq/12/", method)
    assert (refused.status, refused.body, refused.headers["allow"]) == (405, b"", "GET, HEAD, POST")
    assert refused.headers["x-content-type-options"] == "nosniff"


def test_order_repetition_and_emptiness_of_parameters_make_no_entries(site: Site, question: Any) -> None:
    for query in (
        "topic=filing&mode=large", "mode=large&topic=filing", "topic=none&topic=filing&mode=large", "page=&topic=filing&mode=large",
        "province=&mode=large&topic=filing&page=1", "mode=elder&mode=large&&topic=filing", "%74opic=filing&mode=l%61rge",
    ):  # fmt: skip
        assert site.get(f"/faq/?{query}").status == 200
    assert site.asked == ["/faq/?mode=large&topic=filing"]
    for number in (*range(10), "x", "", "1" * 900, "２"):
        site.get(f"/faq/12/?related={number}", QUERY_STRING=f"related={number}".encode().decode("latin-1"))
    assert len(site.memory) <= 1 + 9


def test_only_secure_requests_get_pages_where_the_site_is_secure(question: Any, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_PROXY_SSL_HEADER = True, ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 60
    site = Site()
    secure = {"HTTP_X_FORWARDED_PROTO": "https"}
    assert [site.get("/faq/12/", **secure).cache for _ in "12"] == ["miss", "hit"]
    assert "strict-transport-security" in site.get("/faq/12/", **secure).headers
    for headers in ({}, {"HTTP_X_FORWARDED_PROTO": "http"}, {"HTTP_X_FORWARDED_PROTO": "http, https"}):
        plain = site.get("/faq/12/", **headers)
        assert (plain.status, plain.cache) == (301, "bypass")
        assert plain.headers["location"] == "https://127.0.0.1/faq/12/"


def test_maintenance_wins_over_the_cache(site: Site, question: Any, settings: Any, tmp_path: Path) -> None:
    settings.MAINTENANCE_FILE = tmp_path / "maintenance"
    assert [site.get("/faq/12/").cache for _ in "12"] == ["miss", "hit"]
    call_command("maintenance", "on", verbosity=0)
    assert (site.get("/faq/12/").status, site.get("/faq/12/").cache) == (503, "bypass")
    call_command("maintenance", "off", verbosity=0)
    assert site.get("/faq/12/").cache == "hit"


# Trouble


def test_pages_in_memory_outlive_the_database(site: Site, question: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.get("/faq/12/")
    monkeypatch.setattr(version, "PAUSE", 0)

    def down(source: str) -> Any:
        raise OperationalError("down")

    monkeypatch.setattr(version, "_read", down)
    assert site.get("/faq/12/").cache == "hit"
    version.forget()  # a new process that never knew a version keeps nothing, but still serves
    assert (site.get("/about/").status, site.get("/about/").cache) == (200, "bypass")


def test_a_page_from_another_database_than_the_version_is_not_kept(
    site: Site, question: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version, "PAUSE", 60)
    version.forget()
    version.current()
    monkeypatch.setattr(version, "_known", replace(version._known, source="replica"))
    assert (site.get("/faq/12/").status, site.get("/faq/12/").cache, len(site.memory)) == (200, "bypass", 0)


def test_one_request_renders_and_the_others_wait(site: Site, question: Any) -> None:
    began, go_on = threading.Event(), threading.Event()
    pages = {"/about/": b"one", "/glossary/": b"two"}
    asked: list[str] = []

    def slow(environ: dict[str, Any], start_response: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        began.set()
        go_on.wait(5)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "public, max-age=60")])
        return [pages[environ["PATH_INFO"]]]

    site.front = Front(slow, site.memory)
    version.current()  # known: threads of this test have no database
    waited, replies = counters.read()["waited"], []
    threads = [threading.Thread(target=lambda: replies.append(site.get("/about/"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    began.wait(5)
    while counters.read()["waited"] < waited + 7:
        time.sleep(0.005)
    go_on.set()
    for thread in threads:
        thread.join()
    assert asked == ["/about/"]
    assert sorted(reply.cache for reply in replies) == ["hit"] * 7 + ["miss"]
    assert {reply.body for reply in replies} == {b"one"}


def test_an_error_while_rendering_is_nobody_else_s(site: Site, question: Any) -> None:
    failures = iter([True, False])

    def fail() -> None:
        if next(failures, False):
            raise RuntimeError("broken")

    site.before = fail
    with pytest.raises(RuntimeError):
        site.get("/faq/12/")
    assert site.get("/faq/12/").cache == "miss"


@pytest.mark.parametrize(
    "headers",
    [
        [("Set-Cookie", "a=b"), ("Cache-Control", "public, max-age=1")],
        [("Cache-Control", "private, max-age=1")],
        [("Cache-Control", "public, no-store")],
        [("Vary", "Cookie"), ("Cache-Control", "public, max-age=1")],
        [],
    ],
)
def test_an_answer_that_is_not_for_everybody_is_not_kept(site: Site, headers: list[tuple[str, str]]) -> None:
    def answer(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", headers)
        return iter([b"mine"])

    site.front = Front(answer, site.memory)
    assert [site.get("/about/").cache for _ in "12"] == ["bypass", "bypass"]
    assert len(site.memory) == 0


# The whole


def test_counters_say_what_the_header_says(site: Site, question: Any) -> None:
    before = counters.read()
    etag = site.get("/faq/12/").headers["etag"]
    site.get("/faq/12/")
    site.get("/faq/12/", HTTP_IF_NONE_MATCH=etag)
    site.get("/healthz")
    after = counters.read()
    assert {name: after[name] - before[name] for name in counters.ANSWERS} == dict.fromkeys(counters.ANSWERS, 1)


def test_it_can_be_switched_off(settings: Any) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        return []

    settings.PAGE_CACHE, settings.CACHE_URL = False, ""
    assert in_front_of(application) is application
    settings.PAGE_CACHE = True
    assert isinstance(in_front_of(application), Front)


def test_a_release_is_known_by_its_files_and_settings(settings: Any) -> None:
    first = release.fingerprint()
    assert first == release.fingerprint()
    settings.SITE_OPERATOR = "别的编辑部"
    assert release.fingerprint() != first
    assert release.made_at() <= time.time()


def test_all_processes_of_a_release_share_their_pages() -> None:
    told = "import django; django.setup(); from yibao_site.page_cache import release; print(release.fingerprint())"
    environment = {"PATH": os.environ["PATH"], "SECRET_KEY": "s" * 60, "DJANGO_SETTINGS_MODULE": "yibao_site.settings"}
    found = {
        subprocess.run(
            [sys.executable, "-c", told], cwd=site_settings.BASE_DIR, env={**environment, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(found) == 1
