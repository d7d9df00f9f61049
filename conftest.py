"""What every test may use: a frozen day, the site's content, a running site, Chromium."""

from __future__ import annotations

import datetime as dt
import gc
import os
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.cache import caches
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import connection
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Headless, alone, and silent towards the world.
CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
CHINA = ZoneInfo("Asia/Shanghai")

# Playwright keeps an event loop in the test's thread; Django would refuse to touch the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


# Which tests run


def on_postgres() -> bool:
    """Whether this run is on PostgreSQL."""
    return settings.DATABASES["default"]["ENGINE"].endswith("postgresql")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks the tests that use a browser, early enough for `-m`."""
    if "browser" in getattr(item, "fixturenames", ()):
        item.add_marker("browser")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drops and orders tests: those that need the whole content come last, so that the others start empty."""
    other = "sqlite" if on_postgres() else "postgres"
    if gone := {item for item in items if item.get_closest_marker(other)}:
        config.hook.pytest_deselected(items=list(gone))
    items[:] = sorted((item for item in _of_this_part(items) if item not in gone), key=_content_last)


def _of_this_part(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests that PART, such as "1/2", gives to this run: whole files, dealt out from the fullest to the emptiest."""
    number, count = map(int, os.environ.get("PART", "1/1").split("/"))
    files = Counter(item.path for item in items)
    own = {path for path, _ in files.most_common()[number - 1 :: count]}
    return [item for item in items if item.path in own]


def _content_last(item: pytest.Item) -> tuple[bool, bool]:
    names = getattr(item, "fixturenames", ())
    return "content" in names, "content" in names and "transactional_db" in names


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Opens the running site, and skips tests of Redis where there is none."""
    _closed.clear()
    if item.get_closest_marker("redis") and not os.environ.get("TEST_REDIS_URL"):
        pytest.skip("TEST_REDIS_URL is not set")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Turns a skip into a failure where everything must run (CI)."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped although REQUIRE_ALL=1: {report.longrepr[2]}"
    return report


# What every test would pay for


def pytest_collection_finish() -> None:
    """Nothing that was imported will ever be garbage: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The test database with the three groups in it, which `make_user` would otherwise make again for every user."""
    if any(item.get_closest_marker("browser") for item in request.session.items):
        return  # few users, and tables emptied after most tests
    from publishing import append_only
    from publishing.models import AuditEvent
    from publishing.roles import ensure_roles

    with django_db_blocker.unblock():
        ensure_roles()
        append_only.uninstall()
        AuditEvent.objects.all().delete()  # every test begins with an empty trail
        append_only.install()


# Time and state


@pytest.fixture
def frozen() -> Iterator[Callable[..., None]]:
    """Gives back `frozen(day)`: from then on it is noon of that day in China, until the test ends or the next call."""
    travels: list[time_machine.travel] = []

    def freeze(day: str | dt.date | dt.datetime, *, tick: bool = False) -> None:
        while travels:
            travels.pop().stop()
        travels.append(time_machine.travel(_moment(day), tick=tick))
        travels[0].start()

    yield freeze
    while travels:
        travels.pop().stop()


def _moment(day: str | dt.date | dt.datetime) -> dt.datetime:
    """The moment meant: a text is read as ISO, a bare day is its noon, a time without zone is China's."""
    if isinstance(day, str):
        day = dt.datetime.fromisoformat(day) if "T" in day or " " in day else dt.date.fromisoformat(day)
    if not isinstance(day, dt.datetime):
        day = dt.datetime.combine(day, dt.time(12))
    return day if day.tzinfo else day.replace(tzinfo=CHINA)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Starts and leaves every test with empty caches; a test that is undone may leave a content version behind."""
    from publishing import version

    version.forget()
    for each in caches.settings:
        caches[each].clear()
    yield
    for each in caches.settings:
        caches[each].clear()


@pytest.fixture(autouse=True)
def _trail_can_be_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Lifts the triggers of the trail after a test that ends by emptying all tables; emptying puts them back."""
    marker = request.node.get_closest_marker("django_db")
    is_emptied = {"transactional_db", "live_server"} & set(request.fixturenames) or (
        marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,))
    )
    if is_emptied:
        request.getfixturevalue("transactional_db")  # so that this one is undone first
    yield
    if is_emptied:
        from publishing import append_only

        append_only.uninstall()


