"""Rows that come in together leave what rows leave that come in one by one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from articles.models import Article
from faq.models import Question, RelatedLink
from publishing import bulk
from publishing.models import AuditEvent
from publishing.plain_rows import Table, new_ids
from publishing.registry import content_type, name_of
from publishing.roles import Role
from publishing.rows import row_of, store
from publishing.version import ContentChange
from tests.factories import make_figure, make_policy, make_province, make_question, make_topic, make_user

pytestmark = pytest.mark.django_db

ROW = {
    "title": "外地住院怎么报？", "summary": "[[filing_days]]内办结。", "topics": "filing\nretirement", "provinces": "jiangsu",
    "sources": "P20 | 第八条 | 支持 | 历史 | P21\nP21 | 第一条", "review_due_on": "2027-01-31", "search_terms": "报销\n住院",
    "body": '<p onclick="x()">好<script>坏()</script>[[filing_days|jiangsu]]</p>', "change_note": "新写", "is_minor": "是",
    "trace": "F001", "owner": "审核组", "origin": "reader",
}  # fmt: skip
QUESTION = {**ROW, "scope": "职工", "steps": "先备案\n再住院", "checklist": "社保卡", "exceptions": "急诊"}
ARTICLE = {**ROW, "kind": "news", "cover_alt": "一座医院"}


@pytest.fixture(autouse=True)
def known() -> None:
    (
        make_topic(),
        make_topic("退休", "retirement"),
        make_province(),
        make_policy("P20"),
        make_policy("P21"),
        make_figure(),
    )
    Group.objects.create(name="审核组")


def columns_of(row: Any, *but: str) -> dict[str, Any]:
    """The columns of a row but for numbers and moments, which differ from row to row."""
    own = {"id", "title", "created_at", "updated_at", "at", *but}
    return {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in own}


def written(document: Any) -> dict[str, Any]:
    """All that is kept of a new document."""
    revision = document.revisions.get()
    deed = AuditEvent.objects.get(object_id=document.pk, content_type__model=document._meta.model_name)
    return {
        "row": row_of(content_type(name_of(document)), document) | {"id": "", "title": ""},
        "document": columns_of(document),
        "revision": columns_of(revision, "document"),
        "citations": [columns_of(one, "revision") for one in revision.citations.all()],
        "figures": [columns_of(one, "revision") for one in revision.parameter_uses.order_by("id")],
        "deed": columns_of(deed, "object_id", "details"),
    }


class TestTheSameRows:
    @pytest.mark.parametrize(("kind", "row"), [("question", QUESTION), ("article", ARTICLE)])
    def test_as_one_by_one(self, kind: str, row: dict[str, str]) -> None:
        row = row | {"related_questions" if kind == "article" else "related": str(make_question().pk)}
        user = make_user(role=Role.REVIEWER)
        one = store(content_type(kind), row, user).document
        report = bulk.read(content_type(kind), [{**row, "title": "许多行里的一行？"}], user)
        assert (report.new, report.errors) == (1, [])
        many = type(one).objects.get(revisions__title="许多行里的一行？")
        assert written(type(one).objects.get(pk=one.pk)) == written(many)

    def test_with_as_little_as_there_may_be(self) -> None:
        one = store(content_type("question"), {"title": "没有别的"}, None).document
        bulk.read(content_type("question"), [{"title": "也没有别的"}])
        assert written(one) == written(Question.objects.get(revisions__title="也没有别的"))

    def test_more_rows_than_a_statement_takes(self) -> None:
        pins = [make_question(f"第{number}个已有的问题").pk for number in range(3)]
        rows = [{**QUESTION, "title": f"第{number}个问题", "related": list(map(str, pins))} for number in range(250)]
        bulk.read(content_type("question"), rows)
        made = Question.objects.exclude(pk__in=pins).order_by("pk").prefetch_related("related_links")
        assert [question.current_title for question in made] == [row["title"] for row in rows]
        assert {tuple(question.related_choice()[0]) for question in made} == {tuple(pins)}

    def test_drafts_change_nothing_for_readers(self) -> None:
        before = list(ContentChange.objects.values())
        bulk.read(content_type("question"), [QUESTION])
        bulk.read(content_type("article"), [ARTICLE])
        assert list(ContentChange.objects.values()) == before


class TestNumbers:
    def test_a_number_is_given_once(self) -> None:
        gone = make_question("很快就没有了")
        number = gone.pk
        Question.objects.filter(pk=number).update(live=None, availability="unpublished")
        Question.objects.filter(pk=number).delete()
        assert bulk.read(content_type("question"), [QUESTION]).errors == []
        imported = Question.objects.get()
        assert number < imported.pk < make_question("第三个").pk

    def test_of_a_table_that_never_had_a_row(self) -> None:
        with transaction.atomic():
            first = new_ids(Article, 3)
        assert first == list(range(first[0], first[0] + 3))


def test_the_database_refuses_a_plain_row_as_any_other() -> None:
    one, two = make_question("一"), make_question("二")
    table = Table(RelatedLink, "question", "target", like=RelatedLink(position=7))
    table.insert([(one.pk, two.pk)])
    assert RelatedLink.objects.get().position == 7
    for refused in ((one.pk, two.pk), (one.pk, one.pk)):
        with pytest.raises(IntegrityError), transaction.atomic():
            table.insert([(two.pk, one.pk), refused])
    assert RelatedLink.objects.count() == 1
