"""One normaliser and one tokeniser for index, query, suggestions, related questions and duplicates.

Titles become single characters and bigrams, bodies bigrams; Latin words and numbers stay whole. No dictionary is
needed, so index and query can never disagree. research: characters help in short titles, bigrams in long bodies.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import opencc

# Part of the index: a change of how text becomes tokens needs a new number, and then `rebuild_search`.
SCHEME = 2

# PostgreSQL refuses a document with a token of more than two kilobytes; no word is that long.
LONGEST_WORD = 60
# Unicode's normal form sorts the marks on one letter in time that grows with their square, so it is asked piece by piece.
PIECE = 500
_simplify = opencc.OpenCC("t2s").convert
# What counts as a Chinese character is what SQLite's tokeniser counts as a letter (Unicode 6.1).
HAN = "\u3007\u3400-\u4db5\u4e00-\u9fcc"
_RUN = re.compile(rf"[a-z0-9]+(?:\.[0-9]+)*号?|[{HAN}]+")
_WORD = re.compile(r"[a-z0-9]")
_INVISIBLE = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
# 医保发〔2022〕22号 is written with every kind of bracket, with spaces, and with none.
_NUMBER_BRACKETS = re.compile(r"[\[({〔【〈《]\s*((?:19|20)\d\d)\s*[\])}〕】〉》]\s*")
_NUMBER_GAP = re.compile(rf"(?<=[{HAN}])\s*((?:19|20)\d\d)\s*(?:第\s*)?(\d{{1,3}})\s*号")
_SPACES = re.compile(r"[^\S\n]+")


def clean(text: str) -> str:
    """The text without control and invisible characters, as it may be shown and stored."""
    return _INVISIBLE.sub("", text.replace("\x00", ""))


def normalise(text: str) -> str:
    """The form in which texts are compared: NFKC, lower case, simplified characters, document numbers in one form."""
    readable = clean(text)
    pieces = (readable[start : start + PIECE] for start in range(0, len(readable), PIECE))
    plain = "".join(unicodedata.normalize("NFKC", piece) for piece in pieces).lower()
    plain = _simplify(plain)
    plain = _NUMBER_BRACKETS.sub(r" \1 ", plain)
    plain = _NUMBER_GAP.sub(r" \1 \2号", plain)
    return _SPACES.sub(" ", plain).strip()


def compact(text: str) -> str:
    """Only the letters, characters and numbers of a text: two titles with the same compact form say the same."""
    return "".join(_RUN.findall(normalise(text)))


def runs(normal: str) -> list[str]:
    """The Latin words, numbers and unbroken Chinese runs of a normalised text, in order."""
    return _RUN.findall(normal)


def is_word(run: str) -> bool:
    """Whether a run is a Latin word or a number, which is never cut."""
    return bool(_WORD.match(run))


def bigrams(run: str) -> Iterator[str]:
    """The pairs of neighbouring characters of a Chinese run."""
    return (run[i : i + 2] for i in range(len(run) - 1))


def title_tokens(text: str) -> list[str]:
    """The distinct tokens of a title: words, characters and bigrams, in order of appearance."""
    found: dict[str, None] = {}
    for run in runs(normalise(text)):
        if is_word(run):
            found[run[:LONGEST_WORD]] = None
        else:
            found.update(dict.fromkeys(run))
            found.update(dict.fromkeys(bigrams(run)))
    return list(found)


def body_tokens(text: str) -> list[str]:
    """The distinct tokens of a longer text: words and bigrams."""
    found: dict[str, None] = {}
    for run in runs(normalise(text)):
        found.update(dict.fromkeys([run[:LONGEST_WORD]] if is_word(run) else bigrams(run)))
    return list(found)
