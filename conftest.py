"""What every test may use: a frozen day, the site's content, a running site, Chromium."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.cache import cache
from django.core.management import call_command
from django.core.signals import request_finished, request_started
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
    dropped = [item for item in items if item.get_closest_marker(other)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
    items[:] = sorted((item for item in items if item not in dropped), key=_content_last)


def _content_last(item: pytest.Item) -> tuple[bool, bool]:
    names = getattr(item, "fixturenames", ())
    return "content" in names, "content" in names and "transactional_db" in names


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips tests of Redis where there is none."""
    if item.get_closest_marker("redis") and not os.environ.get("TEST_REDIS_URL"):
        pytest.skip("TEST_REDIS_URL is not set")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Turns a skip into a failure where everything must run (CI)."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped although REQUIRE_ALL=1: {report.longrepr[2]}"
    return report


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
    cache.clear()
    yield
    cache.clear()


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
        load_content()


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
        time.sleep(0.2)  # for what is already on its way
        deadline = time.monotonic() + 10
        while _running and time.monotonic() < deadline:
            time.sleep(0.05)
        _running.clear()


# One entry for each request that the running site is answering now.
_running: list[None] = []


def _begun(**_: Any) -> None:
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
