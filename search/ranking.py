"""The order of results: the same on every database, because it is worked out here on the best candidates only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.statistics import BODY, HEAD
from search.store import Candidate, Posting
from search.text import is_word, runs
from search.understanding import PARTICLES, Kind, Query, Segment

Counts = Mapping[tuple[str, str], int]

# How much a piece of a query weighs by its kind, and what another word for the same thing is worth.
KIND_WEIGHT = {Kind.WORD: 1.0, Kind.REST: 1.0, Kind.PATTERN: 0.35, Kind.PLACE: 0.5}
# The named place in an entry's own provinces, in its titles, and an entry that is only about other provinces.
HERE, NAMED, ELSEWHERE = 1.2, 1.1, 0.6
SYNONYM = 0.85
CHARACTER, PAIR, WHOLE = 1.0, 0.5, 1.5
CONTENT = 0.3
TERMS = 0.95  # a search term of the editors, against the title itself
LENGTH = 0.25  # how much a long title loses against a short one
PHRASE, SAME = 0.15, 0.5  # the whole query stands in a title; the title says nothing else


def idf(entries: int, total: int) -> float:
    """How telling a token is that stands in so many of all entries."""
    return math.log(1 + (total - entries + 0.5) / (entries + 0.5)) if entries < total else 0.1


@dataclass
class Part:
    """A segment with what its tokens are worth."""

    segment: Segment
    head: list[tuple[str, float]]
    body: list[tuple[str, float]]
    head_mass: float
    body_mass: float


@dataclass(frozen=True)
class Scored:
    """A candidate with its score and with how much of the query it holds, from 0 to 1."""

    candidate: Candidate
    score: float
    cover: float
    holds_all: bool


class Ranker:
    """Scores candidates for one query."""

    def __init__(self, query: Query, counts: Counts, total: int, head_length: float = 12.0) -> None:
        self.query, self.counts, self.total, self.head_length = query, counts, max(total, 1), head_length
        subject = [segment for segment in query.segments if segment.kind != Kind.PLACE]
        self.parts = [self._part(segment) for segment in subject or query.segments]
        self.place_names = {
            name for segment in query.segments if segment.kind == Kind.PLACE for name in segment.text.split()
        }
        self.provinces = {place.province for place in query.places}
        self.head_mass = sum(part.head_mass for part in self.parts) or 1.0
        self.body_mass = sum(part.body_mass for part in self.parts) or 1.0
        self.core = query.core

    def postings(self) -> list[Posting]:
        """Every list that could be read, with its worth; the planner chooses among them."""
        found: dict[tuple[str, str], float] = {}

        def add(field: str, term: str, weight: float) -> None:
            found[field, term] = max(found.get((field, term), 0.0), weight)

        for part in self.parts:
            for term, weight in part.head:
                add(HEAD, term, weight)
            for term, weight in part.body:
                add(BODY, term, weight * 0.6)
            for other in part.segment.others:
                terms = Segment(other, part.segment.kind).terms()
                for term in terms:
                    add(HEAD, term, SYNONYM * part.head_mass / len(terms))
                    if len(term) > 1:
                        add(BODY, term, SYNONYM * part.body_mass * 0.6 / len(terms))
        return [Posting(field, term, weight) for (field, term), weight in found.items()]

    def score(self, candidate: Candidate) -> Scored:
        heads = candidate.heads.split("\n")
        best = 0.0
        for number, head in enumerate(heads):
            value = self._head(head) * (TERMS if number else 1.0)
            best = max(best, value)
        content = sum(self._content(part, candidate.content) for part in self.parts) / self.body_mass
        cover, holds_all = self._cover(candidate)
        return Scored(candidate, (best + CONTENT * content) * self._place(candidate), cover, holds_all)

    def _place(self, candidate: Candidate) -> float:
        """How an entry's own provinces fit the places that the query names."""
        own = set(candidate.provinces.split())
        if not self.provinces:
            return 1.0
        if own & self.provinces:
            return HERE
        return ELSEWHERE if own else NAMED if any(name in candidate.heads for name in self.place_names) else 1.0

    def _part(self, segment: Segment) -> Part:
        weight = KIND_WEIGHT[segment.kind]
        terms = list(dict.fromkeys(segment.terms()))
        signs = [sign for run in runs(segment.text) if not is_word(run) for sign in dict.fromkeys(run)]
        damp = self._damp(segment, terms)
        light = segment.kind == Kind.REST
        head = [(sign, CHARACTER * self._worth(HEAD, sign, light) * weight * damp) for sign in signs]
        for term in terms:
            if len(term) > 1 or is_word(term):
                head.append((term, (WHOLE if is_word(term) else PAIR) * self._worth(HEAD, term, light) * weight * damp))
        body = [(term, PAIR * self._worth(BODY, term, light) * weight * damp) for term in terms if len(term) > 1]
        return Part(segment, head, body, sum(w for _, w in head), sum(w for _, w in body))

    def _worth(self, field: str, term: str, light: bool) -> float:
        value = idf(self.counts.get((field, term), 0), self.total)
        share = sum(sign in PARTICLES for sign in term) / len(term) if light else 0
        return value * (1 - 0.75 * share)

    def _damp(self, segment: Segment, terms: list[str]) -> float:
        """A rare word for a common thing is no more telling than the thing."""
        if not segment.others or not terms:
            return 1.0
        own = self._phrase_count(segment.text)
        common = max(own, *(self._phrase_count(other) for other in segment.others))
        return idf(common, self.total) / max(idf(own, self.total), 0.1)

    def _phrase_count(self, text: str) -> int:
        """At most how many titles hold the phrase."""
        terms = Segment(text, Kind.WORD).terms()
        return min((self.counts.get((HEAD, term), 0) for term in terms), default=0)

    def _head(self, head: str) -> float:
        found = sum(self._credit(part, head) for part in self.parts) / self.head_mass
        wide = len(head) / max(len(self.core), self.head_length * 0.75)
        value = found / (1 - LENGTH + LENGTH * wide)
        bare = "".join(runs(head))
        if self.core and self.core in bare:
            value += PHRASE + (SAME if self.core == bare else 0.0)
        return value

    def _credit(self, part: Part, head: str) -> float:
        if part.segment.text in head:
            return part.head_mass
        own = sum(weight for term, weight in part.head if term in head)
        if any(other in head for other in part.segment.others):
            return max(own, SYNONYM * part.head_mass)
        return own

    def _content(self, part: Part, content: str) -> float:
        if part.segment.text in content:
            return part.body_mass
        own = sum(weight for term, weight in part.body if term in content)
        if any(other in content for other in part.segment.others):
            return max(own, SYNONYM * part.body_mass)
        return own

    def _cover(self, candidate: Candidate) -> tuple[float, bool]:
        """Which share of the query's subject the entry holds anywhere, and whether it holds every word of it."""
        text = candidate.heads + "\n" + candidate.content
        total = held = 0.0
        holds_all = True
        for part in self.parts:
            if part.segment.kind == Kind.PATTERN:
                continue
            weight = self._subject(part)
            total += weight
            if part.segment.text in text or any(other in text for other in part.segment.others):
                held += weight
                continue
            mass = part.body_mass or part.head_mass
            own = sum(worth for term, worth in (part.body or part.head) if term in text)
            held += weight * own / mass if mass else 0
            holds_all = holds_all and own >= 0.99 * mass
        return (held / total if total else 1.0), holds_all

    def _subject(self, part: Part) -> float:
        """How much of the subject a piece is: a known word counts as one however common, fluff never more than one."""
        if part.segment.kind != Kind.REST:
            return 1.0
        pairs = [1 - 0.75 * sum(sign in PARTICLES for sign in term) / len(term) for term in part.segment.terms()]
        single = len(part.segment.text) == 1
        return 0.2 * pairs[0] if single else min(1.5, 1.25 * sum(pairs))


def plan(postings: Sequence[Posting], counts: Counts, budget: int, most: int) -> list[Posting]:
    """The lists to read: the most telling for their length, until the budget of entries is spent."""

    def length(posting: Posting) -> int:
        return counts.get((posting.field, posting.term), 1)

    ranked = sorted(postings, key=lambda one: (-one.weight / math.sqrt(length(one)), one.field, one.term))
    chosen, spent = [], 0
    for posting in ranked:
        if len(chosen) >= most:
            break
        if chosen and spent + length(posting) > budget:
            continue
        chosen.append(posting)
        spent += length(posting)
    return chosen
