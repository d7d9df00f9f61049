"""Pages that processes share in Redis: one renders for all, and nobody needs Redis to serve."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from publishing import version
from taxonomy.models import Topic
from tests.factories import make_question
from tests.wsgi import Site
from yibao_site.page_cache import counters, shared
from yibao_site.page_cache.entries import Entry, packed, unpacked
from yibao_site.page_cache.front import Front
from yibao_site.page_cache.shared import Shared

pytestmark = [pytest.mark.django_db, pytest.mark.redis]


@pytest.fixture
def url() -> Iterator[str]:
    """Redis without any page in it."""
    found = os.environ["TEST_REDIS_URL"]
    yield found
    with redis.from_url(found) as client:
        for key in client.scan_iter("page:test*"):
            client.delete(key)


@pytest.fixture
def two(url: str) -> tuple[Site, Site]:
    """Two processes of one release."""
    make_question(pk=12)
    return Site(Shared(url, "test")), Site(Shared(url, "test"))


def test_what_one_process_rendered_the_other_serves(two: tuple[Site, Site]) -> None:
    one, other = two
    before = counters.read()["shared"]
    first, second = one.get("/faq/12/"), other.get("/faq/12/")
    assert (first.cache, second.cache) == ("miss", "hit")
    assert first.body == second.body
    assert {**first.headers, "x-cache": ""} == {**second.headers, "x-cache": ""}
    assert (one.asked, other.asked) == (["/faq/12/"], [])
    assert counters.read()["shared"] == before + 1
    assert other.get("/faq/12/").cache == "hit"
    assert counters.read()["shared"] == before + 1  # the second time from its own memory


def test_an_old_page_is_rendered_anew_and_keeps_its_date_if_it_says_the_same(two: tuple[Site, Site]) -> None:
    one, other = two
    before = {path: one.get(path) for path in ("/about/", "/topics/")}
    Topic.objects.update(name="改过的栏目")
    version.forget()
    assert "改过的栏目" in other.get("/topics/").text
    assert other.get("/topics/").headers["etag"] != before["/topics/"].headers["etag"]
    about = other.get("/about/")
    assert about.cache == "miss"
    for name in ("etag", "last-modified"):
        assert about.headers[name] == before["/about/"].headers[name]


def test_another_release_sees_nothing_of_it(url: str, two: tuple[Site, Site]) -> None:
    two[0].get("/faq/12/")
    assert Site(Shared(url, "test-next")).get("/faq/12/").cache == "miss"


def test_what_is_no_page_is_not_shared(url: str, two: tuple[Site, Site]) -> None:
    for _ in "12":
        assert two[0].get("/faq/404/").cache == "bypass"
    with redis.from_url(url) as client:
        assert not list(client.scan_iter("page:test*"))


@pytest.mark.parametrize("rubbish", [b"", b"\x00", b"[]\n", b"not json\nbody", b'["v","200 OK",[],1,true]\nnot brotli'])
def test_rubbish_in_redis_is_no_page(url: str, two: tuple[Site, Site], rubbish: bytes) -> None:
    with redis.from_url(url) as client:
        client.set("page:test:/faq/12/?", rubbish)
    assert two[0].get("/faq/12/").cache == "miss"


def test_an_entry_comes_back_as_it_was() -> None:
    entry = Entry("v1", "200 OK", [("Content-Type", "text/html"), ("Link", "<中>")], "正文".encode() * 99, 7, False)
    assert unpacked(packed(entry)) == entry


# Many at once


def slow_front(site: Site, asked: list[str], go_on: threading.Event) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        go_on.wait(5)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "public, max-age=60")])
        return [b"page"]

    site.front = Front(application, site.memory, site.shared)


def test_one_process_renders_and_the_others_wait(two: tuple[Site, Site]) -> None:
    asked: list[str] = []
    replies: list[str] = []
    go_on = threading.Event()
    version.current()  # known: threads of this test have no database
    for site in two:
        slow_front(site, asked, go_on)
    threads = [threading.Thread(target=lambda site=site: replies.append(site.get("/about/").cache)) for site in two * 3]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    go_on.set()
    for thread in threads:
        thread.join()
    assert asked == ["/about/"]
    assert sorted(replies) == ["hit"] * 5 + ["miss"]


def test_a_process_that_died_while_rendering_holds_nobody_up_for_long(
    url: str, two: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "RENDERING", 0.3)
    with redis.from_url(url) as client:
        client.set("page:test:turn:/faq/12/?", "dead", px=60_000)
    began = time.monotonic()
    assert two[0].get("/faq/12/").cache == "miss"
    assert 0.3 <= time.monotonic() - began < 3


# Redis down


class Line:
    """A line to Redis that can be cut and mended."""

    def __init__(self, url: str) -> None:
        self.target, self.is_up = urlsplit(url), True
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}{self.target.path}"
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if not self.is_up:
                near.close()
                continue
            far = socket.create_connection((self.target.hostname or "", self.target.port or 6379))
            self.open += [near, far]
            threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    @staticmethod
    def _carry(near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        try:
            while True:
                for ready in select.select([near, far], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    other[ready].sendall(data)
        except (OSError, ValueError):
            return
        finally:
            near.close()
            far.close()

    def cut(self) -> None:
        self.is_up = False
        for end in self.open:
            if end.fileno() != -1:
                end.shutdown(socket.SHUT_RDWR)
        self.open.clear()


def test_without_redis_pages_are_served_and_the_log_says_so_once(
    url: str, two: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared, "PAUSE", 0.2)
    line = Line(url)
    site = Site(Shared(line.url, "test"))
    assert site.get("/faq/12/").cache == "miss"
    line.cut()
    assert site.get("/faq/12/").cache == "hit"
    failures = counters.read()["shared_failed"]
    pages = ("/about/", "/topics/", "/glossary/", "/policies/", "/provinces/")
    began = time.monotonic()
    assert [site.get(page).cache for page in pages] == ["miss"] * 5
    assert [site.get(page).cache for page in pages] == ["hit"] * 5
    assert time.monotonic() - began < 10
    assert counters.read()["shared_failed"] > failures
    said = [record.message for record in caplog.records if record.name == "yibao_site.page_cache.shared"]
    assert len(said) == 1
    line.is_up = True
    time.sleep(0.25)
    assert site.get("/site-map/").cache == "miss"
    assert two[0].get("/site-map/").cache == "hit"
    said = [record.message for record in caplog.records if record.name == "yibao_site.page_cache.shared"]
    assert said[1:] == ["The shared page cache answers again."]
    line.listener.close()
    line.cut()
