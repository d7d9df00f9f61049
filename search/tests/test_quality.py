"""Floors of quality on the site's own content; the held-out half is only measured by bench/search_quality.py."""

from __future__ import annotations

from typing import Any

import pytest

from search.engine import search
from search.evaluation.measure import false_answers, labelled, measure, merges, unanswerable
from search.models import IndexEntry


def names(text: str) -> list[str]:
    return [f"{hit.candidate.kind}-{hit.candidate.object_id}" for hit in search(text).hits]


def test_floors_of_quality_on_the_tuning_half(content: None, settings: Any) -> None:
    quality = measure(labelled("tuning", merges(settings.BASE_DIR / "fixtures")), names)
    assert quality.recall_3 >= 0.95, quality.misses
    assert quality.recall_10 >= 0.96, quality.misses
    assert quality.mrr >= 0.85
    assert len(false_answers(unanswerable("tuning"), names)) <= 4


def test_the_labelled_set_is_large_enough_and_its_pages_exist(content: None, settings: Any) -> None:
    rows = [*labelled("tuning", merged := merges(settings.BASE_DIR / "fixtures")), *labelled("held_out", merged)]
    assert len(rows) >= 150
    assert len({row.query for row in rows}) == len(rows)
    assert len(unanswerable("tuning")) + len(unanswerable("held_out")) >= 20
    known = set(IndexEntry.objects.values_list("kind", "object_id"))
    pages = {(name.partition("-")[0], int(name.partition("-")[2])) for row in rows for name in row.answers}
    assert pages <= known


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("外省看病能不能报", {15, 106, 3}),
        ("yidi beian", {22, 23, 21}),
        ("深圳 备案", {22, 23, 21}),
        ("门特 跨省 透析", {115, 112, 113}),
        ("备按", {22, 23, 21}),
        ("新农合外地住院报多少", {61, 62, 51, 57}),
    ],
)
def test_the_queries_of_the_order(content: None, text: str, answers: set[int]) -> None:
    assert {f"question-{number}" for number in answers} & set(names(text)[:3])
