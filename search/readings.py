"""The words whose signs sound otherwise than alone, such as 重复: 3,500 of the pinyin library's 47,000 words.

The rest of its words say nothing that their signs do not say, and cost each process 45 MB. `readings.txt` holds those
that matter; `python -m search.readings` writes it again after the library was updated.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).with_name("readings.txt")


def load() -> None:
    """Gives the pinyin library these words instead of its own. To be called before anything else uses it."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")
    from pypinyin import load_phrases_dict  # reads the two settings when it is loaded

    load_phrases_dict({word: [[sound] for sound in sounds] for word, sounds in stored()})


def stored() -> Iterator[tuple[str, list[str]]]:
    """The words of the file with their syllables."""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        word, *sounds = line.split()
        yield word, sounds


def distilled() -> str:
    """The text of the file, from the library's own words: those that sound otherwise, and those that hold such a word,
    because the longest word found in a text is the one that is read."""
    from pypinyin import lazy_pinyin  # with all its words, so never in a process that has called `load`
    from pypinyin.constants import PHRASES_DICT

    def sounds(text: str) -> list[str]:
        return lazy_pinyin(text, v_to_u=False)

    alone = {sign: sounds(sign)[0] for word in PHRASES_DICT for sign in word}
    other = {word for word in PHRASES_DICT if sounds(word) != [alone[sign] for sign in word]}
    kept = sorted(word for word in PHRASES_DICT if any(part in other for part in _parts(word)))
    return "".join(f"{word} {' '.join(sounds(word))}\n" for word in kept)


def _parts(word: str) -> Iterator[str]:
    return (word[start:end] for start in range(len(word)) for end in range(start + 2, len(word) + 1))


if __name__ == "__main__":
    FILE.write_text(distilled(), encoding="utf-8")
