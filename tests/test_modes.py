"""大字版 and 长辈版: remembered on the device, without a flash, and by address for readers without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from tests.pages import ANSWER
from yibao_site import early, modes
from yibao_site.modes import carry

CLASSES = "document.documentElement.className"


def test_the_policy_allows_the_early_script_and_no_other(client: Any, db: None) -> None:
    response = client.get("/about/")
    assert f"<script>{early.SCRIPT}</script>" in response.content.decode()
    policy = response["Content-Security-Policy"]
    assert early.CSP_HASH in policy
    assert "unsafe" not in policy


def test_the_choice_is_remembered_and_there_before_the_first_paint(page: Any, site: str) -> None:
    page.goto(site + ANSWER)
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="长辈版").click()
    assert page.url == site + ANSWER
    assert "mode-elder" in page.evaluate(CLASSES)
    # The body's first child is parsed after the class is set: nothing was ever painted in the standard size.
    page.add_init_script(
        "new MutationObserver((_, me) => { if (document.body) {"
        " window.atFirst = document.documentElement.className; me.disconnect(); } })"
        ".observe(document, {childList: true, subtree: true})"
    )
    page.goto(site + "/faq/")
    assert "mode-elder" in page.evaluate("window.atFirst")
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="标准字号").click()
    assert "mode-elder" not in page.evaluate(CLASSES)
    page.reload()
    assert "mode-elder" not in page.evaluate(CLASSES)


def test_without_storage_the_page_still_works(page: Any, site: str) -> None:
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied') }})")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site + ANSWER)
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="大字版").click()
    assert "mode-large" in page.evaluate(CLASSES)
    assert errors == []


def test_the_address_sets_only_the_class_and_is_not_for_search_engines(client: Any, content: None) -> None:
    plain, elder = client.get(ANSWER), client.get(ANSWER + "?mode=elder")
    html = elder.content.decode()
    assert '<html lang="zh-CN" class="mode-elder">' in html
    assert elder["X-Robots-Tag"] == "noindex, nofollow"
    assert f'<link rel="canonical" href="http://127.0.0.1:8000{ANSWER}">' in html
    assert "X-Robots-Tag" not in plain
    assert "mode-elder" not in plain.content.decode().split("<body>")[0]
    assert "Cookie" not in elder.get("Vary", "")


@pytest.mark.parametrize("word", ["huge", "", "elder&mode=huge", "%3Cscript%3E"])
def test_a_word_that_is_no_mode_changes_nothing_but_is_not_indexed(client: Any, content: None, word: str) -> None:
    response = client.get(f"{ANSWER}?mode={word}")
    assert '<html lang="zh-CN">' in response.content.decode()
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_the_switch_keeps_the_rest_of_the_address() -> None:
    request = RequestFactory().get("/faq/?topic=filing&mode=large&page=2")
    assert {mode.name: mode.url for mode in modes.switch(request)} == {
        "standard": "/faq/?topic=filing&page=2",
        "large": "/faq/?topic=filing&page=2&mode=large",
        "elder": "/faq/?topic=filing&page=2&mode=elder",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<a href="/faq/22/">', '<a href="/faq/22/?mode=elder">'),
        ('<a class="x" href="/faq/?page=2#main">', '<a class="x" href="/faq/?page=2&amp;mode=elder#main">'),
        ('<a href="?page=2">', '<a href="?page=2&amp;mode=elder">'),
        ('<a href=".">', '<a href=".?mode=elder">'),
        ('<a href="#source-1">', '<a href="#source-1">'),
        ('<a href="https://www.gov.cn/">', '<a href="https://www.gov.cn/">'),
        ('<a href="tel:12393">', '<a href="tel:12393">'),
        ('<a data-mode="standard" href="/faq/22/">', '<a data-mode="standard" href="/faq/22/">'),
        ('<link href="/static/css/site.css">', '<link href="/static/css/site.css">'),
        (
            '<form class="filters" method="get" action="/faq/">',
            '<form class="filters" method="get" action="/faq/"><input type="hidden" name="mode" value="elder">',
        ),
        ('<form method="post" action="/feedback/">', '<form method="post" action="/feedback/">'),
    ],
)
def test_links_and_searches_carry_the_mode(before: str, after: str) -> None:
    assert carry(before, "elder") == after
