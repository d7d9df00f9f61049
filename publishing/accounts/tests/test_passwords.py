"""Passwords: long, otherwise free, and not what everybody would try here first."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from publishing.accounts.tests.scenes import log_in
from tests.factories import make_user

GOOD = [
    "correct horse battery staple", "两只黄鹂鸣翠柳，一行白鹭上青天", "😀 emoji and spaces are fine", "x" * 60 + "abcd" * 10,
    "  leading and trailing  ", "aaaa bbbb cccc dddd", "今天的天气真不错，适合骑车去公园走走",
]  # fmt: skip
BAD = [
    "short", "fourteen chars", "1234567890123456", "passwordpassword", "异地就医问答异地就医问答2026", "yibaoyibaoyibaoyibao",
    "aaaaaaaaaaaaaaaaaaaa", "ababababababababab", "zhangsan-zhangsan", "admin123456admin", "qwertyuiop12345",
]  # fmt: skip


@pytest.fixture
def zhang(db: None) -> Any:
    return make_user("zhangsan")


@pytest.mark.parametrize("password", GOOD)
def test_any_long_password_is_taken_whatever_its_signs(zhang, password: str) -> None:
    validate_password(password, zhang)


@pytest.mark.parametrize("password", BAD)
def test_short_common_and_site_words_are_refused_in_a_sentence(zhang, password: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_password(password, zhang)
    assert all(sentence.endswith("。") for sentence in refusal.value.messages), refusal.value.messages


def test_a_password_with_spaces_and_any_script_logs_in_exactly_as_typed(zhang) -> None:
    for password in GOOD:
        zhang.set_password(password)
        zhang.save()
        assert log_in(Client(), "zhangsan", password).status_code == 302
    assert log_in(Client(), "zhangsan", GOOD[0].upper()).status_code == 200


def test_fields_allow_managers_and_pasting(client, zhang) -> None:
    html = client.get("/admin/login/").content.decode()
    assert 'autocomplete="current-password"' in html
    assert "onpaste" not in html
    client.force_login(zhang)
    html = client.get("/admin/password_change/").content.decode()
    assert html.count('autocomplete="new-password"') == 2
    assert "15" in html
