"""The deploy check says what an operator still owes, and says nothing to one who owes nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from yibao_site.checks import duties

GOOD = {
    "ICP_NUMBER": "京ICP备12345678号-1",
    "POLICE_NUMBER": "京公网安备11010802012345号",
    "CONTACT_EMAIL": "desk@yibao.cn",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "SITE_URL": "https://www.yibao.cn",
    "ALLOWED_HOSTS": ["www.yibao.cn"],
    "SECURITY_TXT_EXPIRES": dt.date(2027, 11, 1),
}


@pytest.fixture
def operator(settings: Any) -> Any:
    for name, value in GOOD.items():
        setattr(settings, name, value)
    return settings


def said() -> list[str | None]:
    return [message.id for message in duties()]


def test_an_operator_who_did_everything_hears_nothing(operator) -> None:
    assert said() == []


def test_the_defaults_are_for_a_machine_of_ones_own() -> None:
    assert said() == ["yibao.E001", "yibao.E002", "yibao.E003", "yibao.E006"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ICP_NUMBER", "", "yibao.E001"),
        ("ICP_NUMBER", "ICP备案中", "yibao.E001"),
        ("POLICE_NUMBER", "", "yibao.E002"),
        ("POLICE_NUMBER", "京公网安备123号", "yibao.E002"),
        ("CONTACT_EMAIL", "editor@example.org", "yibao.E003"),
        ("CONTACT_EMAIL", "nobody", "yibao.E003"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "yibao.E005"),
        ("SITE_URL", "http://www.yibao.cn", "yibao.E006"),
        ("ALLOWED_HOSTS", ["*"], "yibao.E007"),
        ("ALLOWED_HOSTS", ["yibao.cn"], "yibao.E007"),
    ],
)
def test_each_duty_is_missed_by_itself(operator, name: str, value: Any, expected: str) -> None:
    setattr(operator, name, value)
    assert said() == [expected]


@pytest.mark.parametrize("number", ["京ICP备12345678号", "粤ICP备2021012345号-12", "京ICP证030173号"])
def test_filing_numbers_as_they_are_given_out(operator, number: str) -> None:
    operator.ICP_NUMBER = number
    assert said() == []


def test_security_txt_is_asked_for_thirty_days_before_it_ends(operator, frozen) -> None:
    frozen("2027-10-02")
    assert said() == []
    frozen("2027-10-03")
    assert said() == ["yibao.E004"]
    frozen("2028-01-01")
    assert said() == ["yibao.E004"]


@pytest.mark.django_db
def test_the_footer_of_every_page_carries_both_numbers_with_their_links(operator, client: Client) -> None:
    page = client.get("/about/", headers={"X-Forwarded-Proto": "https"}, HTTP_HOST="www.yibao.cn").content.decode()
    assert '<a href="https://beian.miit.gov.cn/" rel="noopener noreferrer">京ICP备12345678号-1</a>' in page
    link = "https://beian.mps.gov.cn/#/query/webSearch?code=11010802012345"
    assert f'<a href="{link}" rel="noopener noreferrer">京公网安备11010802012345号</a>' in page
