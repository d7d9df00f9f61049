"""The trail: complete, without secrets or personal data, and closed to changes in the database itself."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client

from publishing import trail
from publishing.accounts.tests.scenes import PASSWORD, log_in
from publishing.models import AuditEvent
from publishing.roles import Role
from tests.factories import make_question, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def zhang() -> Any:
    return make_user("zhang", role=Role.WRITER, email="zhang@example.org")


def event(action: str = "login", *, days_old: int = 0) -> AuditEvent:
    """A row as old as asked; its time is written by the model, so the clock of the test is not enough."""
    made = AuditEvent(action=action, at=dt.datetime.now(dt.UTC))
    field = AuditEvent._meta.get_field("at")
    field.auto_now_add = False
    try:
        made.at = dt.datetime.now(dt.UTC) - dt.timedelta(days=days_old)
        made.save()
    finally:
        field.auto_now_add = True
    return made


def refused(statement: str, *values: Any) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except DatabaseError as error:
        return "append-only" in str(error)
    return False


class TestAppendOnly:
    def test_the_database_refuses_to_change_a_row(self) -> None:
        row = event(days_old=400)
        assert refused("UPDATE publishing_auditevent SET action = 'nothing' WHERE id = %s", row.pk)
        assert refused("UPDATE publishing_auditevent SET actor_id = NULL")

    def test_the_database_refuses_to_delete_a_row_before_six_months(self) -> None:
        row = event(days_old=trail.LEAST_DAYS - 1)
        assert refused("DELETE FROM publishing_auditevent WHERE id = %s", row.pk)
        assert refused("DELETE FROM publishing_auditevent")

    def test_an_old_row_may_go(self) -> None:
        row = event(days_old=trail.LEAST_DAYS + 1)
        assert not refused("DELETE FROM publishing_auditevent WHERE id = %s", row.pk)

    @pytest.mark.postgres
    def test_the_table_cannot_be_emptied_at_once(self) -> None:
        assert refused("TRUNCATE publishing_auditevent")

    def test_an_account_with_a_trail_cannot_be_deleted(self, zhang) -> None:
        log_in(Client(), "zhang")
        with pytest.raises(DatabaseError), transaction.atomic():
            zhang.delete()

    def test_the_admin_offers_no_change(self) -> None:
        client = Client()
        client.force_login(make_user("root", is_superuser=True))
        row = event()
        assert client.get(f"/admin/publishing/auditevent/{row.pk}/change/").status_code == 200
        for address in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
            assert client.post(f"/admin/publishing/auditevent/{address}", {"post": "yes"}).status_code == 403


class TestRetention:
    @pytest.mark.parametrize(
        ("setting", "age", "kept"), [(365, 364, True), (365, 366, False), (10, 182, True), (10, 184, False)]
    )
    def test_what_is_about_people_goes_after_its_time_never_before_six_months(
        self, settings, setting: int, age: int, kept: bool
    ) -> None:
        settings.RETENTION_DAYS = {**settings.RETENTION_DAYS, "security": setting}
        row = event("login_failed", days_old=age)
        trail.forget()
        assert AuditEvent.objects.filter(pk=row.pk).exists() is kept

    def test_the_history_of_pages_stays(self) -> None:
        row = event("publish", days_old=4000)
        trail.forget()
        assert AuditEvent.objects.filter(pk=row.pk).exists()

    def test_the_site_keeps_at_least_six_months(self, settings) -> None:
        assert settings.RETENTION_DAYS["security"] >= trail.LEAST_DAYS >= 183


class TestContents:
    def test_a_login_says_on_what_and_from_which_network(self, zhang) -> None:
        log_in(
            Client(REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"), "zhang"
        )
        row = AuditEvent.objects.get(action="login")
        assert row.details == {"device": "Windows 上的 Firefox", "network": "203.0.113.0"}
        assert row.actor == zhang

    def test_a_new_device_is_noted_and_told_once(self, zhang) -> None:
        for agent, address in (
            ("Firefox Windows", "203.0.113.7"),
            ("Firefox Windows", "203.0.113.200"),
            ("Safari iPhone", "203.0.113.7"),
        ):
            log_in(Client(REMOTE_ADDR=address, HTTP_USER_AGENT=agent), "zhang")
        assert AuditEvent.objects.filter(action="new_device").count() == 2
        assert [letter.to for letter in mail.outbox] == [["zhang@example.org"]] * 2
        assert "iPhone 上的 Safari" in mail.outbox[1].body

    def test_mail_that_does_not_work_stops_no_login(self, zhang, settings) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        assert log_in(Client(), "zhang").status_code == 302

    def test_what_is_refused_is_noted(self, zhang, client) -> None:
        client.force_login(zhang)
        client.get("/admin/auth/user/?secret=1")
        client.post(f"/admin/faq/question/{make_question().pk}/delete/", {"post": "yes"})
        rows = AuditEvent.objects.filter(action="denied", actor=zhang).order_by("id")
        assert rows[0].details["path"] == "/admin/auth/user/"
        assert rows.count() == 2

    def test_a_change_of_rights_says_who_did_what_to_whom(self, zhang, client) -> None:
        boss = make_user("wang", role=Role.ADMINISTRATOR)
        client.force_login(boss)
        data = {
            "username": "zhang",
            "is_active": "on",
            "is_staff": "on",
            "groups": [Group.objects.get(name=Role.REVIEWER.value).pk],
            "email": "",
        }
        client.post(f"/admin/auth/user/{zhang.pk}/change/", data)
        rows = AuditEvent.objects.filter(action="permissions", actor=boss, object_id=zhang.pk)
        assert {key for row in rows for key in row.details} >= {"added", "removed", "who"}

    def test_no_password_is_ever_in_it_or_in_the_log(self, zhang, client, caplog) -> None:
        caplog.set_level(logging.INFO)
        log_in(client, "zhang", "my wrong password")
        log_in(client, "zhang")
        new = "两只黄鹂鸣翠柳，一行白鹭上青天"
        client.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
        written = "".join(str(vars(record)) for record in caplog.records) + json.dumps(
            list(AuditEvent.objects.values_list("details", flat=True)), ensure_ascii=False
        )
        assert not any(
            secret in written
            for secret in ("my wrong password", PASSWORD, new, "sessionid", client.cookies["sessionid"].value)
        )
        assert AuditEvent.objects.filter(action="user", details__password="changed").exists()

    def test_it_is_shown_in_words_to_those_with_the_right(self, zhang, client) -> None:
        log_in(Client(), "zhang")
        log_in(Client(), "zhang", "wrong")
        client.force_login(make_user("wang", role=Role.ADMINISTRATOR))
        html = client.get("/admin/publishing/auditevent/").content.decode()
        assert all(words in html for words in ("登录失败", "新设备或新网络登录", "网络：127.0.0.0"))
        client.force_login(zhang)
        assert client.get("/admin/publishing/auditevent/").status_code == 403

    def test_every_deed_about_people_has_a_name_in_words(self) -> None:
        from publishing.records import DEEDS

        assert set(trail.ABOUT_PEOPLE) <= set(DEEDS)
