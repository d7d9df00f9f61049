"""What administrators read is Chinese: Django's own translation, what we add to it, and the names of rights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import translation

from publishing.accounts.rights import listed
from publishing.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ADDED = Path(settings.BASE_DIR, "publishing/locale/zh_Hans/LC_MESSAGES/django.po").read_text(encoding="utf-8")


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(make_user(is_superuser=True))
    return client


@pytest.mark.parametrize(("english", "chinese"), re.findall(r'msgid "(.+)"\nmsgstr "(.+)"', ADDED))
def test_the_compiled_file_says_what_the_written_one_says(english: str, chinese: str) -> None:
    with translation.override("zh-hans"):
        assert translation.gettext(english) == chinese


def test_a_new_account_begins_with_a_chinese_sentence(root: Client) -> None:
    html = root.get("/admin/auth/user/add/").content.decode()
    assert "先定用户名和第一个密码" in html


@pytest.mark.parametrize(
    "address", ["/admin/auth/user/{user}/change/", "/admin/auth/group/{ours}/change/", "/admin/auth/group/add/"]
)
def test_rights_are_said_in_chinese(root: Client, address: str) -> None:
    other, ours = make_user(), Group.objects.get(name=Role.WRITER.value)
    html = root.get(address.format(user=other.pk, ours=ours.pk)).content.decode()
    assert "问题：增加" in html
    assert " | Can " not in html


def test_rights_stand_together_by_kind() -> None:
    names = {"add_question", "change_question", "publish_question", "view_topic"}
    rights: list[Any] = list(Permission.objects.filter(codename__in=names).order_by("content_type__model", "codename"))
    assert listed(rights) == ["问题：增加、修改、可以发布问题", "栏目：查看"]
