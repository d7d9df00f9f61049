"""How Chinese words sound: keys under which words are found by pinyin, by initials and by a sound-alike mistake."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from search.readings import load
from search.text import is_word, normalise, runs

load()
from pypinyin import lazy_pinyin  # noqa: E402 - only now without its large dictionary of words
from pypinyin.constants import PINYIN_DICT  # noqa: E402

# Many older readers, from all parts of the country, do not tell these apart when they type.
_SAME = [("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in")]


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


@lru_cache(maxsize=5_000)
def _blur(syllable: str) -> str:
    for sharp, blunt in _SAME:
        syllable = syllable.replace(sharp, blunt)
    return syllable


def blurred(sounds: Iterable[str]) -> tuple[str, ...]:
    """Syllables without the differences that many people do not hear: zh and z, ing and in."""
    return tuple(_blur(sound) for sound in sounds)


def sound_of(text: str) -> str:
    """The blurred pinyin of a text: two texts that sound alike have the same."""
    return " ".join(blurred(syllables(text)))


@lru_cache(maxsize=1)
def inventory() -> frozenset[str]:
    """Every syllable of Mandarin, without tones."""
    written = {sound for sounds in set(PINYIN_DICT.values()) for sound in sounds.split(",")}
    plain = {unicodedata.normalize("NFD", sound.replace("ü", "v")) for sound in written}
    bare = {"".join(sign for sign in sound if sign.isascii()) for sound in plain}
    return frozenset(sound for sound in bare if sound.isalpha() and set(sound) & set("aeiouv"))


def cuts(letters: str, start: int) -> list[str]:
    """The syllables that may begin at a place in an unbroken run of letters, the longest first."""
    known = inventory()
    return [letters[start:end] for end in range(min(len(letters), start + 6), start, -1) if letters[start:end] in known]
