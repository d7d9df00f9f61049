"""Hostile words in a real browser with the content security policy switched off: nothing runs, nothing is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser

from faq.models import Question
from publishing.addresses import admin_url
from publishing.roles import Role
from tests.factories import make_user
from tests.hostile.browsing import paste, watched
from tests.hostile.corpus import sample
from tests.hostile.inspection import survivors
from tests.hostile.scene import add_rows, poison

PUBLIC = ["/", "/faq/", "/articles/", "/topics/filing/", "/provinces/jiangsu/", "/policies/20/", "/glossary/", "/search/?q=onerror", "/about/editors/",
          "/filing/plan/?insured=jiangsu-cities&treated=shanghai&reason=temporary&insurance=employee&care=inpatient&stage=before"]  # fmt: skip


@pytest.fixture
def session(site: str) -> str:
    """The session key of an administrator."""
    client = Client()
    client.force_login(make_user(role=Role.ADMINISTRATOR, is_superuser=True))
    return client.session.session_key


def test_a_payload_that_is_not_cleaned_is_seen(site: str, browser: Browser) -> None:
    """So that a window that sees nothing means something."""
    with watched(browser, site) as window:
        window.page.goto(f"{site}/about/")
        window.page.evaluate(
            "document.querySelector('main').innerHTML = '<img src=x onerror=__hit(7)><a href=\"javascript:__hit(8)\">x</a><img src=//canary.invalid/9>'"
        )
        window.page.wait_for_function("window.__ran.includes('7')")
        assert any("canary.invalid" in one for one in window.seen)


def test_nothing_runs_in_public(site: str, browser: Browser) -> None:
    add_rows()
    poison()
    questions = [f"/faq/{pk}/" for pk in Question.objects.live().order_by("pk").values_list("pk", flat=True)[::10]]
    with watched(browser, site) as window:
        assert [finding for path in [*PUBLIC, *questions] for finding in window.visit(path)] == []


def test_nothing_runs_in_the_admin(site: str, session: str, browser: Browser) -> None:
    add_rows()
    poison()
    question = Question.objects.live().order_by("pk").first()
    pages = [admin_url(question, name) for name in ("change", "history", "preview", "page")]
    pages += [
        "/admin/",
        "/admin/faq/question/",
        "/admin/publishing/auditevent/",
        "/admin/feedback/readerquestion/",
        "/admin/search/querycount/",
    ]
    pages.append(admin_url(question.revisions.order_by("-number").first()))
    with watched(browser, site, session) as window:
        assert [finding for path in pages for finding in window.visit(path)] == []


def test_pasting_runs_nothing_and_what_is_kept_is_clean(site: str, session: str, browser: Browser) -> None:
    from publishing.drafts import open_draft
    from publishing.richtext import sanitise

    draft = open_draft(Question.objects.live().order_by("pk").first(), None)
    with watched(browser, site, session) as window:
        window.page.goto(f"{site}{admin_url(draft)}")
        window.page.wait_for_function("window.CKEDITOR && Object.values(CKEDITOR.instances)[0]?.status === 'ready'")
        for payload in sample(48):
            kept: Any = paste(window.page, payload.text)
            assert survivors(sanitise(kept), fragment=True) == [], payload.id
        assert window.page.evaluate("window.__ran") == []
        assert window.seen == []
