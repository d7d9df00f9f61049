"""The words that are kept of the pinyin library's are the right ones, and a process carries no others."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings

from search.pinyin import pinyin_of
from search.readings import FILE


@pytest.mark.sqlite
def test_the_file_is_what_the_installed_library_gives() -> None:
    made = subprocess.run(
        [sys.executable, "-c", "from search.readings import distilled; print(distilled(), end='')"],
        cwd=settings.BASE_DIR, env={"PYTHONUTF8": "1"}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert made == FILE.read_text(encoding="utf-8"), "run `python -m search.readings`"


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("重庆", "chongqing"),
        ("医保重复报销", "yibaochongfubaoxiao"),
        ("银行卡", "yinhangka"),
        ("长期异地居住", "changqiyidijuzhu"),
        ("重病", "zhongbing"),
        ("居民医保", "juminyibao"),
    ],
)
def test_a_sign_sounds_as_in_its_word(text: str, pinyin: str) -> None:
    assert pinyin_of(text) == pinyin


@pytest.mark.sqlite
def test_a_process_carries_none_of_the_others() -> None:
    program = "import search.pinyin, sys; from pypinyin.constants import PHRASES_DICT; print(len(PHRASES_DICT))"
    carried = subprocess.run(
        [sys.executable, "-c", program], cwd=settings.BASE_DIR, env={}, capture_output=True, text=True, check=True
    ).stdout
    assert int(carried) == len(FILE.read_text(encoding="utf-8").splitlines())
