"""Searching as a person does it: with a keyboard, with a mouse, without scripts, on a narrow phone."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

OPTIONS = ".search-list[role=listbox] [role=option]"


def type_in(page: Page, text: str) -> None:
    box = page.get_by_role("combobox", name="搜索")
    box.click()
    box.press_sequentially(text, delay=20)


def test_suggestions_with_the_keyboard(site: str, page: Page) -> None:
    page.goto(f"{site}/faq/")
    type_in(page, "转诊多")
    box, options = page.get_by_role("combobox", name="搜索"), page.locator(OPTIONS)
    expect(options.first).to_contain_text("转诊多久有效？")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".search-box [role=status]")).to_contain_text("条建议")
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    expect(options.first).to_have_attribute("aria-selected", "true")
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("Escape")
    expect(page.locator(".search-list")).to_be_hidden()
    expect(box).to_have_value("转诊多")
    box.press("ArrowDown")
    expect(options.first).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    expect(page).to_have_url(f"{site}/faq/85/")


def test_suggestions_by_pinyin_and_pointer(site: str, page: Page) -> None:
    page.goto(f"{site}/faq/")
    type_in(page, "ydba")
    page.locator(OPTIONS).filter(has_text="异地备案").first.click()
    expect(page).to_have_url(f"{site}/topics/filing/")


def test_enter_searches_and_an_opened_result_is_counted(site: str, page: Page) -> None:
    page.goto(f"{site}/faq/")
    type_in(page, "外省看病能不能报")
    page.keyboard.press("Enter")
    expect(page.locator("[data-results] li a").first).to_contain_text("省外看病")
    with page.expect_request("**/search/opened/") as sent:
        page.locator("[data-results] li a").first.click()
    assert "外省看病能不能报" in (sent.value.post_data or "")
    assert page.context.cookies() == []


def test_without_scripts_on_a_narrow_phone(site: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{site}/faq/")
    page.locator("form.search-box input").fill("门特 跨省 透析")
    page.locator("form.search-box button").click()
    expect(page.locator("[data-results] li")).to_have_count(10)
    page.locator("details.facets summary").click()
    page.locator("details.facets a").first.click()
    expect(page.locator("[data-results] li").first).to_be_visible()
    width = page.locator("body").bounding_box()
    assert width
    assert width["width"] <= 320
    context.close()
