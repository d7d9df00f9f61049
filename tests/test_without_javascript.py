"""A reader without JavaScript reads, filters, changes the letters, and finds every word of the page."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pages import ANSWER, pages


@pytest.fixture
def plain(new_context: Any) -> Any:
    """A page in a browser without JavaScript."""
    return new_context(java_script_enabled=False, viewport={"width": 360, "height": 640}).new_page()


def test_filtering(plain: Any, site: str) -> None:
    plain.goto(site + "/faq/")
    plain.get_by_label("栏目", exact=True).select_option("filing")
    plain.get_by_label("地区", exact=True).select_option("jiangsu")
    plain.get_by_role("button", name="筛选").click()
    assert plain.locator("h1").inner_text() == "江苏：异地备案"
    plain.locator(".chosen").get_by_role("link", name="异地备案").click()
    assert plain.url == site + "/faq/?province=jiangsu"


def test_larger_letters_stay_from_page_to_page(plain: Any, site: str) -> None:
    plain.goto(site + ANSWER)
    plain.get_by_role("link", name="长辈版").click()
    assert plain.url == site + ANSWER + "?mode=elder"
    plain.locator(".main-nav").get_by_role("link", name="问答").click()
    assert plain.url == site + "/faq/?mode=elder"
    assert plain.locator("html").get_attribute("class") == "mode-elder"
    plain.get_by_label("栏目", exact=True).select_option("filing")
    plain.get_by_role("button", name="筛选").click()
    assert "mode=elder" in plain.url
    assert "topic=filing" in plain.url
    plain.get_by_role("link", name="标准字号").click()
    assert "mode" not in plain.url


def test_from_home_to_an_answer_and_its_source(plain: Any, site: str) -> None:
    plain.goto(site)
    plain.get_by_role("link", name="我要去外省住院，怎么办备案").click()
    assert plain.url == site + ANSWER
    plain.locator(".cite a").first.click()
    assert plain.url.endswith("#source-1")
    assert plain.locator("#source-1").is_visible()


@pytest.mark.parametrize("name", ["answer", "article", "province", "topic"])
def test_all_text_is_there_and_visible(page: Any, plain: Any, site: str, name: str) -> None:
    """What a reader with JavaScript sees in <main> is there without it, but for the buttons that need it."""
    for each in (page, plain):
        each.set_viewport_size({"width": 360, "height": 640})
        each.goto(site + pages()[name])
        each.wait_for_load_state("networkidle")
    with_script = page.locator("main").inner_text().split()
    without = set(plain.locator("main").inner_text().split())
    assert [word for word in with_script if word not in without and word not in {"听一听", "发给家人", "打印"}] == []
