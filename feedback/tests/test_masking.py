"""The corpus of what must be hidden and what must stay, and properties that hold for any text."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from publishing.masking import ID_WEIGHTS, has_check_digit, labels, mask

# The same on every database.
pytestmark = pytest.mark.sqlite

CORPUS = yaml.safe_load((Path(__file__).parent / "masking.yaml").read_text())
HIDE = [(kind, text, masked) for kind, cases in CORPUS["hide"].items() for text, masked in cases.items()]
MARK = re.compile("【(?:" + "|".join(labels()) + ")】")

# Words that may stand beside a number without being part of it.
around = st.sampled_from(
    ["", "我的号码是", "（", "）", "，谢谢", "。", "在上海，", "\n", "请回", "“", "”", "<b>", "😀"]
)
separators = st.sampled_from(["", " ", "-", ".", "\u3000", "·", "\u200b", "\u202e", "_"])


def with_check_digit(seventeen: str) -> str:
    return seventeen + "10X98765432"[sum(w * int(d) for w, d in zip(ID_WEIGHTS, seventeen, strict=False)) % 11]


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from(["110101", "320102", "440305", "510107", "650103", "810000"]))
    birthday = draw(st.dates(dt.date(1900, 1, 1), dt.date(2026, 11, 22))).strftime("%Y%m%d")
    return with_check_digit(f"{region}{birthday}{draw(st.integers(0, 999)):03}")


mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


def test_the_corpus_is_large_enough() -> None:
    assert len(HIDE) + len(CORPUS["stay"]) >= 300
    assert len(set(CORPUS["stay"])) >= 100


@pytest.mark.parametrize(("kind", "text", "masked"), HIDE)
def test_hidden(kind: str, text: str, masked: str) -> None:
    assert mask(text) == masked
    assert MARK.search(masked), "the expected text of the corpus hides nothing"


@pytest.mark.parametrize("text", CORPUS["stay"])
def test_stays(text: str) -> None:
    assert mask(text) == text


@given(identity_numbers(), around, around, separators)
def test_any_identity_number_goes_however_it_is_grouped(number: str, before: str, after: str, gap: str) -> None:
    written = gap.join([number[:6], number[6:14], number[14:]])
    assert has_check_digit(number)
    assert mask(before + written + after) == before + "【身份证号】" + after


@given(mobiles, around, around, separators)
def test_any_mobile_number_goes_however_it_is_grouped(number: str, before: str, after: str, gap: str) -> None:
    written = gap.join([number[:3], number[3:7], number[7:]])
    assert mask(before + written + after) == before + "【手机号】" + after


@given(mobiles, st.sampled_from(["０１２３４５６７８９", "零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖", "٠١٢٣٤٥٦٧٨٩"]))
def test_any_script_of_digits(number: str, digits: str) -> None:
    assert mask("电话" + number.translate(str.maketrans("0123456789", digits))) == "电话【手机号】"


@given(st.from_regex(r"[3-9][0-9]{15,18}", fullmatch=True), around, around)
def test_any_card_number_goes(number: str, before: str, after: str) -> None:
    masked = mask(before + number + after)
    assert number not in masked
    assert not re.search(r"\d{6}", masked)


@given(st.text(max_size=300))
def test_any_text_survives(text: str) -> None:
    masked = mask(text)
    assert mask(masked) == masked
    if not any(character.isdecimal() or character in "@叫名人" for character in masked + text):
        assert masked == text or re.search(r"[〇○零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺]|[\u2460-\u24ff]", text)


@given(
    st.lists(
        st.sampled_from(
            ["138", "0013", "8000", " ", "-", "110101", "19900307", "1233", "我叫", "张三", "@", "a", ".cn", "一", "号"]
        ),
        max_size=40,
    )
)
def test_pieces_in_any_order_are_masked_once_and_for_all(pieces: list[str]) -> None:
    masked = mask("".join(pieces))
    assert mask(masked) == masked
    assert "110101199003071233" not in masked


@pytest.mark.parametrize(
    "piece",
    [
        "1 ",
        "1-3",
        "13",
        "我叫",
        "a@",
        "a.",
        "0",
        "1.",
        "一",
        "QQ ",
        "身份证号后",
        "京A",
        "6222 ",
        "\u200b1",
        "【",
        "(at)",
    ],
)
def test_no_text_is_slow(piece: str) -> None:
    text = (piece * 4000)[:4000]
    start = time.perf_counter()
    mask(text)
    assert time.perf_counter() - start < 2
