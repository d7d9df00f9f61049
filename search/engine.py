"""One search from text to results."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from search import lexicon
from search.models import IndexState
from search.ranking import Counts, Ranker, Scored, plan
from search.statistics import counts
from search.store import LIMIT, Filters, candidates
from search.text import bigrams
from search.typos import corrected
from search.understanding import Query, Segment, read

BUDGET = 8_000
LISTS = 64
# Below this share of the query's subject an entry is no answer to it.
ENOUGH = 0.45
# Key words, no more than this and no question around them, are a short query.
SHORT = 4
# Below this share of the best score an entry that lacks a word is not shown.
TAIL = 0.25
# How much more of its subject a corrected query must find before it is offered.
BETTER = 0.03


@dataclass
class Found:
    """What a query found, best first."""

    query: Query
    hits: list[Scored] = field(default_factory=list)
    truncated: bool = False
    suggestion: str = ""
    corrected: bool = False


def search(text: str, filters: Filters | None = None, limit: int = LIMIT, enough: float = ENOUGH) -> Found:
    """Entries that answer the text, best first. Four queries, and a few more for pinyin or a typing mistake."""
    now = IndexState.current()
    words = lexicon.current(now.lexicon)
    found, known = rank(read(text, words), now, filters, limit, enough)
    if not found.query.words:
        return found
    suggestion = corrected(found.query, words, known)
    if not suggestion:
        return found
    retry, _ = rank(read(suggestion, words), now, filters, limit, enough)
    if retry.hits and not found.hits:
        return replace(retry, suggestion=suggestion, corrected=True)
    # A guess is only worth offering where it would find more of what it says.
    better = retry.hits and best_cover(retry) > best_cover(found) + BETTER
    return replace(found, suggestion=suggestion) if better else found


def best_cover(found: Found) -> float:
    """The largest share of the query's subject that any of the first results holds."""
    return max((hit.cover for hit in found.hits[:10]), default=0.0)


def rank(
    query: Query, now: IndexState, filters: Filters | None, limit: int = LIMIT, enough: float = ENOUGH
) -> tuple[Found, Counts]:
    """The entries that answer a query that has been read, and how common its tokens are."""
    if not query.segments:
        return Found(query), {}
    known = counts(_tokens(query))
    ranker = Ranker(query, known, now.entries, now.head_length)
    rows = candidates(plan(ranker.postings(), known, BUDGET, LISTS), filters, limit)
    scored = [one for one in map(ranker.score, rows) if one.cover >= enough]
    return Found(query, ordered(scored, query), truncated=len(rows) >= limit), known


def ordered(scored: list[Scored], query: Query) -> list[Scored]:
    """Best first. For a short query, entries that hold every word come before those that hold some of them."""
    short = len(query.words) <= SHORT and not query.is_question

    def place(one: Scored) -> tuple[Any, ...]:
        candidate = one.candidate
        return (short and not one.holds_all, -one.score, candidate.kind != "question", candidate.object_id)

    scored = sorted(scored, key=place)
    least = max((one.score for one in scored), default=0.0) * TAIL
    return [one for one in scored if one.score >= least or one.holds_all]


def _tokens(query: Query) -> set[str]:
    """Every token of a query and of its other wordings."""
    found = set(bigrams(query.core))
    for segment in query.segments:
        found.update(segment.text, segment.terms())
        for other in segment.others:
            found.update(Segment(other, segment.kind).terms())
    return found
