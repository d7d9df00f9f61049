"""The content version changes with whatever readers can see, however it is changed, and with nothing else."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction

from faq.models import Question, QuestionRevision, RelatedLink
from feedback.models import DailyViews, EditorProfile, HelpfulVote
from publishing import version, watching
from publishing.version import ContentChange
from search.models import QueryCount, RelatedRow
from taxonomy.models import Term, Topic
from tests.factories import (
    draft_question,
    make_article,
    make_figure,
    make_policy,
    make_province,
    make_question,
    make_topic,
    make_user,
)

pytestmark = pytest.mark.django_db
TODAY, YESTERDAY = dt.date.today(), dt.date.today() - dt.timedelta(days=2)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "PAUSE", 0)


@contextmanager
def changes(expected: bool = True) -> Iterator[None]:
    before = version.current()
    yield
    assert (version.current() != before) is expected


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


# What counts


def test_it_is_a_text_that_stays_while_nothing_changes() -> None:
    assert version.current()
    assert version.current() == version.current()


def test_publishing_changes_it() -> None:
    with changes():
        make_question()


@pytest.mark.parametrize(
    "change",
    [
        lambda: Topic.objects.update(description="别的"),
        lambda: sql("UPDATE taxonomy_topic SET name = 'x'"),
        lambda: Topic.objects.bulk_create([Topic(name="新", slug="new")]),
        lambda: Topic.objects.bulk_update([Topic(pk=Topic.objects.get().pk, name="改")], ["name"]),
        lambda: Question.objects.get().topics.add(make_topic("别的", "other")),
        lambda: Question.objects.get().topics.clear(),
        lambda: Question.objects.update(verified_on=TODAY),
        lambda: QuestionRevision.objects.update(title="改了题目？"),
        lambda: QuestionRevision.objects.get().citations.all().delete(),
        lambda: RelatedRow.objects.create(
            source_kind="question", source_id=1, target_kind="question", target_id=2, rank=1, group="next", score=1
        ),
        lambda: make_figure().delete(),
        lambda: Term.objects.create(name="起付线", slug="qifuxian", definition="先付的。"),
    ],
)
def test_every_way_of_writing_counts(change: Callable[[], Any]) -> None:
    make_question()
    with changes():
        change()


@pytest.mark.postgres
def test_emptying_a_table_counts() -> None:
    with changes():
        sql("TRUNCATE feedback_correction")


def test_it_changes_at_midnight_in_china(frozen: Callable[..., None]) -> None:
    frozen("2026-11-22T23:59:59")
    before = version.current()
    frozen("2026-11-23T00:00:00")
    assert version.current() != before
    assert version.changed_at() >= dt.datetime.fromisoformat("2026-11-23T00:00:00+08:00").timestamp()


# What does not


def test_a_draft_changes_nothing_until_it_is_published() -> None:
    policy = make_policy()
    question = make_question(policies=[policy])
    topic, province = make_topic("草稿的栏目", "of-a-draft"), make_province()
    with changes(False):
        draft = draft_question("草稿里的问题怎么办？", topics=[], policies=[policy])
        draft.title = "改过的草稿？"
        draft.save()
        QuestionRevision.objects.create(document=question, number=2, title="下一版？")
        draft.document.topics.add(topic)
        draft.document.provinces.add(province)
        RelatedLink.objects.create(question=draft.document, target=question)
    with changes():
        QuestionRevision.objects.filter(document=question, number=1).update(change_note="更正数字")


def test_what_nobody_reads_changes_nothing() -> None:
    user = make_user()
    with changes(False):
        QueryCount.objects.create(day=TODAY, query="备案", searches=1)
        Topic.objects.filter(pk=0).update(name="没有这一行")
        user.last_login = dt.datetime.now(dt.UTC)
        user.save()


def test_votes_and_views_count_from_the_next_day_on() -> None:
    with changes(False):
        HelpfulVote.objects.create(kind="question", object_id=1, revision=1, helpful=True)
        DailyViews.objects.create(kind="question", object_id=1, day=TODAY, views=1, weight=1)
    with changes():
        DailyViews.objects.create(kind="question", object_id=1, day=YESTERDAY, views=1, weight=1)
    with changes():
        HelpfulVote.objects.create(kind="question", object_id=1, revision=1, helpful=True, day=YESTERDAY)
    with changes(False):
        HelpfulVote.objects.filter(day=YESTERDAY).update(comment="谢谢")
    with changes():
        HelpfulVote.objects.filter(day=YESTERDAY).delete()


def test_a_named_editor_who_leaves_counts_and_one_who_comes_in_does_not() -> None:
    user = make_user()
    EditorProfile.objects.create(user=user, name="小王", role="撰稿")
    with changes(False):
        user.last_login = dt.datetime.now(dt.UTC)
        user.save()
    with changes():
        user.is_active = False
        user.save()


# The database's part


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_undone_leaves_no_trace() -> None:
    make_topic()
    with changes(False), transaction.atomic():
        Topic.objects.update(name="x")
        transaction.set_rollback(True)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_each_commit_counts_whatever_their_order() -> None:
    first, second = make_topic("一", "one"), make_topic("二", "two")
    began, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            Topic.objects.filter(pk=first.pk).update(name="慢")
            began.set()
            go_on.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    began.wait(10)
    with changes():
        Topic.objects.filter(pk=second.pk).update(name="快")
    with changes():  # the older change becomes visible after the newer one
        go_on.set()
        thread.join()


@pytest.mark.postgres
def test_adding_up_old_changes_keeps_the_version(frozen: Callable[..., None]) -> None:
    for name in "一二三":
        Topic.objects.create(name=name, slug=name)
    rows = ContentChange.objects.count()
    frozen(dt.datetime.now(dt.UTC))
    before = version.current()
    assert version.fold() == ""
    ContentChange.objects.update(at=1.0)
    before = version.current()
    assert version.fold() == f"{rows} changes added up"
    assert ContentChange.objects.count() == 1
    assert version.current() == before
    Topic.objects.create(name="四", slug="four")
    assert version.current() != before


@pytest.mark.sqlite
def test_sqlite_keeps_one_row() -> None:
    make_question()
    make_article()
    assert ContentChange.objects.count() == 1
    assert version.fold() == ""


@pytest.mark.django_db(transaction=True)
def test_triggers_are_away_while_tables_are_rebuilt_and_a_migration_counts() -> None:
    expected = {name for each in watching.watched() for name in watching.names(each)}
    assert expected <= watching.installed().keys()
    watching.before_migrate()
    assert not watching.installed()
    with changes():
        call_command("migrate", verbosity=0)
    assert expected <= watching.installed().keys()
    with changes():
        RelatedLink.objects.create(question=make_question(), target=make_question("另一个？"))


# What a process keeps


def test_it_is_read_twice_a_second_at_most_and_no_page_pays_for_it(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(version, "PAUSE", 60)
    version.forget()
    with django_assert_num_queries(0):
        before = version.current()
    make_topic()
    assert version.current() == before
    version.forget()
    assert version.current() != before


def test_the_last_known_version_holds_while_the_database_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    before = version.current()

    def down(source: str) -> Any:
        raise DatabaseError("down")

    monkeypatch.setattr(version, "_read", down)
    monkeypatch.setattr(version, "PAUSE_WHEN_DOWN", 0)
    assert version.current() == before
    version.forget()
    assert version.current() == version.UNKNOWN


def test_what_is_kept_per_version_is_read_again_after_a_change() -> None:
    asked = []

    @version.per_version
    def names(ending: str) -> list[str]:
        asked.append(ending)
        return [topic.name + ending for topic in Topic.objects.all()]

    make_topic("一", "one")
    assert names("!") == names("!") == ["一!"]
    assert names("?") == ["一?"]
    assert asked == ["!", "?"]
    Topic.objects.update(name="二")
    assert names("!") == ["二!"]


def test_nothing_is_kept_while_the_version_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    count = iter(range(9))
    read = version.per_version(lambda: next(count))
    monkeypatch.setattr(version, "current", lambda: version.UNKNOWN)
    assert [read(), read()] == [0, 1]
