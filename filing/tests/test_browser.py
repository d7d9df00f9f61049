"""The guide in a real browser: with the keyboard alone, without JavaScript, on a phone and in print."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

PLAN = "/filing/plan/?care=inpatient&insurance=resident&insured=340100&reason=visiting&stage=planning&treated=440100"


def press_until(page: Page, selector: str, key: str = "Tab", most: int = 80) -> None:
    """Presses a key until the element has the focus."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{selector} cannot be reached with {key}")


def test_the_keyboard_alone_reaches_an_outcome(page: Page, site: str) -> None:
    page.goto(f"{site}/filing/")
    press_until(page, ".start-button")
    page.keyboard.press("Enter")
    for name, text in (("insured", "suzhou"), ("treated", "beijing")):
        page.wait_for_url(f"**/filing/{name}/**")
        press_until(page, "#place-text")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        if name == "insured":  # 苏州 or 宿州: the second one
            page.wait_for_selector("fieldset")
            press_until(page, "fieldset input[type=radio]")
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
    for name in ("reason", "insurance", "care", "stage"):
        page.wait_for_url(f"**/filing/{name}/**")
        press_until(page, "fieldset input[type=radio]")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
    page.wait_for_url("**/filing/plan/**")
    assert "insured=341300" in page.url
    expect(page.locator("[data-outcome]")).to_have_attribute("data-outcome", "file-long")
    press_until(page, ".tick-list input")
    page.keyboard.press("Space")
    assert page.locator(".tick-list input").first.is_checked()


def test_without_javascript_the_guide_is_complete(browser: Browser, site: str) -> None:
    page = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
    page.goto(f"{site}/filing/")
    page.click(".start-button")
    page.click("text=安徽")
    page.check("#insured-340100")
    page.click(".question-form button")
    page.fill("#place-text", "天津")
    page.click(".place-form button")
    for choice in ("visiting", "employee", "inpatient", "there"):
        page.check(f"input[type=radio][value={choice}]")
        page.click(".question-form button")
    assert "先办" not in page.locator("[data-short-answer]").inner_text()
    assert "出院结账前" in page.locator("[data-short-answer]").inner_text()
    page.go_back()
    assert "/filing/stage/" in page.url
    page.go_forward()
    page.click("text=改：为什么在那边看病")
    page.check("input[value=emergency]")
    page.click(".question-form button")
    assert page.locator("[data-outcome]").get_attribute("data-outcome") == "emergency"
    assert page.locator("[data-outcome-tools]").inner_text().startswith("要打印")
    page.context.close()


def test_no_page_breaks_the_safety_rules_or_its_width(page: Page, site: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.set_viewport_size({"width": 320, "height": 700})
    for url in ("/filing/", "/filing/insured/?insured=suzhou", "/filing/reason/?insured=340100&treated=beijing", PLAN):
        page.goto(site + url)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, url
    assert said == []


def test_printing_and_sharing_are_offered_where_javascript_runs(page: Page, site: str) -> None:
    page.goto(site + PLAN)
    expect(page.get_by_role("button", name="打印这一页")).to_be_visible()
    expect(page.get_by_role("button", name="发给家人")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator("[data-outcome-tools]")).to_be_hidden()
    expect(page.locator(".steps")).to_be_visible()


@pytest.mark.parametrize(
    "url", ["/filing/", "/filing/insured/?insured=suzhou", "/filing/reason/?insured=340100&treated=beijing", PLAN]
)
def test_pages_pass_the_accessibility_rules(page: Page, site: str, url: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.goto(site + url)
    found: dict[str, Any] = Axe().run(page).response
    assert [(problem["id"], [node["target"] for node in problem["nodes"]]) for problem in found["violations"]] == []
