"""Chromium on every kind of page, public and editors': the security policy stops nothing that we do, and nothing errs."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Error, Page

from articles.models import Article
from faq.models import Question
from filing.models import Rule
from publishing.addresses import admin_url
from publishing.drafts import open_draft
from tests.admin_pages import addresses
from tests.factories import make_user
from tests.pages import pages

WATCH = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`POLICY ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`);
});
"""
# The browser says so of every answer that is an error; those pages are visited on purpose.
EXPECTED = "Failed to load resource: the server responded with a status of 4"


# A file, and an address that takes only a POST and says so with nothing but a status.
NO_PAGE = ("Download is starting", "ERR_ABORTED", "ERR_HTTP_RESPONSE_CODE_FAILURE")


class Crawl:
    """Visits pages and keeps what the browser complained about, by address."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base, self.now = page, base, ""
        self.complaints: dict[str, list[str]] = {}
        self.visited: set[str] = set()
        page.add_init_script(WATCH)
        page.on("console", lambda said: self.note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.note(str(error)))

    def note(self, sentence: str) -> None:
        if not sentence.startswith(EXPECTED):
            self.complaints.setdefault(self.now, []).append(sentence[:300])

    def visit(self, address: str) -> None:
        """Opens the page and lets its scripts run; what is no page is passed over."""
        self.now = address
        try:
            answer = self.page.goto(self.base + address)
        except Error as error:
            if not any(harmless in str(error) for harmless in NO_PAGE):
                raise
            self.page.wait_for_timeout(300)  # the browser still goes to a page of its own about it
            return
        if answer and answer.status == 200 and "text/html" in answer.headers.get("content-type", ""):
            self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)))")
            self.visited.add(address)


def test_public_pages(page: Page, site: str) -> None:
    crawl = Crawl(page, site)
    question = Question.objects.live().first()
    more = [reverse("glossary"), reverse("editors"), reverse("receipt"), f"/feedback/report/question/{question.pk}/"]
    more += [reverse("filing-question", args=[name]) for name in ("reason", "insured", "care")]
    for address in [*pages().values(), *more]:
        crawl.visit(address)
    assert crawl.complaints == {}
    assert len(crawl.visited) >= len(pages()) - 1
    assert Rule.objects.exists()


def test_scripts_of_our_own_run_under_trusted_types(page: Page, site: str) -> None:
    """The policy is in force, our loader passes it, and text that wants to become HTML is refused."""
    page.goto(f"{site}/faq/22/")
    page.locator("script[type=module][src^='/static/']").first.wait_for(state="attached")
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return false; } catch { return true; } }"
    )
    assert refused
    inline = "() => { const it = document.createElement('script'); try { it.src = 'https://evil.example/x.js'; } catch { return true; } }"
    assert page.evaluate(inline)


@pytest.fixture
def administrator(page: Page, site: str) -> Page:
    client = Client()
    client.force_login(make_user(is_superuser=True))
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
    return page


def test_the_editors_room(administrator: Page, site: str) -> None:
    crawl = Crawl(administrator, site)
    drafts = [admin_url(open_draft(kind.objects.live().first(), None)) for kind in (Question, Article)]
    found: dict[str, Any] = addresses()
    for address in drafts:
        crawl.visit(address)
        text = administrator.frame_locator("iframe.cke_wysiwyg_frame").locator("body[contenteditable=true]")
        text.wait_for(timeout=60_000)
    for address in found.values():
        crawl.visit(address)
    crawl.page.context.clear_cookies()
    crawl.visit("/admin/login/")
    assert crawl.complaints == {}
    assert len(crawl.visited) > 0.7 * len(found)


@pytest.mark.parametrize("table", ["parametervalue", "policydocument"])
def test_all_columns_of_an_export_are_chosen_at_once(administrator: Page, site: str, table: str) -> None:
    administrator.goto(f"{site}/admin/policies/{table}/export/")
    everything = administrator.get_by_label("全选")
    columns = administrator.locator(".export-columns input")
    number = columns.count()
    ticked = administrator.locator(".export-columns input:checked")
    assert everything.is_checked()
    assert ticked.count() == number > 10
    everything.uncheck()
    assert ticked.count() == 0
    columns.first.check()
    assert everything.evaluate("box => box.indeterminate")
    everything.check()
    assert ticked.count() == number
    columns.last.uncheck()
    assert not everything.is_checked()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_export_page_fits_the_screen(administrator: Page, site: str, width: int) -> None:
    administrator.set_viewport_size({"width": width, "height": 800})
    administrator.goto(f"{site}/admin/policies/policydocument/export/")
    assert administrator.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
