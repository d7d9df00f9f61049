"""The check that operators, restores and the kill campaign rely on: silent on a sound site, and it finds each kind of damage."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from faq.models import Question, QuestionRevision
from publishing import guards
from publishing.models import State
from search import rebuild_related
from search.models import IndexEntry, RelatedRow
from seo.models import Notice, NoticeState
from tests.factories import draft_question, make_article, make_figure, make_province, make_question, make_topic
from yibao_site.integrity import faults

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> Question:
    make_figure("filing_days")
    make_question("去外省住院要先备案吗？", provinces=[make_province()], topics=[make_topic()])
    make_article()
    page = make_question("异地急诊要备案吗？", body="<p>一般[[filing_days]]。[^1]</p>")
    rebuild_related.rebuild()
    return page


def test_a_sound_site_has_no_faults(published: Question) -> None:
    draft_question("还没有发布的")
    said = StringIO()
    call_command("check_integrity", stdout=said)
    assert "Everything agrees" in said.getvalue()


def test_the_content_of_this_site_has_no_faults(content: None) -> None:
    assert list(faults(quick=True)) == []


def raw(sql: str) -> Callable[[Question], None]:
    def damage(page: Question) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql.format(pk=page.pk, live=page.live_id))

    return damage


def another_revision(page: Question) -> None:
    QuestionRevision.objects.create(document=page, number=9, title="另一版", state=State.PUBLISHED)


def no_guards(page: Question) -> None:
    guards.uninstall()


def foreign_version(page: Question) -> None:
    other = Question.objects.exclude(pk=page.pk).first()
    QuestionRevision.objects.filter(pk=page.live_id).update(document=other, number=77)


def wrong_notice(page: Question) -> None:
    Notice.objects.create(
        target="indexnow", path="/faq/1/", reason="published", changed_at=timezone.now(), state=NoticeState.SENT
    )


DAMAGE: dict[str, tuple[Callable[[Question], Any], str]] = {
    "guards are gone": (no_guards, "triggers are missing"),
    "a page shows a version of another page": (foreign_version, "of another page"),
    "a page shows a draft": (raw("UPDATE faq_questionrevision SET state = 'draft' WHERE id = {live}"), "not published"),
    "two versions are published": (another_revision, "call themselves published"),
    "nobody knows since when": (raw("UPDATE faq_question SET first_published_at = NULL WHERE id = {pk}"), "nobody knows when"),
    "a page is of no place": (raw("UPDATE faq_question SET nationwide = false WHERE id = {pk}"), "or neither"),
    "the index lacks a page": (lambda page: IndexEntry.objects.filter(object_id=page.pk).delete(), "1 missing"),
    "the index holds an old version": (lambda page: IndexEntry.objects.filter(object_id=page.pk).update(revision_id=0), "older version"),
    "the index holds other words": (lambda page: IndexEntry.objects.filter(object_id=page.pk).update(content="别的"), "other words"),
    "a related link leads nowhere": (lambda page: RelatedRow.objects.filter(target_id=page.pk).update(target_id=9999), "is no live question"),
    "a related link has an old title": (lambda page: RelatedRow.objects.filter(target_id=page.pk).update(title="旧"), "old title"),
    "a figure is not noted": (lambda page: page.live.parameter_uses.all().delete(), "figures noted"),
    "a notice is both": (wrong_notice, "both waiting and settled"),
    "a picture is gone": (
        lambda page: QuestionRevision.objects.filter(pk=page.live_id).update(body='<img src="/media/uploads/aa/none.webp">'),
        "none.webp",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_it_finds(published: Question, name: str) -> None:
    damage, sentence = DAMAGE[name]
    damage(published)
    said = StringIO()
    with pytest.raises(CommandError, match="kinds of faults"):
        call_command("check_integrity", stdout=said)
    assert sentence in said.getvalue()


@pytest.mark.sqlite
def test_it_finds_a_full_text_index_that_differs(published: Question) -> None:
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("DELETE FROM search_fts WHERE rowid = (SELECT max(rowid) FROM search_fts)")
    assert any("full-text index" in sentence for sentence in faults())
