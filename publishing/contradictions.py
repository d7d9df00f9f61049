"""Pairs of pages that may contradict each other, for a human to judge: nearly the same question, another answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

LIKENESS = 0.35
NO = re.compile(
    r"^(?:一般|通常|多数)?(?:不能|不可以|不用|不需要|不必|不会|不是|不算|不影响|不行|没有(?!全国|统一)|报不了|办不了)"
)
YES = re.compile(r"^(?:一般|通常|多数)?(?:能|可以|要(?!看)|需要|必须|应当|会|是|算|影响|行|有)")
FIGURE = re.compile(r"(\d+(?:\.\d+)?)(个工作日|天|个月|年|周岁|%|个百分点|万元|元|种|倍)")


@dataclass(frozen=True)
class Pair:
    """Two pages and what differs."""

    first: Any
    second: Any
    difference: str

    def __str__(self) -> str:
        lines = [
            f"{document.get_absolute_url()} {document.live.title} → {document.short_answer}"
            for document in (self.first, self.second)
        ]
        return f"{self.difference}\n    " + "\n    ".join(lines)


def contradictions(documents: list[Any]) -> Iterator[Pair]:
    """Live pages with `short_answer`, topics and provinces loaded, compared where topic, place and question are alike."""
    marks = [(document, _bigrams(document.live.title), {topic.pk for topic in document.topics.all()}, _places(document))
             for document in documents]  # fmt: skip
    for (first, words, topics, places), (second, others, other_topics, other_places) in combinations(marks, 2):
        alike = len(words & others) / max(1, len(words | others))
        if alike >= LIKENESS and topics & other_topics and places == other_places:
            difference = _difference(first.short_answer, second.short_answer)
            if difference:
                yield Pair(first, second, difference)


def _difference(first: str, second: str) -> str:
    verdicts = {_verdict(first), _verdict(second)}
    if verdicts == {"yes", "no"}:
        return "一个说能，一个说不能"
    figures, others = _figures(first), _figures(second)
    units = [unit for unit in figures.keys() & others.keys() if not figures[unit] & others[unit]]
    return f"数字不一样（{'、'.join(sorted(units))}）" if units else ""


def _verdict(text: str) -> str:
    return "no" if NO.search(text) else "yes" if YES.search(text) else ""


def _figures(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for value, unit in FIGURE.findall(text):
        found.setdefault(unit, set()).add(value)
    return found


def _bigrams(text: str) -> set[str]:
    letters = re.sub(r"\W", "", text)
    return {letters[n : n + 2] for n in range(len(letters) - 1)}


def _places(document: Any) -> frozenset[int]:
    return frozenset() if document.nationwide else frozenset(place.pk for place in document.provinces.all())
