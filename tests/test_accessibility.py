"""Accessibility of every template: axe in each mode, the keyboard, headings and landmarks."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import axe_playwright_python
import html5lib
import pytest

from tests.pages import ANSWER, pages

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """
async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const rules = {"target-size": {enabled: true}};
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, rules, resultTypes: ["violations"]});
  return found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.target.join(" ")).join(" | ")}`);
}
"""
MODES = ("standard", "elder")
WIDTHS = (360, 1280)
SCHEMES = ("light", "dark")


@pytest.mark.parametrize("name", pages())
def test_axe_finds_nothing(page: Any, site: str, name: str) -> None:
    """One visit, then every combination of mode, width and colours on the same page."""
    page.goto(site + pages()[name])
    page.evaluate(AXE)
    found = {}
    for mode in MODES:
        page.evaluate("mode => { document.documentElement.className = `js can-speak mode-${mode}`; }", mode)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                if violations := page.evaluate(RUN_AXE):
                    found[f"{mode} {width} {scheme}"] = violations
    assert not found


def dom(client: Any, address: str) -> Any:
    """The parsed page, without namespaces."""
    return html5lib.parse(client.get(address).content.decode(), namespaceHTMLElements=False)


@pytest.mark.parametrize("name", pages())
def test_headings_go_down_one_step_at_a_time(client: Any, content: None, name: str) -> None:
    main = dom(client, pages()[name]).find(".//main")
    levels = [int(each.tag[1]) for each in main.iter() if each.tag in {"h1", "h2", "h3", "h4", "h5", "h6"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", pages())
def test_landmarks_and_help_are_in_the_same_order_everywhere(client: Any, content: None, name: str) -> None:
    body = dom(client, pages()[name]).find(".//body")
    order = [each.tag for each in body if each.tag in {"header", "main", "footer"}]
    phones = [link.get("href") for link in body.find("footer").iter("a") if link.get("href", "").startswith("tel:")]
    assert order == ["header", "main", "footer"]
    assert body.find("a").get("href") == "#main"
    assert phones == ["tel:12393", "tel:12345"]


FOCUSED = """
() => {
  const box = document.activeElement.getBoundingClientRect();
  const style = getComputedStyle(document.activeElement);
  return {
    tag: document.activeElement.tagName, text: document.activeElement.textContent.trim().slice(0, 20),
    index: Array.from(document.querySelectorAll("*")).indexOf(document.activeElement),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}
"""
REACHABLE = """
() => Array.from(document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary"))
  .filter((each) => each.getClientRects().length && each.tabIndex >= 0).length
"""


@pytest.mark.parametrize("name", ["home", "question-list-filtered", "answer"])
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(page: Any, site: str, name: str) -> None:
    page.emulate_media(reduced_motion="reduce")  # so that the page has arrived when it is looked at
    page.goto(site + pages()[name])
    page.wait_for_load_state("networkidle")
    steps = []
    for _ in range(page.evaluate(REACHABLE)):
        page.keyboard.press("Tab")
        steps.append(page.evaluate(FOCUSED))
    assert steps[0]["text"] == "跳到正文"
    assert all(step["outlined"] and step["seen"] for step in steps), [
        s for s in steps if not (s["outlined"] and s["seen"])
    ]
    assert [step["index"] for step in steps] == sorted({step["index"] for step in steps})


def test_the_skip_link_leads_past_the_header(page: Any, site: str) -> None:
    page.goto(site + ANSWER)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_less_motion_and_forced_colours_are_respected(page: Any, site: str) -> None:
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    page.goto(site + ANSWER)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate("getComputedStyle(document.querySelector('.short-answer')).borderTopStyle") == "solid"
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "smooth"
