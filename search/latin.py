"""Reads Latin letters as pinyin: whole syllables (yidi beian) or first letters (ydjy), from words the site knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from search.lexicon import Lexicon
from search.models import TermCount
from search.pinyin import blurred, cuts, syllables
from search.statistics import HEAD
from search.text import bigrams

_LETTERS = re.compile(r"[a-z]+(?: +[a-z]+)*")
LONGEST = 40
# A pair of characters that only stands in some title is a weaker guess than a known word.
WORD_COST, PAIR_COST = 1.0, 1.7

Common = Callable[[str], int]


@dataclass(frozen=True)
class Reading:
    """A text with its pinyin turned into characters, and the places that sound the same as one that was chosen."""

    text: str
    also: tuple[str, ...] = ()


def read_latin(normal: str, lexicon: Lexicon) -> Reading | None:
    """The normalised text with pinyin read as Chinese; None where there is none or it says nothing known."""
    found = [match for match in _LETTERS.finditer(normal) if 1 < len(match[0]) <= LONGEST]
    literal = _literal(word for match in found for word in match[0].split())
    also: list[str] = []
    text, changed = normal, False
    for match in reversed(found):
        if any(word in literal for word in match[0].split()):
            continue
        letters = match[0].replace(" ", "")
        words = spelt(letters, lexicon) or initials(letters, lexicon)
        if words:
            changed = True
            text = text[: match.start()] + " ".join(words) + text[match.end() :]
            also += [other for word in words for other in same_places(word, lexicon)]
    return Reading(text, tuple(also)) if changed else None


def _literal(words: Iterable[str]) -> set[str]:
    """Those Latin words that the site itself writes, such as app or drg."""
    wanted = [word for word in words if len(word) <= 60]
    return set(TermCount.objects.filter(term__in=wanted).values_list("term", flat=True)) if wanted else set()


def same_places(word: str, lexicon: Lexicon) -> list[str]:
    """Other places that sound exactly like this one: 山西 and 陕西, 苏州 and 宿州."""
    if tuple(word) not in lexicon.places:
        return []
    alike = lexicon.by_sound.get(blurred(syllables(word)), [])
    return [one for one in alike if one != word and tuple(one) in lexicon.places and syllables(one) == syllables(word)]


def spelt(letters: str, lexicon: Lexicon) -> list[str]:
    """The words whose full pinyin the letters are, in order; empty where some letters fit nothing."""
    edges = _word_edges(letters, lexicon)
    for start, end, sounds in _pair_edges(letters):
        edges.setdefault(start, []).append((end, PAIR_COST, sounds))
    best: dict[int, tuple[float, list[str]]] = {0: (0.0, [])}
    for start in range(len(letters)):
        if start not in best:
            continue
        cost, words = best[start]
        for end, price, word in edges.get(start, []):
            if end not in best or cost + price < best[end][0]:
                best[end] = (cost + price, [*words, word])
    return best.get(len(letters), (0.0, []))[1]


def _word_edges(letters: str, lexicon: Lexicon) -> dict[int, list[tuple[int, float, str]]]:
    """Known words by where they may begin: end, cost, word."""
    edges: dict[int, list[tuple[int, float, str]]] = {}
    for start in range(len(letters)):
        open_ends: list[tuple[int, tuple[str, ...]]] = [(start, ())]
        while open_ends:
            end, sounds = open_ends.pop()
            for syllable in cuts(letters, end):
                longer = (*sounds, syllable)
                key, stop = blurred(longer), end + len(syllable)
                if key in lexicon.by_sound:
                    word = _closest(lexicon.by_sound[key], longer, lexicon)
                    edges.setdefault(start, []).append((stop, WORD_COST, word))
                if key in lexicon.openings:
                    open_ends.append((stop, longer))
    return edges


def _closest(words: list[str], sounds: tuple[str, ...], lexicon: Lexicon) -> str:
    """Of words that sound alike, the one that is spelt so, and rather a word of the field than a place."""
    return min(words, key=lambda word: (syllables(word) != sounds, tuple(word) in lexicon.places))


def _pair_edges(letters: str) -> list[tuple[int, int, str]]:
    """Pairs of characters from titles: start, end, the most common pair with that sound."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for start in range(len(letters)):
        for first in cuts(letters, start):
            for second in cuts(letters, start + len(first)):
                key = " ".join(blurred((first, second)))
                spans.setdefault(key, []).append((start, start + len(first) + len(second)))
    rows = TermCount.objects.filter(field=HEAD, pinyin__in=list(spans)).order_by("entries")
    pairs = dict(rows.values_list("pinyin", "term"))  # the most common one is written last
    return [(start, end, pairs[key]) for key, places in spans.items() if key in pairs for start, end in places]


def initials(letters: str, lexicon: Lexicon) -> list[str]:
    """The words whose first letters these are; empty where some letters fit nothing."""
    best: dict[int, list[str]] = {0: []}
    for start in range(len(letters)):
        if start not in best:
            continue
        for end in range(start + 2, len(letters) + 1):
            words = lexicon.by_initials.get(letters[start:end])
            if words and (end not in best or len(best[start]) + 1 < len(best[end])):
                best[end] = [*best[start], _usual(words, lexicon)]
    words = best.get(len(letters), [])
    # Two letters alone may be anything; beside a longer word they are a guess too many.
    return words if len(words) == 1 or all(len(word) > 2 for word in words) else []


def _usual(words: list[str], lexicon: Lexicon) -> str:
    """Of words with the same first letters, the one that most titles hold."""
    pairs = {pair for word in words for pair in bigrams(word)}
    known = dict(TermCount.objects.filter(field=HEAD, term__in=pairs).values_list("term", "entries"))
    return max(words, key=lambda word: (min((known.get(pair, 0) for pair in bigrams(word)), default=0), -len(word)))
