"""One normaliser, one tokeniser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.text import HAN, body_tokens, clean, compact, normalise, runs, title_tokens


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("異地就醫備案", "异地就医备案"),
        ("ＡＰＰ　１２３９３", "app 12393"),
        ("医保発", "医保発"),
        ("零\u200b宽\u00ad字\ufeff符", "零宽字符"),
        ("备案\x00\x07", "备案"),
    ],
)
def test_one_form(written: str, plain: str) -> None:
    assert normalise(written) == plain


@pytest.mark.parametrize(
    "number",
    [
        "医保发〔2022〕22号",
        "医保发[2022]22号",
        "医保发（2022）22号",
        "医保发【2022】22号",
        "医保发(2022) 22 号",
        "医保发２０２２　２２号",
        "医保发〔2022〕第22号",
    ],
)
def test_a_document_number_is_the_same_in_every_bracket(number: str) -> None:
    assert runs(normalise(number)) == ["医保发", "2022", "22号"]


def test_titles_become_characters_and_pairs_and_bodies_pairs() -> None:
    assert title_tokens("DRG 付费 12393") == ["drg", "付", "费", "付费", "12393"]
    assert body_tokens("跨省，直接结算3.5万") == ["跨省", "直接", "接结", "结算", "3.5"]


def test_titles_that_say_the_same_have_one_compact_form() -> None:
    assert compact("异地就医，怎么备案？") == compact("異地就醫 怎麼備案")


@given(st.text(max_size=200))
def test_any_text_becomes_plain_tokens(text: str) -> None:
    for token in {*title_tokens(text), *body_tokens(text)}:
        assert token
        assert all(
            (sign.isascii() and (sign.isalnum() or sign == ".")) or "\u3007" <= sign <= "\u9fcc" for sign in token
        )
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FCC), min_size=2, max_size=30))
def test_a_piece_of_a_title_shares_its_tokens(title: str) -> None:
    half = clean(title)[: len(title) // 2 + 1]
    assert HAN
    assert set(body_tokens(half)) <= set(title_tokens(title))
