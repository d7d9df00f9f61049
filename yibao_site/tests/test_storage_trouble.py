"""A full disk, a read-only database, a database that is gone: readers go on reading, and nobody loses a word."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from PIL import Image

from faq.models import Question
from feedback.models import ErrorReport, HelpfulVote, ReaderQuestion
from feedback.tests.conftest import Reader
from publishing.drafts import open_draft
from publishing.models import AuditEvent, State
from publishing.roles import Role
from publishing.tests.desk_forms import text_form, text_url
from tests.factories import make_article, make_province, make_question, make_topic, make_user
from tests.limits import no_room
from yibao_site import storage_trouble
from yibao_site.collected import CollectedFiles
from yibao_site.storage_trouble import Trouble, trouble_of

WORDS = "先打参保地医保热线，问清楚要不要备案，再决定住哪家医院；这一句很长，丢了要重写。"
LONG = f"<p>{WORDS * 1000}</p>"  # more than any page of the database has room for
PAGES = [
    "/", "/faq/", "/articles/", "/topics/", "/topics/filing/", "/provinces/", "/provinces/jiangsu/", "/policies/", "/search/?q=备案",
    "/search/suggest/?q=备", "/filing/", "/ask/", "/about/corrections/", "/site-map/", "/sitemap.xml", "/feed.atom", "/api/v1/",
    "/llms.txt", "/glossary/", "/healthz",
]  # fmt: skip


@contextmanager
def read_only() -> Iterator[None]:
    """The database reads and refuses every write, as a standby or a read-only file system does."""
    on, off = {
        "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
        "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(on)
        try:
            yield
        finally:
            cursor.execute(off)


@contextmanager
def full() -> Iterator[None]:
    """The SQLite database may not grow by one page, and has none to spare."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE ballast (block BLOB)")
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages + 4}")
        for size in (4000, 400, 40):
            with suppress(OperationalError):
                for _ in range(20_000):
                    cursor.execute("INSERT INTO ballast VALUES (zeroblob(%s))", [size])
        try:
            yield
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
            cursor.execute("DROP TABLE ballast")


Broken = Callable[[], AbstractContextManager[None]]


@pytest.fixture(params=[read_only, pytest.param(full, marks=pytest.mark.sqlite)])
def broken(request: pytest.FixtureRequest) -> Broken:
    return request.param


@pytest.fixture
def pages(transactional_db: None) -> Question:
    """A small site whose every page has been opened once, as on a site that runs."""
    province = make_province()
    make_topic()
    make_question("去外省住院要先备案吗？", provinces=[province])
    make_article()
    question = make_question()
    reader = Client()
    for path in PAGES:
        assert reader.get(path).status_code == 200, path
    return question


@pytest.fixture(autouse=True)
def _unheard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_trouble, "_logged", {})


def logged_in(role: Role = Role.REVIEWER) -> tuple[Client, Any]:
    client, user = Client(), make_user(role=role)
    client.force_login(user)
    return client, user


# Readers


def test_pages_are_served_as_before(pages: Question) -> None:
    reader = Client()
    with read_only():
        for path in [*PAGES, pages.get_absolute_url()]:
            assert reader.get(path).status_code == 200, path
        beacon = Reader().post("/feedback/view/", f"question/{pages.pk}", content_type="text/plain")
        assert beacon.status_code in {200, 404}, "counting is no reason to fail"


def test_forms_of_readers_say_that_nothing_was_taken(pages: Question) -> None:
    reader, report = Reader(), f"/feedback/report/question/{pages.pk}/"
    vote = {"kind": "question", "page": pages.pk, "revision": 1, "helpful": "yes"}
    with read_only():
        answers = [
            reader.ask(WORDS),
            reader.report(report, wrong=WORDS),
            reader.post("/feedback/helpful/", vote),
        ]
    for answer in answers:
        assert answer.status_code == 503
        assert "过几分钟" in answer.content.decode()
    assert all(WORDS in unescape(answer.content.decode()) for answer in answers[:2])
    assert not ReaderQuestion.objects.exists()
    assert not ErrorReport.objects.exists()
    assert not HelpfulVote.objects.exists()
    assert reader.ask(WORDS).status_code == 200, "afterwards it works again"


# Editors


