"""What a first visit costs: bytes, requests, shifts, cookies. Figures and reasons are in docs/design.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import brotli
import pytest
from django.conf import settings
from django.db.models import Value
from django.db.models.functions import Length

from faq.models import Question
from tests.pages import ANSWER, ARTICLE, pages

KB = 1024
STATIC = Path(settings.BASE_DIR) / "static"
SHIFTS = """
() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((shift) => { sum += shift.value; }))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 300);
})
"""


def page_bytes(text: bytes) -> int:
    """The size of a page as it travels: compressed while it is served."""
    return len(brotli.compress(text, quality=5))


def file_bytes(text: bytes) -> int:
    """The size of a static file as it travels: compressed once, as well as can be."""
    return len(brotli.compress(text, quality=11))


def test_the_html_of_the_longest_answers_fits_the_first_flight(client: Any, content: None) -> None:
    length = sum((Length(f"live__{field}") for field in ("body", "steps", "checklist", "exceptions")), Value(0))
    longest = Question.objects.live().order_by(-length)[:10]
    sizes = {question.pk: page_bytes(client.get(question.get_absolute_url()).content) for question in longest}
    assert max(sizes.values()) <= 14 * KB, sizes


@pytest.mark.parametrize("name", sorted(set(pages()) - {"site-map"}))
def test_the_html_of_every_template_fits_too(client: Any, content: None, name: str) -> None:
    assert page_bytes(client.get(pages()[name]).content) <= 14 * KB


def test_the_stylesheet_is_small() -> None:
    assert file_bytes((STATIC / "css" / "site.css").read_bytes()) <= 9 * KB


def test_all_scripts_of_the_public_pages_together_are_small() -> None:
    assert sum(file_bytes(path.read_bytes()) for path in (STATIC / "js").glob("*.js")) <= 8 * KB


@pytest.mark.parametrize("address", [ANSWER, ARTICLE, "/"])
def test_the_first_view(page: Any, site: str, address: str) -> None:
    """Until the page is loaded: its bytes, its requests, nobody else's host, no cookie, no font."""
    seen: list[Any] = []
    page.on("response", lambda response: seen.append(response))
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(site + address, wait_until="load")
    first = list(seen)
    page.wait_for_load_state("networkidle")
    sizes = {
        each.url: (page_bytes if each.url == site + address else file_bytes)(each.body()) for each in first if each.ok
    }
    assert len(sizes) <= 4, sizes
    assert sum(sizes.values()) <= 30 * KB, sizes
    assert {urlsplit(each.url).netloc for each in seen} == {urlsplit(site).netloc}
    assert not [each.url for each in seen if re.search(r"\.(woff2?|ttf|otf)$", each.url)]
    assert page.context.cookies() == []
    assert page.evaluate("document.cookie") == ""


@pytest.mark.parametrize("mode", ["standard", "elder"])
@pytest.mark.parametrize("name", ["home", "answer", "article", "question-list"])
def test_nothing_moves_while_the_page_loads(page: Any, site: str, name: str, mode: str) -> None:
    page.add_init_script(f"localStorage.setItem('mode', '{mode}')")
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(site + pages()[name])
    page.wait_for_load_state("networkidle")
    assert page.evaluate(SHIFTS) == 0
