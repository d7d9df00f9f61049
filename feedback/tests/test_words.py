"""What readers type is stored readable, or refused with a sentence."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.words import links, safe, says_something, tidy


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  备案\r\n怎么办  ", "备案\n怎么办"),
        ("备\u200b案\u202e怎\u2066么\ufeff办", "备案怎么办"),
        ("备案\x00\x1b[31m怎么办", "备案[31m怎么办"),
        ("一\n\n\n\n\n二", "一\n\n二"),
        ("\n" * 1000 + "备案" + "\n" * 1000, "备案"),
        ("a\tb\u3000c", "a b c"),
        ("\ufffd\ufffd", ""),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE feedback; --", "'; DROP TABLE feedback; --"),
        ("电话13800138000", "电话【手机号】"),
        ("电话138\u200b00138000", "电话【手机号】"),
    ],
)
def test_tidy_and_masked(typed: str, stored: str) -> None:
    assert safe(typed) == stored


@given(st.text(max_size=400))
def test_nothing_invisible_is_kept(text: str) -> None:
    kept = tidy(text)
    assert tidy(kept) == kept
    assert all(character == "\n" or unicodedata.category(character) not in {"Cc", "Cf", "Cs"} for character in kept)
    assert "\n\n\n" not in kept


@given(st.binary(max_size=300))
def test_binary_becomes_text(data: bytes) -> None:
    assert "\x00" not in safe(data.decode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("text", "count"), [("见 https://a.cn/b 和 www.b.com", 2), ("加微信 shop.top", 1), ("第3.5条", 0), ("12393", 0)]
)
def test_links_are_counted(text: str, count: int) -> None:
    assert links(text) == count


@pytest.mark.parametrize(
    ("text", "says"),
    [("备案怎么办", True), ("啊啊啊啊啊", False), ("？？？？", False), ("备案", False), ("1111111", False)],
)
def test_a_question_says_something(text: str, says: bool) -> None:
    assert says_something(text) is says
