"""What is kept about people is written down, and goes when it should; the security log stays as long as it must."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from feedback.models import ReaderQuestion
from publishing.models import AuditEvent
from tests.factories import make_user

PAGE = settings.BASE_DIR / "docs" / "privacy-and-retention.md"
HALF_A_YEAR = dt.timedelta(days=183)


def mapped() -> list[str]:
    """The tables that the data map names."""
    page = PAGE.read_text(encoding="utf-8")
    return re.findall(r"`(\w+\.\w+)`", page[page.index("## Data map") : page.index("| log |")])


def test_every_table_is_in_the_data_map_once() -> None:
    tables = {model._meta.label for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    also_named_as_text = {"publishing.EditorSession", "publishing.AuditEvent"}
    assert tables - set(mapped()) == set()
    assert {name for name in mapped() if name[0].islower()} - tables == set()
    assert {name for name in mapped() if mapped().count(name) > 1} <= also_named_as_text


@pytest.mark.django_db
def test_readers_words_go_while_the_security_log_stays_half_a_year(client: Client, frozen) -> None:
    frozen("2026-01-01")
    make_user("zhang")
    login = {"username": "zhang", "password": "wrong-password-1"}
    client.post("/admin/login/", login, REMOTE_ADDR="203.0.113.77", headers={"User-Agent": "Mozilla/5.0 secret-device"})
    ReaderQuestion.objects.create(text="问", receipt="a" * 64, state="answered", closed_at=timezone.now())

    frozen(dt.date(2026, 1, 1) + HALF_A_YEAR)
    call_command("housekeeping", verbosity=0)
    event = AuditEvent.objects.get(action="login_failed")
    assert not ReaderQuestion.objects.exists()
    assert "203.0.113.77" not in str(event.details)
    assert "wrong-password-1" not in str(event.details)

    frozen(dt.date(2026, 1, 1) + dt.timedelta(days=settings.RETENTION_DAYS["security"] + 1))
    call_command("housekeeping", verbosity=0)
    assert not AuditEvent.objects.filter(action="login_failed").exists()


@pytest.mark.django_db
def test_public_pages_set_no_cookie_whatever_the_reader_does(client: Client) -> None:
    for address in ("/", "/search/?q=110101199003074516", "/ask/?q=a", "/feedback/helpful/"):
        assert not client.get(address).cookies
    assert not client.post("/feedback/helpful/", {"kind": "question"}).cookies