# The whole content


@pytest.fixture(scope="session")
def _content_loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        if not _content_copied():
            load_content()
            _keep_content()


def _content_copied() -> bool:
    """Whether the database now is the copy that an earlier run of the same `make test` left at CONTENT_COPY."""
    copy = Path(os.environ.get("CONTENT_COPY", ""))
    if on_postgres() or not copy.is_file():
        return False
    from django.contrib.contenttypes.models import ContentType

    connection.ensure_connection()
    with closing(sqlite3.connect(copy)) as kept:
        kept.backup(connection.connection)
    ContentType.objects.clear_cache()
    return True


def _keep_content() -> None:
    """Leaves a copy for the runs that come after this one; it appears there whole or not at all."""
    if not on_postgres() and (copy := os.environ.get("CONTENT_COPY")):
        with closing(sqlite3.connect(part := Path(f"{copy}.{os.getpid()}"))) as kept:
            connection.connection.backup(kept)
        part.replace(copy)


@pytest.fixture
def content(_content_loaded: None, db: None) -> None:
    """The content of fixtures/ in the database: loaded once a session, again only after a test emptied all tables."""
    from faq.models import Question

    if not Question.objects.exists():
        load_content()


def load_content() -> None:
    """Loads fixtures/ with the groups that own its pages."""
    from publishing.roles import ensure_roles

    ensure_roles()
    call_command("load_content", settings.BASE_DIR / "fixtures", verbosity=0)


# The running site and the browser


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """Starts Playwright before the database where any test needs it: Django keeps one connection for code under an event
    loop and another for code outside, and a database in memory must be made by the one that the tests will use."""
    if any(item.get_closest_marker("browser") for item in request.session.items):
        request.getfixturevalue("playwright")


@pytest.fixture(scope="session")
def _server(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[LiveServer]:
    with django_db_blocker.unblock():
        server = LiveServer("127.0.0.1", start=False)
        server.thread.static_handler = StaticFilesHandler  # finds files of apps; no collectstatic
        server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def live_server(_server: LiveServer) -> LiveServer:
    """pytest-django's live server: real commits, and all tables emptied after the test."""
    return _server


@pytest.fixture
def site(_server: LiveServer, content: None, settings: Any) -> str:
    """The address of the running site with its whole content. On SQLite, what the test changes is undone after it;
    nothing is ever committed, so `on_commit` does not fire: use `live_server` for that."""
    settings.SITE_URL = _server.url
    return _server.url


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Cuts the browser off before the tables are emptied: what an open page still stores would break the next test."""
    page = getattr(item, "funcargs", {}).get("page")
    if page is not None and "live_server" in item.fixturenames and hasattr(page, "context"):
        page.context.set_offline(True)
        _closed.set()
        deadline = time.monotonic() + 10
        while _running and time.monotonic() < deadline:
            time.sleep(0.05)
        _running.clear()


# One entry for each request that the running site is answering now; while it is closed, none that comes late begins.
_running: list[None] = []
_closed = threading.Event()


def _begun(**_: Any) -> None:
    if _closed.is_set():
        raise ConnectionAbortedError("the test is over")
    _running.append(None)


def _ended(**_: Any) -> None:
    if _running:
        _running.pop()


request_started.connect(_begun)
request_finished.connect(_ended)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Playwright's launch options for the system's Chromium; skips the test where there is none."""
    if not CHROMIUM:
        pytest.skip("no Chromium found")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_ARGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A reader in China."""
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
