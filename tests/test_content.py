"""The content of fixtures/ keeps its promises."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from articles.models import Article
from faq.models import Question
from policies.models import Parameter, PolicyDocument
from taxonomy.models import City, Province, Topic

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
pytestmark = pytest.mark.django_db


def test_the_whole_collection_is_there(content) -> None:
    assert Province.objects.count() == 32
    assert City.objects.count() == 369
    assert PolicyDocument.objects.count() >= 72
    assert Topic.objects.count() >= 12
    assert Question.objects.live().count() >= 190
    assert Article.objects.live().count() >= 24
    assert Parameter.objects.count() >= 40


def test_the_audit_finds_no_error(content, capsys) -> None:
    call_command("audit_content")
    assert "0 errors" in capsys.readouterr().out


def test_provinces_show_only_what_is_sure(content, client) -> None:
    shanxi = client.get("/provinces/shanxi/").content.decode()
    assert "本站未核到省级细则，请以参保地" in shanxi
    for province in Province.objects.all():
        assert not province.facts.publishable().filter(confidence="low").exists()


def test_loading_again_changes_nothing(content) -> None:
    question = Question.objects.live().first()
    question.search_terms = "编辑改过"
    question.save()
    before = Question.objects.count(), PolicyDocument.objects.count(), City.objects.count()
    call_command("load_content", FIXTURES, verbosity=0)
    question.refresh_from_db()
    assert question.search_terms == "编辑改过"
    assert before == (Question.objects.count(), PolicyDocument.objects.count(), City.objects.count())


class TestMistakes:
    """A malformed file stops with one sentence that names file, row and field, and nothing is loaded."""

    @pytest.fixture(scope="class")
    @classmethod
    def few(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """As little of fixtures/ as a page needs: loading all of it takes seconds and shows no mistake better."""
        folder = tmp_path_factory.mktemp("few")
        shutil.copy(FIXTURES / "topics.yaml", folder)
        policies = yaml.load((FIXTURES / "policies.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
        (policy,) = [row for row in policies if row["code"] == "P20"]
        rows = {"provinces": [], "cities": [], "policies": [policy], "parameters": [], "glossary": []}
        for name, few in rows.items():
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(few, allow_unicode=True), encoding="utf-8")
        (folder / "questions").mkdir()
        return folder

    @pytest.fixture
    def folder(self, few: Path, tmp_path: Path) -> Path:
        return Path(shutil.copytree(few, tmp_path / "content"))

    def load(self, folder: Path, **changes: object) -> str:
        row = {
            "id": 1, "title": "问？", "short_answer": "能。", "topics": ["filing"], "provinces": [], "scope": [], "steps": [],
            "checklist": [], "exceptions": [], "body": "<p>好。[^1]</p>", "citations": [{"policy": "P20", "clause": "第八条"}],
            "search_terms": [], "volatility": "low", "origin": "observed", "trace": [],
        }  # fmt: skip
        row.update(changes)
        (folder / "questions" / "a.yaml").write_text(yaml.safe_dump([row], allow_unicode=True))
        with pytest.raises(CommandError) as refusal:
            call_command("load_content", folder, verbosity=0)
        assert not Question.objects.filter(pk=1).exists()
        return str(refusal.value)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"topics": ["nothing"]}, "field “topics”: “nothing” is not known"),
            ({"topics": []}, "field “topics”"),
            ({"provinces": ["nowhere"]}, "field “provinces”"),
            ({"citations": [{"policy": "P99", "clause": "x"}]}, "field “policy”: “P99” is not known"),
            ({"citations": [{"policy": "P20"}]}, "field “clause”"),
            ({"citations": []}, "还没有依据"),
            ({"short_answer": ""}, "还没有写简短回答"),
            ({"steps": [{"a": "b"}]}, "field “steps”"),
            ({"body": "<p>[[nothing]][^1]</p>"}, "[[nothing]]"),
            ({"volatility": "often"}, "field “volatility”"),
            ({"title": "长" * 200}, "field “title”"),
            ({"verified_on": "yesterday"}, "field “verified_on”"),
        ],
    )
    def test_a_wrong_field(self, folder: Path, changes: dict, words: str) -> None:
        said = self.load(folder, **changes)
        assert "a.yaml, row 1 (1)" in said
        assert words in said

    def test_broken_yaml(self, folder: Path) -> None:
        (folder / "questions" / "a.yaml").write_text("- id: [")
        with pytest.raises(CommandError, match=r"a\.yaml: not valid YAML"):
            call_command("load_content", folder, verbosity=0)

    def test_a_missing_file(self, folder: Path) -> None:
        (folder / "cities.yaml").unlink()
        with pytest.raises(CommandError, match=r"cities\.yaml: the file is missing"):
            call_command("load_content", folder, verbosity=0)

    def test_bad_html_is_cleaned_not_refused(self, folder: Path) -> None:
        row = {"id": 1, "title": "问？", "short_answer": "能。", "topics": ["filing"], "body": "<p onclick=x>好[^1]<script>x", "volatility": "low",
               "citations": [{"policy": "P20", "clause": "第八条"}]}  # fmt: skip
        (folder / "questions" / "a.yaml").write_text(yaml.safe_dump([row], allow_unicode=True))
        call_command("load_content", folder, verbosity=0)
        assert Question.objects.get(pk=1).live.body == "<p>好[^1]</p>"
