"""Guesses what a mistyped word was meant to be: same sound, similar look, one sign wrong, two signs swapped."""

from __future__ import annotations

from collections.abc import Mapping

from search.lexicon import Lexicon, Units, shapes
from search.models import TermCount
from search.pinyin import blurred, sound_of, syllables
from search.statistics import BODY, HEAD
from search.text import bigrams, is_word, runs
from search.understanding import Kind, Query

LONGEST = 8
Counts = Mapping[tuple[str, str], int]


def corrected(query: Query, lexicon: Lexicon, counts: Counts) -> str | None:
    """The query with its unknown pieces replaced by known words; None where nothing better is known."""
    units: list[str] = []
    open_: list[bool] = []
    for segment in query.segments:
        own = [unit for run in runs(segment.text) for unit in ([run] if is_word(run) else run)]
        units += own
        open_ += [segment.kind == Kind.REST and not is_word(unit) for unit in own]
    position, changed, result = 0, False, []
    while position < len(units):
        size, word = _best(units, open_, position, lexicon, counts)
        changed |= size > 0
        result.append(word if size else units[position])
        position += size or 1
    text = "".join(result)
    return text if changed and text != query.core else None


def _best(units: list[str], open_: list[bool], start: int, lexicon: Lexicon, counts: Counts) -> tuple[int, str]:
    """The longest piece from here that is unknown and has a known word beside it."""
    for size in range(min(LONGEST, len(units) - start), 1, -1):
        window = tuple(units[start : start + size])
        if not any(open_[start : start + size]) or any(is_word(unit) for unit in window):
            continue
        if not _unknown("".join(window), counts):
            continue
        word = _known_word(window, lexicon) or (_pair(window) if size == 2 else None)
        if word:
            return size, word
    return 0, ""


def _unknown(text: str, counts: Counts) -> bool:
    """Whether the site writes this nowhere."""
    return any(not counts.get((HEAD, pair)) and not counts.get((BODY, pair)) for pair in bigrams(text))


def _known_word(window: Units, lexicon: Lexicon) -> str | None:
    text = "".join(window)
    alike = lexicon.by_sound.get(blurred(syllables(text)), [])
    if alike:
        return min(alike, key=lambda word: sum(a != b for a, b in zip(word, text, strict=False)))
    for position, sign in enumerate(window):
        for other in sorted(lexicon.lookalikes.get(sign, ())):
            candidate = text[:position] + other + text[position + 1 :]
            if candidate in lexicon.words:
                return candidate
    for shape in shapes(window):
        for word in lexicon.by_shape.get(shape, ()):
            if word != text:
                return word
    return None


def _pair(window: Units) -> str | None:
    """The most common pair of characters in titles that sounds the same."""
    row = (
        TermCount.objects.filter(field=HEAD, pinyin=sound_of("".join(window)), entries__gt=1)
        .order_by("-entries")
        .first()
    )
    return row.term if row and row.term != "".join(window) else None
