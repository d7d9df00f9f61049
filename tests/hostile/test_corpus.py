"""The corpus is what it says: many, different, of every family; and the inspection sees what a payload would do."""

from __future__ import annotations

import pytest

from publishing.richtext import sanitise
from seo.markdown import from_html
from tests.hostile.corpus import CANARY, CANARY_HOST, corpus, families, sample
from tests.hostile.inspection import survivors

# What is cleaned and shown is the same on every database.
pytestmark = pytest.mark.sqlite

FAMILIES = {
    "addresses", "breakout", "cdata", "clobbering", "comments", "events", "mathml", "mutation", "navigation", "script", "structured",
    "style", "templates", "tokens", "unicode", "vector",
}  # fmt: skip


def test_there_are_more_than_five_hundred_of_every_family_and_no_two_alike() -> None:
    texts = {payload.text.replace(f"({payload.number})", "").replace(f"/{payload.number}", "") for payload in corpus()}
    assert len(corpus()) >= 600
    assert len({payload.id for payload in corpus()}) == len(corpus())
    assert set(families()) == FAMILIES
    assert min(map(len, families().values())) >= 15
    assert len(texts) == len(corpus())
    assert len({"".join(text.lower().split()) for text in texts}) >= 660  # few differ in their white space alone
    assert {payload.family for payload in sample(40)} == FAMILIES


@pytest.mark.parametrize("family", ["script", "vector", "events", "navigation", "style", "addresses"])
def test_the_inspection_finds_what_nobody_has_cleaned(family: str) -> None:
    """So that a test that finds nothing means something."""
    alive = [payload for payload in families()[family] if survivors(payload.text, fragment=True)]
    assert len(alive) > 0.8 * len(families()[family])


def test_the_inspection_passes_what_editors_write() -> None:
    text = '<h2>a</h2><p>b<a href="https://www.gov.cn/x" rel="noopener noreferrer">c</a><a href="tel:12393">d</a></p>'
    assert survivors(text, fragment=True) == []


@pytest.mark.parametrize("payload", corpus(), ids=str)
def test_nothing_survives_the_sanitiser(payload) -> None:
    clean = sanitise(payload.text)
    assert survivors(clean, fragment=True) == []
    assert sanitise(clean) == clean


@pytest.mark.parametrize("payload", corpus(), ids=str)
def test_nothing_survives_between_honest_words(payload) -> None:
    """In the middle of a paragraph, in a cell, in an attribute, and behind another payload."""
    text = payload.text
    for html in (
        f"<p>a{text}b</p><p>c</p>",
        f"<table><tr><td>{text}</td><td>b</td></tr></table>",
        f'<a href="/" title="{text}">x</a>',
        f"<a href='/' title='{text}'>x</a>",
        f"<ul><li>{text}<li>{text}</ul>",
        f"&lt;{text}&gt;",
    ):
        assert survivors(sanitise(html), fragment=True) == []


def test_a_cleaned_text_read_by_a_second_parser_is_still_clean() -> None:
    """What the sanitiser writes is parsed, written and parsed again, as editor and browser do."""
    import html5lib

    for payload in corpus():
        again = html5lib.serialize(html5lib.parseFragment(sanitise(payload.text)), quote_attr_values="always")
        assert survivors(again, fragment=True) == [], payload.id


def test_markdown_of_a_cleaned_text_holds_no_markup_of_a_payload() -> None:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    for payload in corpus():
        html = reader.render(from_html(sanitise(payload.text)))
        assert survivors(html, fragment=True) == [], payload.id
        assert f"<img src=x onerror={CANARY}" not in html
        assert f'src="//{CANARY_HOST}' not in html
