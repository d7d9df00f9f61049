"""The made corpus is what benchmarks at scale rest on: it must be as whole as a site that grew by itself."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client

from bench.corpus.pieces import Piece
from bench.make_corpus import FIRST, RELATED, Maker, make
from conftest import on_postgres
from faq.models import Question, QuestionRevision
from policies.figures import Figures
from search.engine import search
from search.models import RelatedRow
from search.rebuild import drift

COUNT = 60


def furniture() -> set[str]:
    """The names of all indexes and triggers."""
    statement = (
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        if on_postgres()
        else "SELECT name FROM sqlite_master WHERE type IN ('index', 'trigger')"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.slow
def test_made_pages_are_whole(transactional_db: None, content: None, client: Client) -> None:
    before, real = furniture(), Question.objects.live().count()
    make(COUNT - 25)
    live = make(COUNT)
    assert furniture() == before
    assert Question.objects.filter(pk__gte=FIRST).count() == COUNT
    assert real + COUNT * 0.8 < live <= real + COUNT
    assert not drift(), drift()
    assert not Question.objects.exclude(live=None).exclude(live__document_id=F("pk")).exists()
    assert not QuestionRevision.objects.filter(document=None).exists()
    page = Question.objects.live().filter(pk__gte=FIRST, nationwide=True).first()
    answer = client.get(page.get_absolute_url()).content.decode()
    assert page.live.title in answer
    assert "data-related" in answer
    assert RelatedRow.objects.filter(source_kind="question", source_id=page.pk).count() == RELATED
    assert page.pk in [hit.candidate.object_id for hit in search(page.live.title).hits[:3]]
    assert Question.objects.create().pk >= FIRST + COUNT


def test_a_seed_gives_one_corpus(content: None) -> None:
    made = [Maker("question", seed) for seed in (5, 5, 6)]
    pages = [maker.chunk(range(FIRST, FIRST + 20)) for maker in made]
    assert pages[0] == pages[1] != pages[2]
    assert made[0].places.rows == made[1].places.rows
    # All but the dates, which count back from now.
    assert [row[:14] for row in made[0].entries.rows] == [row[:14] for row in made[1].entries.rows]


@pytest.mark.parametrize("broken", ["<![ CDATA [", "<![if]>"])
def test_a_piece_is_read_whatever_its_tags_look_like(broken: str) -> None:
    assert Piece.of(f"<p>急诊</p><p>可以报{broken}</p>", Figures()).text.startswith("急诊\n可以报")
