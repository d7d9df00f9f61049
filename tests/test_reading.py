"""Reading on small screens: the first screen, narrow windows, large letters, targets for fingers, paper."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.pages import ANSWER, pages

TOO_WIDE = """
() => document.documentElement.scrollWidth <= innerWidth ? [] : Array.from(document.querySelectorAll("body *"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.outerHTML.slice(0, 80))
"""
SMALL_TARGETS = """
(least) => Array.from(document.querySelectorAll(
  ".main-nav a, .modes a, .tasks a, .cards a, .tiles a, .rows a, .links a, .related a, .phones a, .footer-links a,"
  + "button, select, input:not([type=hidden]):not([type=checkbox]):not([type=radio]), .checklist label, .button-quiet"))
  .filter((each) => each.getClientRects().length && !each.closest(".said, [aria-hidden]"))
  .map((each) => [each.getBoundingClientRect(), each.outerHTML.slice(0, 80)])
  .filter(([box]) => box.height < least - 0.5 || box.width < 32)
  .map(([box, text]) => `${Math.round(box.width)}x${Math.round(box.height)} ${text}`)
"""
ADD_STYLE = (
    "text => { const sheet = new CSSStyleSheet(); sheet.replaceSync(text); document.adoptedStyleSheets = [sheet]; }"
)
SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }"


def remember(page: Any, mode: str) -> None:
    """The page as one finds it whose browser remembers the mode."""
    page.add_init_script(f"localStorage.setItem('mode', '{mode}')")


@pytest.mark.parametrize("number", [22, 20, 42, 76, 91, 110, 150, 197, 200])
def test_the_first_screen_of_a_small_phone_shows_question_answer_and_the_start_of_the_steps(
    page: Any, site: str, number: int
) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{site}/faq/{number}/")
    bottoms = page.evaluate(
        "['h1', '[data-short-answer]', '.steps h2'].map(part => document.querySelector(part).getBoundingClientRect().bottom)"
    )
    assert bottoms == sorted(bottoms)
    assert bottoms[-1] <= 640


@pytest.mark.parametrize("name", pages())
def test_nothing_needs_sideways_scrolling(page: Any, site: str, name: str) -> None:
    """At 320 pixels in every mode, and at 360 with the reader's own letters twice as large."""
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(site + pages()[name])
    for mode in ("standard", "large", "elder"):
        page.evaluate("mode => { document.documentElement.className = `js can-speak mode-${mode}`; }", mode)
        assert page.evaluate(TOO_WIDE) == [], mode
    page.evaluate(
        "document.documentElement.className = 'js can-speak'; document.documentElement.style.fontSize = '200%'"
    )
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.evaluate(TOO_WIDE) == []
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.evaluate(ADD_STYLE, SPACED)
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize(("mode", "size"), [("standard", 18), ("large", 24), ("elder", 30)])
def test_the_letters_of_each_mode_have_their_size(page: Any, site: str, mode: str, size: int) -> None:
    remember(page, mode)
    page.goto(site + ANSWER)
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == pytest.approx(size, abs=0.1)
    ratio = "(style => parseFloat(style.lineHeight) / parseFloat(style.fontSize))(getComputedStyle(document.body))"
    assert page.evaluate(ratio) == pytest.approx(1.75, abs=0.01)


@pytest.mark.parametrize(("mode", "least"), [("standard", 44), ("elder", 60)])
@pytest.mark.parametrize("name", ["home", "question-list-filtered", "answer", "topic", "province-list", "province"])
def test_fingers_find_their_targets(page: Any, site: str, name: str, mode: str, least: int) -> None:
    remember(page, mode)
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(site + pages()[name])
    page.wait_for_load_state("networkidle")
    assert page.evaluate(SMALL_TARGETS, least) == []


@pytest.mark.parametrize("number", [22, 15, 49, 86, 200])
def test_an_answer_prints_on_one_sheet_with_sources_date_and_code(page: Any, site: str, number: int) -> None:
    page.goto(f"{site}/faq/{number}/")
    sheet = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    page.emulate_media(media="print")
    for part in (".sources", "[data-verified-on]", ".qr svg", ".take-along-address"):
        assert page.locator(part).first.is_visible(), part
    assert not any(page.locator(part).first.is_visible() for part in (".main-nav", ".related", ".take-along-tools"))
