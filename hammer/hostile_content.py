"""The whole corpus of hostile words in every row, through every way in, at every place, and in a real browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserType, sync_playwright

from hammer.report import Line
from tests.hostile.corpus import corpus

TIMES = len(corpus())
NEEDS = ("chromium",)


def run(times: int) -> list[Line]:
    """Lines for the sanitiser, the places, the doors and the browser."""
    from tests.hostile.site_here import whole_site

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # Playwright first: Django keeps another connection under its event loop, and the database is in memory.
    with sync_playwright() as playwright, whole_site():
        payloads = corpus()[:times]
        return [_cleaned(payloads), _shown(times), _sent(payloads), *_browsed(playwright.chromium, payloads)]


def _cleaned(payloads: Any) -> Line:
    """Every payload before, inside and behind every other of its neighbours, cleaned and parsed."""
    from publishing.richtext import sanitise
    from tests.hostile.inspection import survivors

    broke, tried = [], 0
    for payload, other in zip(payloads, payloads[7:] + payloads[:7], strict=True):
        for html in (
            payload.text + other.text,
            f"<p>{payload.text}<table><tr><td>{other.text}",
            f"<ul><li>{other.text}<blockquote>{payload.text}",
        ):
            clean, tried = sanitise(html), tried + 1
            if (found := survivors(clean, fragment=True)) or sanitise(clean) != clean:
                broke.append(f"{payload.id} and {other.id}: {found}")
    return Line("pairs of payloads through the sanitiser", tried, broke)


def _shown(times: int) -> Line:
    """Rounds in which every word of every row is a payload, each round another; every place looked at in each."""
    from django.db import transaction
    from django.test import Client

    from publishing.roles import Role
    from tests.factories import make_user
    from tests.hostile.places import admin_places, look, public_places
    from tests.hostile.scene import poison

    broke, tried = [], 0
    for offset in range(0, times, 202):
        with transaction.atomic():
            poison(offset)
            editor = Client(raise_request_exception=False)
            editor.force_login(make_user(f"looks{offset}", role=Role.ADMINISTRATOR, is_superuser=True))
            for client, places in (
                (Client(raise_request_exception=False), public_places(60)),
                (editor, admin_places(25)),
            ):
                for place in places:
                    tried += 1
                    broke += look(client, place)[1]
            transaction.set_rollback(True)
    return Line("places looked at, all words hostile", tried, broke)


def _sent(payloads: Any) -> Line:
    """Every payload through the quick doors, one of each family through the slow ones."""
    from django.db import transaction
    from django.test import Client

    from publishing.roles import Role
    from tests.factories import make_user
    from tests.hostile.corpus import sample
    from tests.hostile.doors import DOORS, SLOW
    from tests.hostile.test_doors import wrong_answers

    broke, tried = [], 0
    for door in DOORS:
        for payload in sample(min(16, len(payloads))) if door in SLOW else payloads:
            with transaction.atomic():
                client = Client(raise_request_exception=False)
                client.force_login(make_user(role=Role.ADMINISTRATOR, is_superuser=True))
                broke += wrong_answers(door, client, payload)
                tried += 1
                transaction.set_rollback(True)
    return Line("payloads through forms, files, links and headers", tried, broke)


def _browsed(chromium: BrowserType, payloads: Any) -> list[Line]:
    """The rendered pages of each payload, and each payload pasted into the editor, in Chromium without a policy."""
    from django.conf import settings
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from pytest_django.live_server_helper import LiveServer

    with tempfile.TemporaryDirectory() as folder:
        browser = chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        server = LiveServer("127.0.0.1", start=False)
        server.thread.static_handler = StaticFilesHandler
        server.start()
        settings.SITE_URL, settings.VIEWS_DIR = server.url, str(Path(folder) / "views")
        try:
            return [_visited(browser, server.url, len(payloads)), _pasted(browser, server.url, payloads)]
        finally:
            server.stop()
            browser.close()


def _visited(browser: Any, own: str, times: int) -> Line:
    from faq.models import Question
    from tests.hostile.browsing import watched
    from tests.hostile.places import admin_places, public_places
    from tests.hostile.scene import poison

    broke, tried = [], 0
    for offset in range(0, times, 202):
        poison(offset)
        pages = [f"/faq/{pk}/" for pk in Question.objects.live().values_list("pk", flat=True)]
        others = [
            place.url
            for place in public_places(6)
            if not place.url.endswith((".xml", ".txt", ".md", ".atom", ".ics", ".json"))
        ]
        with watched(browser, own, _session(f"sees{offset}")) as window:
            for path in [*pages, *others, *(place.url for place in admin_places(6) if "export" not in place.name)]:
                tried += 1
                broke += window.visit(path)
    return Line("pages opened in Chromium without a policy, all words hostile", tried, broke)


def _pasted(browser: Any, own: str, payloads: Any) -> Line:
    from faq.models import Question
    from publishing.addresses import admin_url
    from publishing.drafts import open_draft
    from publishing.richtext import sanitise
    from tests.hostile.browsing import paste, watched
    from tests.hostile.inspection import survivors

    draft, broke = open_draft(Question.objects.live().first(), None), []
    with watched(browser, own, _session("pastes")) as window:
        window.page.goto(f"{own}{admin_url(draft)}")
        window.page.wait_for_function("window.CKEDITOR && Object.values(CKEDITOR.instances)[0]?.status === 'ready'")
        for payload in payloads:
            if found := survivors(sanitise(paste(window.page, payload.text)), fragment=True):
                broke.append(f"{payload.id} pasted: {found}")
        broke += [f"ran: {one}" for one in window.page.evaluate("window.__ran")] + window.seen
    return Line("payloads pasted into the editor in Chromium", len(payloads), broke)


def _session(name: str) -> str:
    from django.test import Client

    from publishing.roles import Role
    from tests.factories import make_user

    client = Client()
    client.force_login(make_user(name, role=Role.ADMINISTRATOR, is_superuser=True))
    return client.session.session_key