def test_a_saved_text_is_given_back_and_can_be_sent_again(pages: Question, broken: Broken) -> None:
    client, user = logged_in()
    draft = open_draft(pages, user)
    data = text_form(client, draft) | {"body": LONG, "summary": "短答", "steps": "第一步\n第二步"}
    events = AuditEvent.objects.count()
    with broken():
        assert client.get(text_url(draft)).status_code == 200, "reading goes on"
        answer = client.post(text_url(draft), data)
    draft.refresh_from_db()
    html = answer.content.decode()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "120"
    assert answer["Cache-Control"] == "no-store"
    assert "您写的都在下面" in html
    assert WORDS not in draft.body
    assert AuditEvent.objects.count() == events
    sent_again = dict(fields_of(html))
    assert sent_again["body"] == LONG
    assert client.post(text_url(draft), sent_again).status_code == 302
    draft.refresh_from_db()
    assert WORDS in draft.body
    assert draft.summary == "短答"
    assert draft.lines("steps") == ["第一步", "第二步"]


def fields_of(html: str) -> Iterator[tuple[str, str]]:
    """What a browser would send of the form."""

    class Form(HTMLParser):
        found: dict[str, str] = {}
        inside = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "input":
                self.found[given["name"]] = given.get("value") or ""
            elif tag == "textarea":
                self.inside = given["name"]
                self.found[self.inside] = ""

        def handle_endtag(self, tag: str) -> None:
            self.inside = "" if tag == "textarea" else self.inside

        def handle_data(self, data: str) -> None:
            if self.inside:
                # The first line break after <textarea> is markup.
                self.found[self.inside] += data if self.found[self.inside] else data.removeprefix("\n")

    parser = Form()
    parser.found = {}
    parser.feed(html)
    yield from parser.found.items()


def test_autosave_says_so_and_the_browser_keeps_the_words(pages: Question, broken: Broken) -> None:
    client, user = logged_in()
    draft = open_draft(pages, user)
    data = text_form(client, draft) | {"summary": WORDS, "body": LONG}
    with broken():
        answer = client.post(text_url(draft, "autosave"), json.dumps(data), content_type="application/json")
    assert answer.status_code == 503, "from 500 on, the page keeps the text and tries again"
    assert "没有存上" in answer.json()["error"]
    draft.refresh_from_db()
    assert draft.summary != WORDS


def test_publishing_happens_wholly_or_not_at_all(pages: Question) -> None:
    client, _ = logged_in()
    draft = open_draft(pages, make_user(role=Role.WRITER))
    data = text_form(client, draft) | {"_publish": "1"}
    with read_only():
        assert client.post(text_url(draft), data).status_code == 503
    pages.refresh_from_db()
    draft.refresh_from_db()
    assert pages.live_id != draft.pk
    assert draft.state == State.DRAFT


def test_coming_in_and_going_out_say_why_not(pages: Question) -> None:
    user, client = make_user(), Client()
    with read_only():
        answer = client.post("/admin/login/", {"username": user.username, "password": "Pass-word-of-tests-1"})
        wrong = client.post("/admin/login/", {"username": user.username, "password": "wrong-wrong-wrong"})
    html = answer.content.decode()
    assert (answer.status_code, wrong.status_code) == (503, 503)
    assert "Pass-word" not in html
    assert "只能读" in html
    client.force_login(user)
    with read_only():
        assert client.post("/admin/logout/").status_code == 503
        assert client.get("/admin/").status_code == 200


