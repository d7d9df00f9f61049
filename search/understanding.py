"""What a query says: which words it holds, what they also mean, which places it names, what is only politeness."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from search.latin import read_latin
from search.lexicon import Lexicon, Place
from search.models import WordSetKind
from search.text import bigrams, is_word, normalise, runs

LONGEST_QUERY = 100
# More characters than this are a sentence.
KEY_WORDS = 8
# Signs that carry no subject on their own; they stay in the text but weigh little.
PARTICLES = frozenset(
    "的了吗呢呀啊吧嘛哦啦么是在我你他她它们就都也还要会有和与跟给把被让从到去来这那个些点上下里后前时候能可以"
)


class Kind(StrEnum):
    WORD = "word"
    REST = "rest"
    PATTERN = "pattern"
    PLACE = "place"


@dataclass(frozen=True)
class Segment:
    """A piece of a query and what else it may be called."""

    text: str
    kind: Kind
    others: tuple[str, ...] = ()

    def terms(self) -> list[str]:
        """Its Latin words and pairs of characters, or the single character that it is."""
        found: list[str] = []
        for run in runs(self.text):
            found.extend([run] if is_word(run) or len(run) == 1 else bigrams(run))
        return found


@dataclass
class Query:
    """A query that has been read."""

    text: str
    normal: str
    read_as: str = ""
    segments: list[Segment] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The letters and characters that count."""
        return "".join(runs(self.normal))

    @property
    def core(self) -> str:
        """The query without politeness."""
        return "".join(segment.text for segment in self.segments)

    @property
    def is_question(self) -> bool:
        """Whether it is put as a question or a sentence, not as a few key words."""
        return len(self.core) > KEY_WORDS or any(segment.kind == Kind.PATTERN for segment in self.segments)

    @property
    def words(self) -> list[Segment]:
        """The segments that carry the subject."""
        return [segment for segment in self.segments if segment.kind in (Kind.WORD, Kind.REST)]


def read(text: str, lexicon: Lexicon) -> Query:
    """Takes a query apart. Only the first characters of a very long text are read."""
    normal = normalise(text[: LONGEST_QUERY * 2])[:LONGEST_QUERY]
    reading = read_latin(normal, lexicon)
    query = Query(text=text, normal=reading.text if reading else normal, read_as=reading.text if reading else "")
    for piece in cut(query.normal, lexicon):
        if piece.kind == Kind.PLACE:
            query.places += lexicon.places.get(tuple(_units(piece.text)), ())  # a name of two Latin words reads as one
        query.segments.append(piece)
    for name in reading.also if reading else ():
        query.places += lexicon.places.get(tuple(name), ())
    return query


def cut(normal: str, lexicon: Lexicon) -> list[Segment]:
    """The segments of a normalised text, politeness left out: known words first, the longest wherever two overlap."""
    units, gaps = _units(normal), _gaps(normal)
    segments: list[Segment] = []
    rest: list[str] = []

    def close() -> None:
        if rest:
            segments.append(Segment("".join(rest), Kind.REST))
            rest.clear()

    position = 0
    while position < len(units):
        length = _known(units, position, lexicon)
        if length:
            close()
            segments.extend(_segment(tuple(units[position : position + length]), lexicon))
        else:
            if position in gaps or is_word(units[position]) or (rest and is_word(rest[-1])):
                close()
            rest.append(units[position])
        position += length or 1
    close()
    return segments


def _known(units: list[str], position: int, lexicon: Lexicon) -> int:
    """How many units from here make the longest known phrase; 0 where none begins here."""
    for length in range(min(lexicon.longest, len(units) - position), 0, -1):
        phrase = tuple(units[position : position + length])
        if phrase in lexicon.kinds or phrase in lexicon.places:
            return length
    return 0


def _segment(phrase: tuple[str, ...], lexicon: Lexicon) -> list[Segment]:
    text, kind = "".join(phrase), lexicon.kinds.get(phrase)
    if phrase in lexicon.places:
        provinces = dict.fromkeys(place.province_name for place in lexicon.places[phrase])
        return [Segment(text, Kind.PLACE, tuple(name for name in provinces if name != text))]
    if kind == WordSetKind.NOISE:
        return []
    others = tuple(lexicon.others.get(phrase, ()))
    return [Segment(text, Kind.PATTERN if kind == WordSetKind.PATTERN else Kind.WORD, others)]


def _units(normal: str) -> list[str]:
    found: list[str] = []
    for run in runs(normal):
        found.extend([run] if is_word(run) else run)
    return found


def _gaps(normal: str) -> set[int]:
    """The positions of units before which the text has a space or a sign."""
    found, position = set(), 0
    for run in runs(normal):
        found.add(position)
        position += 1 if is_word(run) else len(run)
    return found
