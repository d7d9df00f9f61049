"""Spreadsheets and Markdown folders: both ways without loss, a dry run first, all rows or none."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.models import Article
from faq.models import Question
from publishing import rows, workflow
from publishing.drafts import open_draft
from publishing.models import Availability, State
from publishing.registry import content_type
from publishing.roles import Role
from publishing.rows import RowError, row_of, store
from tests.factories import make_article, make_policy, make_province, make_question, make_topic, make_user
from yibao_site.content.markdown import from_markdown, to_markdown

pytestmark = pytest.mark.django_db
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def editor() -> Client:
    client = Client()
    client.force_login(make_user("importer", role=Role.REVIEWER))
    return client


@pytest.fixture
def full() -> Question:
    """A question in which every column says something, some of it nasty for a file format."""
    other = make_question(title="别的问题？")
    question = make_question(
        title='引号"、冒号: 和 #井号？', steps="- 先打电话: 12393\n[[no]] 不是数字", scope="险种：职工医保", checklist="身份证|户口本",
        exceptions="'单引号'", trace="短答：F1 F2\n正文1：F3", search_terms="备案几天\n---\n报备", body="<p>甲[^1]</p>\n<h2>乙</h2><ul><li>丙</li></ul>",
        topics=[make_topic(), make_topic("退休", "retirement")], provinces=[make_province()], policies=[make_policy("P20"), make_policy("P21")],
    )  # fmt: skip
    question.live.citations.filter(position=2).update(note="一|二", as_history=True, recheck_with=make_policy("P99"))
    question.related_links.create(target=other, hidden=True)
    other.related_links.create(target=question)  # each names the other, so one of them comes first
    return question


def upload(client: Client, content: bytes, name: str = "t.xlsx") -> Any:
    return client.post(
        "/admin/faq/question/import/",
        {"format": "0", "resource": "", "import_file": SimpleUploadedFile(name, content, XLSX)},
    )


def confirm(client: Client, page: Any) -> Any:
    initial = page.context["confirm_form"].initial
    return client.post(
        "/admin/faq/question/process_import/",
        {name: value if value is not None else "" for name, value in initial.items()},
    )


def exported(client: Client) -> tuple[openpyxl.Workbook, list[list[Any]]]:
    response = client.get("/admin/faq/question/export/")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    return book, [list(row) for row in book.active.iter_rows(values_only=True)]


def as_file(table: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in table:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class TestSpreadsheet:
    def test_what_is_exported_says_nothing_new_when_imported(self, editor, full) -> None:
        _, table = exported(editor)
        page = upload(editor, as_file(table))
        assert page.status_code == 200
        assert {row.import_type for row in page.context["result"].rows} == {"skip"}

    def test_what_is_exported_cannot_run_and_is_always_written(self, editor) -> None:
        """A title that is a formula, and a character that no sheet can hold."""
        make_question("=1+1？", summary="+cmd\uffff")
        _, table = exported(editor)
        row = dict(zip(table[0], table[1], strict=True))
        assert (row["标题"], row["简短回答"]) == ("'=1+1？", "'+cmd")
        page = upload(editor, as_file(table))
        assert [row.import_type for row in page.context["result"].rows] == ["update"]  # without that character
        confirm(editor, page)
        draft = Question.objects.get().revisions.get(state=State.DRAFT)
        assert (draft.title, draft.summary) == ("=1+1？", "+cmd")

    def test_an_edited_row_and_a_new_row_become_drafts(self, editor, full, client) -> None:
        public = client.get(f"/faq/{full.pk}/").content
        _, table = exported(editor)
        heading = table[0]
        changed = next(row for row in table if row[0] == str(full.pk))
        changed[heading.index("简短回答")] = "表格里改的。"
        new = [""] * len(heading)
        new[heading.index("标题")], new[heading.index("栏目")], new[heading.index("依据")] = (
            "全新的问题？",
            "filing",
            "P20 | 第一条",
        )
        page = upload(editor, as_file([heading, changed, new]))
        assert Question.objects.count() == 2  # so far a dry run
        response = confirm(editor, page)
        assert response.status_code == 302
        draft = full.revisions.get(state=State.DRAFT)
        assert (draft.summary, draft.citations.count()) == ("表格里改的。", 2)
        created = Question.objects.latest("pk")
        assert (created.availability, created.nationwide, created.revisions.get().state) == (
            Availability.UNPUBLISHED,
            True,
            State.DRAFT,
        )
        assert client.get(f"/faq/{full.pk}/").content == public

    def test_one_bad_row_writes_nothing_and_each_says_what_is_wrong(self, editor, full) -> None:
        before = Question.objects.count(), full.revisions.count()
        bad = {
            "栏目": ("nothing", "栏目“nothing”不存在"), "依据": ("P777 | 第一条", "P777"), "编号": ("abc", "不是数字"),
            "下次核对": ("明天", "不是日期"), "只是小改": ("也许", "只能写“是”或留空"), "负责小组": ("没有组", "没有“没有组”"), "标题": ("", "标题是空的"),
        }  # fmt: skip
        table = [["编号", "标题", "栏目", "依据", "下次核对", "只是小改", "负责小组"]]
        for heading, (value, _) in bad.items():
            row = ["", f"问题{heading}？", "filing", "P20 | 第一条", "", "", ""]
            row[table[0].index(heading)] = value
            table.append(row)
        page = upload(editor, as_file([*table, ["", "好的一行？", "filing", "P20 | 第一条", "", "", ""]]))
        html = page.content.decode()
        assert "confirm_form" not in page.context or page.context["confirm_form"] is None
        for _, sentence in bad.values():
            assert sentence in html
        assert (Question.objects.count(), full.revisions.count()) == before

    def test_a_file_without_titles_or_that_is_none_is_refused(self, editor) -> None:
        assert "第一行里没有" in upload(editor, as_file([["甲", "乙"], ["1", "2"]])).content.decode()
        assert upload(editor, b"nonsense").status_code == 200

    def test_repeating_creates_nothing_twice(self, editor) -> None:
        make_topic()
        make_policy("P20")
        content = as_file([["标题", "栏目", "依据"], ["重复导入的问题？", "filing", "P20 | 第一条"]])
        for _ in range(2):
            confirm(editor, upload(editor, content))
        assert Question.objects.get().revisions.count() == 1

    def test_a_text_that_waits_for_a_reviewer_is_left_alone(self, editor, full) -> None:
        author = make_user(role=Role.WRITER)
        workflow.submit(open_draft(full, author), author) if not workflow.text_blockers(full.live) else None
        draft = open_draft(full, author)
        draft.state = State.SUBMITTED
        draft.save()
        with pytest.raises(RowError, match="请先退回再导入"):
            store(content_type("question"), {"id": str(full.pk), "title": "改？"}, author)

    def test_places_of_a_live_page_are_not_changed_by_a_file(self, full) -> None:
        with pytest.raises(RowError, match="不能用导入来改"):
            store(content_type("question"), {"id": str(full.pk), "title": full.live.title, "provinces": ""}, None)

    def test_a_writer_who_may_not_add_may_not_import(self) -> None:
        client = Client()
        client.force_login(make_user())
        assert client.get("/admin/faq/question/import/").status_code == 403


class TestMarkdown:
    def test_a_folder_goes_out_and_comes_back_into_an_empty_site(self, full, tmp_path: Path) -> None:
        article = make_article(topics=[make_topic()])
        article.related_questions.add(full)
        kinds = {kind: content_type(kind) for kind in ("question", "article")}
        before = {(name, document.pk): row_of(kinds[name], document)
                  for name, model in (("question", Question), ("article", Article)) for document in model.objects.all()}  # fmt: skip
        call_command("export_markdown", tmp_path, verbosity=0)
        for model in (Article, Question):
            model.objects.update(live=None, availability=Availability.UNPUBLISHED)
        Article.objects.all().delete()
        Question.objects.all().delete()
        call_command("import_markdown", tmp_path, verbosity=0)
        after = {(name, document.pk): row_of(kinds[name], document)
                 for name, model in (("question", Question), ("article", Article)) for document in model.objects.all()}  # fmt: skip
        assert after == before
        assert not Question.objects.exclude(availability=Availability.UNPUBLISHED).exists()

    def test_what_is_there_is_not_written_again(self, full, tmp_path: Path, capsys) -> None:
        call_command("export_markdown", tmp_path, verbosity=0)
        call_command("import_markdown", tmp_path)
        assert "Wrote 0 new and 0 changed pages" in capsys.readouterr().out
        assert full.revisions.count() == 1

    def test_a_dry_run_writes_nothing(self, full, tmp_path: Path, capsys) -> None:
        call_command("export_markdown", tmp_path, verbosity=0)
        path = tmp_path / "question" / f"{full.pk}.md"
        path.write_text(path.read_text().replace("要看参保地，有的马上生效。", "改过。"))
        call_command("import_markdown", tmp_path, dry_run=True)
        assert "Would write 0 new and 1 changed pages" in capsys.readouterr().out
        assert full.revisions.count() == 1

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [("没有字段", "开头要有"), ("---\na: [\n---\n", "写得不对"), ("---\n- a\n---\n", "一行一个"), ("---\ntitle: 问？\nsteps:\n  - 险种: x\n---\n", "没有加引号"),
         ("---\ntitle: 问？\ntopics: [nothing]\n---\n", "不存在")],
    )  # fmt: skip
    def test_one_bad_file_writes_nothing(self, full, tmp_path: Path, text: str, sentence: str) -> None:
        call_command("export_markdown", tmp_path, verbosity=0)
        path = tmp_path / "question" / f"{full.pk}.md"
        path.write_text(path.read_text().replace("要看参保地，有的马上生效。", "改过。"))
        (tmp_path / "question" / "bad.md").write_text(text)
        with pytest.raises(CommandError, match=sentence) as refusal:
            call_command("import_markdown", tmp_path)
        assert "question/bad.md" in str(refusal.value)
        assert full.revisions.count() == 1

    @settings(max_examples=60, deadline=None)
    @given(st.fixed_dictionaries({name: st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40)
                                  for name in ("title", "summary", "change_note")}))  # fmt: skip
    def test_any_text_survives_the_file(self, texts: dict[str, str]) -> None:
        kind = content_type("question")
        row = dict.fromkeys(rows.columns(kind), "") | texts | {"id": "7", "body": "<p>甲</p>"}
        row = {name: value.strip() for name, value in row.items()}
        back = from_markdown(to_markdown(kind, row))
        assert {name: back[name] for name in texts} == {name: row[name] for name in texts}
        assert back["body"] == "<p>甲</p>"


def test_the_front_matter_is_plain_yaml(full) -> None:
    text = to_markdown(content_type("question"), row_of(content_type("question"), full))
    matter = yaml.safe_load(text.split("---\n")[1])
    assert matter["id"] == full.pk
    assert matter["topics"] == ["filing", "retirement"]
    assert matter["sources"][1].startswith("P21 | 第八条 | 一")
