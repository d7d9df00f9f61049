"""Guesses what a mistyped word was meant to be: same sound, similar look, one sign wrong, two signs swapped."""

from __future__ import annotations

from collections.abc import Mapping

from search.lexicon import Lexicon, Units, shapes
from search.models import TermCount
from search.pinyin import blurred, syllables
from search.statistics import BODY, HEAD
from search.text import is_word, runs
from search.understanding import Kind, Query

LONGEST = 8
Counts = Mapping[tuple[str, str], int]


def corrected(query: Query, lexicon: Lexicon, counts: Counts) -> str | None:
    """The query with its unknown pieces replaced by known words; None where nothing better is known."""
    pieces = Pieces(query, counts)
    if not pieces.unknown:
        return None
    pairs = pieces.usual_pairs()
    position, changed, result = 0, False, []
    while position < len(pieces.units):
        size, word = _best(pieces, position, lexicon, pairs)
        changed |= size > 0
        result.append(word if size else pieces.units[position])
        position += size or 1
    text = "".join(result)
    return text if changed and text != query.core else None


class Pieces:
    """The units of a query, how they sound, and where it says something that the site writes nowhere."""

    def __init__(self, query: Query, counts: Counts) -> None:
        self.units: list[str] = []
        self.open: list[bool] = []
        for segment in query.segments:
            own = [unit for run in runs(segment.text) for unit in ([run] if is_word(run) else run)]
            self.units += own
            self.open += [segment.kind == Kind.REST and not is_word(unit) for unit in own]
        self.words = [is_word(unit) for unit in self.units]
        self.sounds = blurred(syllables("".join(self.units)))
        self.unknown = {at for at in range(len(self.units) - 1) if self._is_unknown(at, counts)}

    def _is_unknown(self, at: int, counts: Counts) -> bool:
        pair = self.units[at] + self.units[at + 1]
        touched = self.open[at] or self.open[at + 1]
        return touched and not counts.get((HEAD, pair)) and not counts.get((BODY, pair))

    def usual_pairs(self) -> dict[int, str]:
        """For an unknown pair, by its place, the most common pair in titles that sounds the same."""
        keys = {at: " ".join(self.sounds[at : at + 2]) for at in self.unknown}
        rows = TermCount.objects.filter(field=HEAD, pinyin__in=set(keys.values()), entries__gt=1).order_by("entries")
        usual = dict(rows.values_list("pinyin", "term"))  # the most common one is written last
        return {at: usual[key] for at, key in keys.items() if key in usual}


def _best(pieces: Pieces, start: int, lexicon: Lexicon, pairs: Mapping[int, str]) -> tuple[int, str]:
    """The longest piece from here that is unknown and has a known word beside it."""
    for size in range(min(LONGEST, len(pieces.units) - start), 1, -1):
        end = start + size
        if any(pieces.words[start:end]) or not any(at in pieces.unknown for at in range(start, end - 1)):
            continue
        word = _known_word(tuple(pieces.units[start:end]), pieces.sounds[start:end], lexicon)
        if not word and size == 2:
            word = pairs.get(start)
        if word and word != "".join(pieces.units[start:end]):
            return size, word
    return 0, ""


def _known_word(window: Units, sounds: tuple[str, ...], lexicon: Lexicon) -> str | None:
    text = "".join(window)
    if text in lexicon.words:
        return None
    alike = lexicon.by_sound.get(sounds)
    if alike:
        return min(alike, key=lambda word: sum(a != b for a, b in zip(word, text, strict=False)))
    for position, sign in enumerate(window):
        for other in sorted(lexicon.lookalikes.get(sign, ())):
            candidate = text[:position] + other + text[position + 1 :]
            if candidate in lexicon.words:
                return candidate
    return next((word for shape in shapes(window) for word in lexicon.by_shape.get(shape, ()) if word != text), None)
