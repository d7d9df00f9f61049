"""The words that search knows: editors' word sets, topics and places, kept in memory until one of them changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from search.models import IndexState, WordSet, WordSetKind
from search.pinyin import blurred, syllables
from search.text import is_word, normalise, runs
from taxonomy.models import City, Province, Topic

Units = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A place that people name; `province` is the slug of the page it leads to."""

    name: str
    province: str
    province_name: str


@dataclass
class Lexicon:
    """Everything known about words. A phrase is keyed by its units: single characters and whole Latin words."""

    stamp: str = ""
    kinds: dict[Units, WordSetKind] = field(default_factory=dict)
    others: dict[Units, list[str]] = field(default_factory=dict)
    places: dict[Units, list[Place]] = field(default_factory=dict)
    place_names: list[tuple[str, str, str, list[Place]]] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)
    provinces: dict[str, Province] = field(default_factory=dict)
    lookalikes: dict[str, set[str]] = field(default_factory=dict)
    by_sound: dict[Units, list[str]] = field(default_factory=dict)
    by_initials: dict[str, list[str]] = field(default_factory=dict)
    by_shape: dict[str, list[str]] = field(default_factory=dict)
    openings: set[Units] = field(default_factory=set)
    spellings: list[tuple[str, str]] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    longest: int = 1

    def learn(self, phrase: str) -> Units:
        """Makes a phrase known by its characters, its sound and its initials."""
        units = units_of(phrase)
        self.longest = max(self.longest, len(units))
        text = "".join(units)
        if text in self.words:
            return units
        self.words.add(text)
        if len(units) > 1:
            sounds = syllables(text)
            self.by_sound.setdefault(blurred(sounds), []).append(text)
            self.openings.update(blurred(sounds[:size]) for size in range(1, len(sounds)))
            self.spellings.append(("".join(sounds), text))
            self.by_initials.setdefault("".join(sound[0] for sound in sounds), []).append(text)
            for shape in shapes(units):
                self.by_shape.setdefault(shape, []).append(text)
        return units


def units_of(text: str) -> Units:
    """The single characters and whole Latin words of a text, in order."""
    found: list[str] = []
    for run in runs(normalise(text)):
        found.extend([run] if is_word(run) else run)
    return tuple(found)


def shapes(units: Units) -> Iterator[str]:
    """Keys that a phrase shares with its typical misspellings: its signs in another order, and one sign different."""
    if len(units) >= 3:
        yield "order:" + "".join(sorted(units))
    if len(units) >= 4:
        for position in range(len(units)):
            yield "".join(units[:position]) + "?" + "".join(units[position + 1 :])


_loaded = Lexicon()


def current(stamp: str) -> Lexicon:
    """The lexicon of that stamp, read from the database where memory holds another one (five queries)."""
    global _loaded
    if not stamp or _loaded.stamp != stamp:
        _loaded = load(stamp)
    return _loaded


def touch(**_: Any) -> None:
    """Says to all processes that words have changed. Also a signal receiver."""
    IndexState.current()
    IndexState.objects.filter(pk=1).update(lexicon=uuid.uuid4().hex)


def load(stamp: str) -> Lexicon:
    """Reads all word sets, topics and places."""
    lexicon = Lexicon(stamp=stamp)
    for words in WordSet.objects.filter(active=True):
        _add_set(lexicon, words)
    lexicon.topics = list(Topic.objects.order_by("order"))
    for topic in lexicon.topics:
        units = lexicon.learn(topic.name)
        lexicon.kinds.setdefault(units, WordSetKind.SYNONYM)
    lexicon.provinces = {province.slug: province for province in Province.objects.all()}
    for province in lexicon.provinces.values():
        _add_place(lexicon, [province.name, province.short_name], province)
    for city in City.objects.select_related("landing"):
        names = [city.name, city.short_name, *city.aliases.splitlines()]
        _add_place(lexicon, [name for name in names if name not in ("", "市辖区")], city.landing)
    for units, places in lexicon.places.items():
        sounds = syllables(name := "".join(units))
        lexicon.place_names.append((name, "".join(sounds), "".join(sound[0] for sound in sounds), places))
    return lexicon


def _add_set(lexicon: Lexicon, words: WordSet) -> None:
    lines = words.lines()
    if words.kind == WordSetKind.LOOKALIKE:
        for sign in lines:
            lexicon.lookalikes.setdefault(sign, set()).update(set(lines) - {sign})
        return
    for line in lines:
        units = lexicon.learn(line)
        lexicon.kinds[units] = WordSetKind(words.kind)
        if words.kind != WordSetKind.NOISE:
            known = lexicon.others.setdefault(units, [])
            known.extend(other for other in lines if other != line and other not in known)


def _add_place(lexicon: Lexicon, names: list[str], province: Province) -> None:
    for name in names:
        units = lexicon.learn(name)
        place = Place("".join(units), province.slug, province.short_name)
        known = lexicon.places.setdefault(units, [])
        if all(other.province != place.province for other in known):
            known.append(place)
