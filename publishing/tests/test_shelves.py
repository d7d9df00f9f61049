"""Shelves follow every change by themselves, lists go on beyond their numbered pages, and many rows come in at once."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.utils import timezone

from faq.models import Question, QuestionShelved, QuestionTopic
from publishing import listing, shelving
from publishing.models import Availability
from publishing.shelves import in_words, of_province, of_topic
from tests.factories import make_figure, make_policy, make_province, make_question, make_topic

pytestmark = pytest.mark.django_db


def shelf(name: str) -> list[int]:
    return list(QuestionShelved.objects.filter(shelf=name).values_list("document_id", flat=True))


class TestShelves:
    def test_a_page_stands_where_it_belongs_while_it_is_live(self) -> None:
        topic, other, province = make_topic(), make_topic("退休", "retirement"), make_province()
        question = make_question(topics=[topic], provinces=[province])
        assert shelf(of_topic(topic)) == shelf(of_province(province)) == [question.pk]
        QuestionTopic.objects.filter(content_object=question).update(tag=other)
        assert (shelf(of_topic(topic)), shelf(of_topic(other))) == ([], [question.pk])
        question.provinces.clear()
        assert shelf(of_province(province)) == []
        Question.objects.filter(pk=question.pk).update(
            availability=Availability.WITHDRAWN, withdrawn_on=timezone.localdate()
        )
        assert not QuestionShelved.objects.exists()
        Question.objects.filter(pk=question.pk).update(
            availability=Availability.LIVE, withdrawn_on=None, nationwide=True
        )
        assert QuestionShelved.objects.get().nationwide

    def test_the_last_change_is_copied(self) -> None:
        question, moment = make_question(), timezone.now() - dt.timedelta(days=9)
        Question.objects.filter(pk=question.pk).update(changed_at=moment)
        assert QuestionShelved.objects.get().changed_at == moment
        assert Question.objects.newest(5, topic=make_topic()) == [question]

    def test_filling_anew_changes_nothing(self) -> None:
        make_question(provinces=[make_province()])
        before = sorted(QuestionShelved.objects.values_list("shelf", "document_id"))
        shelving.refill()
        assert sorted(QuestionShelved.objects.values_list("shelf", "document_id")) == before != []

    def test_deleting_a_page_takes_it_off(self) -> None:
        question = make_question()
        Question.objects.filter(pk=question.pk).update(availability=Availability.UNPUBLISHED, live=None)
        question.revisions.all().delete()
        Question.objects.filter(pk=question.pk).delete()
        assert not QuestionShelved.objects.exists()

    def test_numbers_of_a_topic_in_a_province(self) -> None:
        topic, province = make_topic(), make_province()
        own, general = make_question(provinces=[province]), make_question()
        make_question(provinces=[make_province("浙江", "zhejiang")])
        make_question(topics=[make_topic("退休", "retirement")])
        assert Question.objects.numbers(9, topic, province) == [own.pk, general.pk]
        assert Question.objects.numbers(9, topic, province, own=True) == [own.pk]
        assert Question.objects.numbers(9, topic, province, after=own.pk) == [general.pk]


class TestBeyondTheNumberedPages:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        monkeypatch.setattr(listing, "COUNTED", 4)
        monkeypatch.setattr("publishing.shelves.COUNTED", 4)
        monkeypatch.setattr(listing, "PAGE_SIZE", 2)
        monkeypatch.setattr(listing.paginate, "__defaults__", (2,))
        return [make_question(f"第{number}问？").pk for number in range(9)]

    def test_every_question_is_reached_once_by_following_next(self, client: Client, few: list[int]) -> None:
        seen: list[int] = []
        address: str | None = "/faq/"
        while address:
            html = client.get(address).content.decode()
            main = html[html.index("<main") : html.index("</main")]
            seen += [int(number) for number in re.findall(r'class="row-title" href="/faq/(\d+)/"', main)]
            assert "4多条" in main or "第4条以后" in main
            following = re.search(r'rel="next" href="([^"]+)"', main)
            address = "/faq/" + following[1].replace("&amp;", "&") if following else None
        assert seen == few

    def test_each_page_says_its_own_address(self, client: Client, few: list[int]) -> None:
        html = client.get(f"/faq/?after={few[3]}").content.decode()
        assert f'rel="canonical" href="http://127.0.0.1:8000/faq/?after={few[3]}"' in html
        assert "回到第2页" in html

    @pytest.mark.parametrize(
        "query", ["after=x", "after=-1", "after=1&page=2", "after=99999999", f"after={'9' * 30}", "page=3"]
    )
    def test_nonsense_is_404(self, client: Client, query: str) -> None:
        assert client.get(f"/faq/?{query}").status_code == 404

    def test_a_short_list_has_nothing_beyond(self, client: Client) -> None:
        make_topic("退休", "retirement")
        assert client.get("/faq/?topic=retirement&after=1").status_code == 404

    def test_counts_in_words(self) -> None:
        assert (in_words(4), in_words(5)) == ("4", "4多")
        assert (in_words(100, 100), in_words(101, 100)) == ("100", "100多")


def write(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


class TestManyRows:
    ROW = {"title": "外地住院怎么报？", "summary": "[[filing_days]]内办结。", "topics": ["filing"], "provinces": "jiangsu",
           "sources": "P20 | 第八条 | 支持\nP21 | 第一条", "steps": ["先备案", "再住院"], "body": "<p>好<script>坏()</script></p>"}  # fmt: skip

    @pytest.fixture(autouse=True)
    def known(self) -> None:
        make_topic(), make_province(), make_policy("P20"), make_policy("P21"), make_figure()

    def test_a_row_becomes_a_whole_draft(self, tmp_path: Path) -> None:
        call_command("import_questions", write(tmp_path / "rows.jsonl", self.ROW), verbosity=0)
        question = Question.objects.get()
        draft = question.revisions.get()
        assert (draft.body, draft.lines("steps"), question.availability) == (
            "<p>好</p>",
            ["先备案", "再住院"],
            "unpublished",
        )
        assert [(one.policy.code, one.note) for one in draft.citations.all()] == [("P20", "支持"), ("P21", "")]
        assert (draft.parameter_uses.count(), question.nationwide, question.provinces.get().slug) == (
            1,
            False,
            "jiangsu",
        )
        assert list(question.topics.all()) == [make_topic()]

    def test_a_second_time_it_says_nothing_new(self, tmp_path: Path) -> None:
        path = write(tmp_path / "rows.jsonl", self.ROW, self.ROW)
        for _ in range(2):
            call_command("import_questions", path, verbosity=0)
        assert (Question.objects.count(), Question.objects.get().revisions.count()) == (1, 1)

    def test_pinned_questions_come_along(self, tmp_path: Path) -> None:
        first, second = make_question("异地就医要备案吗？"), make_question("备案多久生效？")
        row = {**self.ROW, "related": [str(second.pk), f"-{first.pk}"]}
        call_command("import_questions", write(tmp_path / "rows.jsonl", row), verbosity=0)
        assert Question.objects.get(revisions__title=row["title"]).related_choice() == ([second.pk], {first.pk})

    @pytest.mark.parametrize("pins", ["999", "x", "9" * 30, "1\n-1"])
    def test_a_pin_that_cannot_be_is_said_with_its_row(self, tmp_path: Path, pins: str) -> None:
        path = write(tmp_path / "rows.jsonl", self.ROW, {**self.ROW, "title": "另一个问题？", "related": pins})
        with pytest.raises(CommandError, match="第2行：相关问题"):
            call_command("import_questions", path, verbosity=0)
        assert not Question.objects.exists()

    @pytest.mark.postgres
    def test_the_planner_knows_of_the_new_rows(self, tmp_path: Path) -> None:
        rows = [{**self.ROW, "title": f"第{number}个问题怎么办？"} for number in range(30)]
        call_command("import_questions", write(tmp_path / "rows.jsonl", *rows), verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'faq_questionrevision'")
            assert cursor.fetchone() == (30,)

    def test_a_dry_run_writes_nothing(self, tmp_path: Path) -> None:
        call_command("import_questions", write(tmp_path / "rows.jsonl", self.ROW), "--dry-run", verbosity=0)
        assert not Question.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [({"title": ""}, "标题是空的"), ({"title": "长" * 121}, "标题"), ({"topics": "nothing"}, "不存在"),
         ({"sources": "P99 | 第一条"}, "P99"), ({"sources": "P20 | "}, "条款"), ({"review_due_on": "明天"}, "不是日期"),
         ({"owner": "没有的组"}, "小组"), ({"origin": "nowhere"}, "来源")],
    )  # fmt: skip
    def test_one_bad_row_and_nothing_is_written(self, tmp_path: Path, wrong: dict[str, Any], sentence: str) -> None:
        path = write(tmp_path / "rows.jsonl", self.ROW, {**self.ROW, "title": "另一个问题？", **wrong})
        with pytest.raises(CommandError, match=sentence) as refusal:
            call_command("import_questions", path, verbosity=0)
        assert "第2行" in str(refusal.value)
        assert not Question.objects.exists()

    def test_a_line_that_is_no_json(self, tmp_path: Path) -> None:
        path = tmp_path / "rows.jsonl"
        path.write_text(json.dumps(self.ROW) + "\nnonsense", encoding="utf-8")
        with pytest.raises(CommandError, match="Line 2"):
            call_command("import_questions", path, verbosity=0)
        assert not Question.objects.exists()
