"""Whatever is typed, XML stays well-formed and says the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from policies.characters import legal
from seo.xml import element, wrapped

NASTY = [
    "]]>",
    "<b>&amp;</b>",
    "\x00\x08\x0b\x1f",
    "😀医保",
    "\ufffe\uffff",
    "\ud800",
    "题" * 10_000,
    "</script>",
    "\"'",
]


@pytest.mark.parametrize("text", NASTY)
def test_nasty_text(text: str) -> None:
    read = etree.fromstring(wrapped("x", element("a", text, title=text)).encode())
    assert read[0].text == (legal(text) or None)
    assert read[0].get("title") == legal(text)


def test_readers_text_is_kept() -> None:
    assert legal("异地就医，5%\t😀\n“备案”\U0002000b") == "异地就医，5%\t😀\n“备案”\U0002000b"


@hypothesis_settings(deadline=None)
@given(st.text(alphabet=st.characters()))
def test_any_text_reads_back(text: str) -> None:
    read = etree.fromstring(element("a", text, title=text).encode())
    # An XML reader turns every kind of line end into \n, and white space of attributes into blanks.
    assert (read.text or "") == legal(text).replace("\r\n", "\n").replace("\r", "\n")
    assert "".join(read.get("title").split()) == "".join(legal(text).split())
