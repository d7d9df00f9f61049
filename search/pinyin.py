"""How Chinese words sound: keys under which words are found by pinyin, by initials and by a sound-alike mistake."""

from __future__ import annotations

import re
from functools import lru_cache

from pypinyin import lazy_pinyin

from search.text import HAN, is_word, normalise, runs

# Many older readers, from all parts of the country, do not tell these apart when they type.
_SAME = [("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in")]
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_HAN = re.compile(f"[{HAN}]")


@lru_cache(maxsize=20_000)
def syllables(text: str) -> tuple[str, ...]:
    """The syllables of a normalised Chinese text; Latin words and numbers stay as they are."""
    found: list[str] = []
    for run in runs(text):
        found.extend([run] if is_word(run) else lazy_pinyin(run, v_to_u=False))
    return tuple(found)


def pinyin_of(text: str) -> str:
    """The full pinyin of a text without spaces, such as yidijiuyi."""
    return "".join(syllables(normalise(text)))


def initials_of(text: str) -> str:
    """The first letters of a text's syllables, such as ydjy."""
    return "".join(syllable[0] for syllable in syllables(normalise(text)))


def blurred(pinyin: str) -> str:
    """Pinyin without the differences that many people do not hear: zh and z, ing and in."""
    for sharp, blunt in _SAME:
        pinyin = pinyin.replace(sharp, blunt)
    return pinyin


@lru_cache(maxsize=20_000)
def sound_of(text: str) -> str:
    """The blurred pinyin of a text: two texts that sound alike have the same."""
    return blurred("".join(syllables(text)))
