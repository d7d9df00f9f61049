"""The order of results: the same on every database, because it is worked out here on the best candidates only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from search.statistics import BODY, HEAD
from search.store import Candidate, Posting
from search.text import bigrams, is_word, runs
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

# Sums of weights are never exactly one.
WHOLLY = 0.99
# An entry with this share of the subject needs no other proof.
SATISFIED = 0.5
LONG = 10  # pairs of characters in a long query


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
    subject: float = 0.0


@dataclass
class Present:
    """Which tokens of a segment stand in any of an entry's titles; looked for once, then in each title."""

    part: Part
    whole: bool
    others: list[str]
    terms: list[tuple[str, float]]

    def credit(self, head: str) -> float:
        """What one title is worth for the segment."""
        mass = self.part.head_mass
        if self.whole and self.part.segment.text in head:
            return mass
        own = 0.0
        for term, weight in self.terms:
            if term in head:
                own += weight
        return SYNONYM * mass if own < SYNONYM * mass and _holds(self.others, head) else own


def _present(part: Part, heads: str) -> Present | None:
    whole = part.segment.text in heads
    others = [other for other in part.segment.others if other in heads]
    terms = [(term, weight) for term, weight in part.head if term in heads]
    return Present(part, whole, others, terms) if (whole or others or terms) and part.head_mass else None


def _holds(words: Iterable[str], text: str) -> bool:
    for word in words:  # noqa: SIM110 - a generator costs twice as much, and this runs thousands of times a search
        if word in text:
            return True
    return False


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
        self.pairs = {pair for run in runs(query.normal) if not is_word(run) for pair in bigrams(run)}

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
        """The candidate's score, and how much of the query it holds."""
        present = [one for part in self.parts if (one := _present(part, candidate.heads))]
        heads = candidate.heads.split("\n")
        best = self._head(present, heads[0])
        for head in heads[1:]:
            best = max(best, TERMS * self._head(present, head))
        content, cover, holds_all = self._rest(candidate, {id(one.part): one for one in present})
        if cover < SATISFIED:
            cover = max(cover, self._told(heads))
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
        return Part(segment, head, body, sum(w for _, w in head), sum(w for _, w in body), _subject(segment, terms))

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

    def _head(self, present: list[Present], head: str) -> float:
        """How well one title answers: what it holds of the query, less the longer it is, more if it says the very same."""
        found = 0.0
        for one in present:
            found += one.credit(head)
        found /= self.head_mass
        wide = len(head) / max(len(self.core), self.head_length * 0.75)
        value = found / (1 - LENGTH + LENGTH * wide)
        if found > 0.5 and self.core:
            bare = "".join(runs(head))
            if self.core in bare:
                value += PHRASE + (SAME if self.core == bare else 0.0)
        return value

    def _rest(self, candidate: Candidate, present: dict[int, Present]) -> tuple[float, float, bool]:
        """Which share of the query the body holds, which share of its subject any part holds, and whether all of it."""
        score = total = held = 0.0
        holds_all = True
        for part in self.parts:
            body, share = self._body(part, candidate, present.get(id(part)))
            score += body
            if part.segment.kind != Kind.PATTERN:
                total += part.subject
                held += part.subject * share
                holds_all = holds_all and share >= WHOLLY
        return score / self.body_mass, (held / total if total else 1.0), holds_all

    def _body(self, part: Part, candidate: Candidate, present: Present | None) -> tuple[float, float]:
        """What the body is worth for a segment, and which share of the segment titles and body hold together."""
        content, heads = candidate.content, candidate.heads
        titled = present is not None and (present.whole or bool(present.others))
        if part.segment.text in content:
            return part.body_mass, 1.0
        own = anywhere = 0.0
        for term, weight in part.body:
            if term in content:
                own += weight
                anywhere += weight
            elif term in heads:
                anywhere += weight
        most = SYNONYM * part.body_mass
        other = (own < most or not titled) and _holds(part.segment.others, content)
        if titled or other:
            return max(own, most if other else 0.0), 1.0
        return own, anywhere / part.body_mass if part.body_mass else 0.0

    def _told(self, heads: list[str]) -> float:
        """How much of one of the titles a longer query says: a story may hold the question among much else."""
        if len(self.pairs) < LONG:
            return 0.0
        best = 0.0
        for head in heads:
            own = [pair for run in runs(head) if not is_word(run) for pair in bigrams(run)]
            if len(own) >= LONG // 2:
                best = max(best, sum(pair in self.pairs for pair in own) / len(own))
        return best


def _subject(segment: Segment, terms: list[str]) -> float:
    """How much of the subject a piece is: a known word counts as one however common, fluff never much more than one."""
    if segment.kind != Kind.REST:
        return 1.0
    pairs = [1 - 0.75 * sum(sign in PARTICLES for sign in term) / len(term) for term in terms]
    return 0.2 * pairs[0] if len(segment.text) == 1 else min(1.5, 1.25 * sum(pairs))


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