def test_a_picture_that_finds_no_room_and_is_sent_again(pages: Question, settings: Any, tmp_path: Path) -> None:
    """Half of it, left under the name of its content, would be taken for the whole one for ever."""
    settings.MEDIA_ROOT = tmp_path
    client, picture = logged_in()[0], BytesIO()
    Image.effect_noise((400, 400), 80).save(picture, "PNG")

    def sent() -> Any:
        file = SimpleUploadedFile("a.png", picture.getvalue(), "image/png")
        return client.post("/admin/faq/questionrevision/upload/", {"upload": file})

    with no_room(20_000):
        answer = sent()
    assert answer.status_code == 503
    assert "磁盘满了" in answer.json()["error"]["message"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    address = sent().json()["url"]
    Image.open(BytesIO(b"".join(Client().get(address)))).load()


def test_a_session_that_cannot_be_stored(pages: Question, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails in middleware, after the view; no traceback may reach anybody."""
    client, _ = logged_in()
    session = client.session
    session["some"] = "thing"
    session.save()

    def touching(get_response: Any) -> Any:
        def middleware(request: Any) -> Any:
            request.session["other"] = "thing"
            return get_response(request)

        return middleware

    monkeypatch.setattr("yibao_site.modes.carry_mode", touching)
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = session.session_key
    with read_only():
        answer = client.get("/admin/")
    assert answer.status_code == 503
    assert "暂时打不开" in answer.content.decode()


# The log, and what counts as trouble


def test_the_log_says_it_once_a_minute(pages: Question, caplog: pytest.LogCaptureFixture) -> None:
    client, user = logged_in()
    draft = open_draft(pages, user)
    data = json.dumps(text_form(client, draft) | {"summary": WORDS})
    with read_only():
        for _ in range(5):
            client.post(text_url(draft, "autosave"), data, content_type="application/json")
    loud = [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}]
    assert [record.name for record in loud] == ["yibao_site.storage_trouble"]
    assert "READ_ONLY" in loud[0].getMessage()


def django_error(cause: Exception) -> OperationalError:
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (django_error(sqlite_error(sqlite3.SQLITE_FULL)), Trouble.FULL),
        (django_error(sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED)), Trouble.READ_ONLY),
        (django_error(sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT)), Trouble.BUSY),
        (django_error(sqlite_error(sqlite3.SQLITE_IOERR_WRITE)), Trouble.DOWN),
        (django_error(sqlite_error(sqlite3.SQLITE_ERROR)), None),
        (django_error(psycopg.errors.DiskFull("x")), Trouble.FULL),
        (django_error(psycopg.errors.ReadOnlySqlTransaction("x")), Trouble.READ_ONLY),
        (django_error(psycopg.errors.AdminShutdown("x")), Trouble.DOWN),
        (django_error(psycopg.errors.CannotConnectNow("x")), Trouble.DOWN),
        (django_error(psycopg.errors.UndefinedTable("x")), None),
        (django_error(psycopg.errors.UniqueViolation("x")), None),
        (django_error(psycopg.errors.QueryCanceled("x")), None),
        (django_error(psycopg.OperationalError("connection refused")), Trouble.DOWN),
        (OSError(errno.ENOSPC, "x"), Trouble.FULL),
        (OSError(errno.EROFS, "x"), Trouble.READ_ONLY),
        (FileNotFoundError(errno.ENOENT, "x"), None),
        (ValueError("x"), None),
        (None, None),
    ],
)
def test_what_is_trouble_and_what_is_a_mistake(error: Exception | None, expected: Trouble | None) -> None:
    assert trouble_of(error) == expected


# For real: a file system without room


@pytest.mark.sqlite
def test_a_disk_that_is_really_full(pages: Question, tmp_path: Path) -> None:
    """The site on a file system of its own (where this machine lets us mount one) or under a limit on file sizes."""
    user = make_user("writer", role=Role.WRITER)
    draft = open_draft(pages, user)
    site = tmp_path / "site"
    site.mkdir()
    copy = sqlite3.connect(tmp_path / "site.sqlite3")
    connection.connection.backup(copy)
    copy.close()
    size = (tmp_path / "site.sqlite3").stat().st_size
    mounted = not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size + 3_000_000}", "tmpfs", str(site)], capture_output=True, check=False
    ).returncode
    try:
        (site / "site.sqlite3").write_bytes((tmp_path / "site.sqlite3").read_bytes())
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{site}/site.sqlite3", "CACHE_URL": "", "VIEWS_DIR": str(site),
                       "DJANGO_SETTINGS_MODULE": "tests.settings"}  # fmt: skip
        command = [
            sys.executable,
            "-m",
            "yibao_site.tests.full_disk",
            str(draft.pk),
            "mounted" if mounted else "limited",
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(site)], check=True)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said == {
        "read": [200, 200, 200],
        "save": 503,
        "ask": 503,
        "beacon": 200,
        "kept": True,
        "whole": "ok",
        "after": 302,
    }


def test_a_static_file_is_collected_whole_or_not_at_all(tmp_path: Path) -> None:
    """`collectstatic` leaves alone what looks newer than its source, so half a file would stay half."""
    files = CollectedFiles(location=tmp_path)
    with no_room(10_000), pytest.raises(OSError, match="too large"):
        files.save("js/desk.js", ContentFile(b"/" * 20_000))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files.save("js/desk.js", ContentFile(b"/" * 20_000)) == "js/desk.js"
    assert files.size("js/desk.js") == 20_000
