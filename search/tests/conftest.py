"""A small newsroom for the tests of search: questions can be published in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from faq.models import Question, QuestionRevision
from publishing.workflow import make_live
from search.seed import settle


@pytest.fixture
def publish(db: None) -> Callable[..., Question]:
    """Publishes a question; give it words for `terms`, `body`, `summary`, `topics`, `provinces`."""

    def make(
        title: str, body: str = "", summary: str = "看这里。", terms: str = "", topics: Any = (), provinces: Any = ()
    ) -> Question:
        question = Question.objects.create(search_terms=terms, nationwide=not provinces)
        question.provinces.set(provinces)
        for topic in topics:
            question.topic_items.create(tag=topic)
        revision = QuestionRevision.objects.create(
            document=question, title=title, summary=summary, body=f"<p>{body}</p>"
        )
        make_live(revision, None)
        return question

    return make


@pytest.fixture
def settled() -> Callable[[], None]:
    """Counts words and reads the lists again, as housekeeping does."""
    return settle
