"""The first `manage.py bootstrap` fills an empty site; later ones keep everything."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import RequestFactory

from faq.models import Question
from publishing.roles import Role
from yibao_site.management.commands.bootstrap import make_folders

LOGIN = re.compile(r"^ {2}(writer|reviewer) +(\S+)", re.MULTILINE)
POLICY = """
- {code: P20, title: 经办规程, number: 医保发〔2022〕22号, issuer: 国家医保局, kind: normative, confidence: high, historical: false,
   url: "", summary: 怎样备案。, in_force_from: 2023-01-01}
"""
QUESTION = """
- id: 28
  title: 异地就医备案多久生效？
  short_answer: 有的地方一提交就生效，有的要审核。
  topics: [filing]
  body: <p>以参保地的答复为准。[^1]</p>
  citations: [{policy: P20, clause: 第九条}]
"""

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder with one question."""
    (tmp_path / "questions").mkdir()
    (tmp_path / "topics.yaml").write_text("- {slug: filing, name: 异地备案, order: 1}", encoding="utf-8")
    (tmp_path / "policies.yaml").write_text(POLICY, encoding="utf-8")
    for name in ("provinces", "cities", "parameters", "glossary"):
        (tmp_path / f"{name}.yaml").write_text("[]", encoding="utf-8")
    (tmp_path / "questions" / "1.yaml").write_text(QUESTION, encoding="utf-8")
    return tmp_path


def bootstrap(folder: Path) -> str:
    """Runs the command; gives back what it printed."""
    out = StringIO()
    call_command("bootstrap", content=folder, stdout=out)
    return out.getvalue()


def test_first_run_loads_the_content_and_prints_two_logins_that_work(folder: Path) -> None:
    logins = dict(LOGIN.findall(bootstrap(folder)))
    assert Question.objects.live().get().pk == 28
    for name, role in (("writer", Role.WRITER), ("reviewer", Role.REVIEWER)):
        user = authenticate(RequestFactory().post("/admin/login/"), username=name, password=logins[name])
        assert user is not None
        assert len(logins[name]) >= 20
        assert user.is_staff
        assert not user.is_superuser
        assert [group.name for group in user.groups.all()] == [role.value]
    assert logins["writer"] != logins["reviewer"]


@pytest.mark.django_db(transaction=True)
def test_logins_are_told_before_they_count(folder: Path) -> None:
    """Whoever is stopped right after the content is stored has seen the passwords; nobody could tell them later."""

    class Terminal(StringIO):
        def write(self, text: str) -> int:
            assert not LOGIN.search(text) or connection.in_atomic_block
            return super().write(text)

    out = Terminal()
    call_command("bootstrap", content=folder, stdout=out)
    assert len(LOGIN.findall(out.getvalue())) == 2


def test_second_run_keeps_everything_and_prints_no_password(folder: Path) -> None:
    bootstrap(folder)
    users = list(get_user_model().objects.order_by("pk").values())
    Question.objects.update(search_terms="编辑改过")
    output = bootstrap(folder)
    assert "All data was kept: 1 questions" in output
    assert not LOGIN.findall(output)
    assert list(get_user_model().objects.order_by("pk").values()) == users
    assert Question.objects.get().search_terms == "编辑改过"


def test_removed_editors_do_not_come_back(folder: Path) -> None:
    bootstrap(folder)
    Question.objects.get().revisions.update(author=None, reviewer=None)
    get_user_model().objects.all().delete()
    bootstrap(folder)
    assert not get_user_model().objects.exists()


def test_an_account_that_is_there_is_not_touched(folder: Path) -> None:
    get_user_model().objects.create_user("writer", password="chosen by its owner")
    assert [name for name, _ in LOGIN.findall(bootstrap(folder))] == ["reviewer"]
    request = RequestFactory().post("/admin/login/")
    assert authenticate(request, username="writer", password="chosen by its owner")


def test_a_mistake_in_the_content_leaves_no_half_made_site(folder: Path) -> None:
    (folder / "questions" / "1.yaml").write_text(QUESTION.replace("P20", "P99"), encoding="utf-8")
    with pytest.raises(CommandError, match="P99"):
        bootstrap(folder)
    assert not Question.objects.exists()
    assert not get_user_model().objects.exists()


def test_missing_folders_are_made(tmp_path: Path, settings, monkeypatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    make_folders()
    make_folders()
    assert settings.MEDIA_ROOT.is_dir()
