"""“换一批” in a real browser: in place with JavaScript, as a plain link without it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.pages import ANSWER


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_another_batch(browser: Browser, site: str, script: bool) -> None:
    context = browser.new_context(java_script_enabled=script, viewport={"width": 360, "height": 740}, base_url=site)
    page = context.new_page()
    page.goto(ANSWER, wait_until="networkidle")
    first = page.locator("[data-related] a").all_inner_texts()
    assert 4 <= len(first) <= 6
    page.get_by_role("link", name="换一批").click()
    expect(page.locator("[data-related] a").first).not_to_have_text(first[0])
    second = page.locator("[data-related] a").all_inner_texts()
    assert second
    assert not set(first) & set(second)
    assert ("related=2" in page.url) is not script
    assert context.cookies() == []
    context.close()
