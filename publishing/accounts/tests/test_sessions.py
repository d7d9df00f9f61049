"""Sessions end by themselves, at a change of what they rest on, and when their owner or an administrator says so."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.contrib.auth.models import Group, Permission
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from publishing.accounts import sessions
from publishing.accounts.devices import device_name
from publishing.accounts.models import EditorSession
from publishing.accounts.tests.scenes import ACCOUNT, PASSWORD, is_in, log_in, verified
from publishing.models import AuditEvent
from publishing.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
END = "/admin/account/sessions/end/"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0"
WECHAT = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/107.0 Mobile Safari/537.36 MicroMessenger/8.0"


@pytest.fixture
def zhang() -> Any:
    return make_user("zhang", role=Role.WRITER, email="zhang@example.org")


def session_of(name: str = "zhang", **extra: Any) -> Client:
    client = Client(**extra)
    log_in(client, name)
    return client


class TestEnds:
    def test_half_an_hour_without_a_request(self, zhang, frozen) -> None:
        frozen("2026-11-22T08:00:00")
        client = session_of()
        for minute in ("29", "58"):
            frozen(f"2026-11-22T08:{minute}:00")
            assert is_in(client)
        frozen("2026-11-22T09:28:01")
        assert "您的登录已结束" in client.get("/admin/", follow=True).content.decode()
        assert not is_in(client)
        assert "您的登录已结束" not in Client().get("/admin/", follow=True).content.decode()

    def test_twelve_hours_however_busy(self, zhang, frozen) -> None:
        frozen("2026-11-22T08:00:00")
        client = session_of()
        for minutes in range(20, 720, 20):
            frozen(f"2026-11-22T{8 + minutes // 60:02d}:{minutes % 60:02d}:00")
            assert is_in(client)
        frozen("2026-11-22T20:00:01")
        assert not is_in(client)

    def test_the_end_stands_in_the_row_so_no_clock_of_a_browser_matters(self, zhang, frozen) -> None:
        frozen("2026-11-22T08:00:00")
        client = session_of()
        row = EditorSession.objects.open(zhang).get()
        assert f"{row.expire_date:%H:%M}" == "00:30"  # half past eight in China
        assert client.cookies["sessionid"]["max-age"] == ""

    def test_reading_pages_writes_the_session_once_a_minute(self, zhang, frozen, django_assert_num_queries) -> None:
        frozen("2026-11-22T08:00:00")
        client = session_of()
        frozen("2026-11-22T08:00:59")
        with django_assert_num_queries(2):  # the session and the user
            client.get("/admin/account/alive/")
        frozen("2026-11-22T08:01:00")
        client.get("/admin/account/alive/")
        assert f"{EditorSession.objects.open(zhang).get().seen_at:%M:%S}" == "01:00"

    def test_login_gives_a_new_key_and_logout_ends_the_row(self, zhang, client) -> None:
        client.get("/admin/login/")
        log_in(client, "zhang")
        first = client.cookies["sessionid"].value
        log_in(client, "zhang")
        assert client.cookies["sessionid"].value != first
        assert not EditorSession.objects.filter(pk=first).exists()
        client.post("/admin/logout/")
        assert not EditorSession.objects.open(zhang).exists()

    def test_housekeeping_forgets_what_ended(self, zhang, frozen) -> None:
        frozen("2026-11-22T08:00:00")
        session_of()
        frozen("2026-11-22T09:00:00")
        assert sessions.tidy() == "1 sessions"
        assert not EditorSession.objects.exists()


class TestChanges:
    def test_a_new_password_ends_all_others_and_keeps_this_one(self, zhang, mailoutbox) -> None:
        here, there = session_of(), session_of()
        new = "一句只有我知道的话 7 匹马"
        words = {"old_password": PASSWORD, "new_password1": new + "跑得快！", "new_password2": new + "跑得快！"}
        assert here.post("/admin/password_change/", words).status_code == 302
        assert is_in(here)
        assert not is_in(there)
        assert EditorSession.objects.open(zhang).count() == 1
        assert "密码改了" in mailoutbox[-1].subject

    @pytest.mark.parametrize("field", ["is_active", "is_staff"])
    def test_a_closed_account_is_out_at_once(self, zhang, field: str) -> None:
        client = session_of()
        setattr(zhang, field, False)
        zhang.save()
        assert not is_in(client)
        assert not EditorSession.objects.open(zhang).exists()

    def test_other_groups_or_rights_end_them_from_either_side(self, zhang) -> None:
        reviewers = Group.objects.get(name=Role.REVIEWER.value)
        right = Permission.objects.get(codename="view_user")
        for change in (
            lambda: zhang.groups.add(reviewers), lambda: zhang.groups.remove(reviewers), lambda: reviewers.user_set.add(zhang),
            reviewers.user_set.clear, lambda: zhang.user_permissions.add(right), zhang.groups.clear,
        ):  # fmt: skip
            client = session_of()
            assert is_in(client)
            change()
            assert not is_in(client)

    def test_a_stronger_hash_of_the_same_password_ends_nothing_and_tells_nobody(
        self, zhang, settings, mailoutbox
    ) -> None:
        session_of()
        letters = len(mailoutbox)
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.PBKDF2PasswordHasher", "django.contrib.auth.hashers.MD5PasswordHasher",
        ]  # fmt: skip
        assert is_in(session_of())
        zhang.refresh_from_db()
        assert zhang.password.startswith("pbkdf2_sha256$")
        assert EditorSession.objects.open(zhang).count() == 2
        assert len(mailoutbox) == letters


class TestMyLogins:
    def test_it_lists_device_and_network_without_keys_or_addresses(self, zhang) -> None:
        here = session_of(HTTP_USER_AGENT=EDGE, REMOTE_ADDR="203.0.113.77")
        session_of(HTTP_USER_AGENT=WECHAT, REMOTE_ADDR="2001:db8:1:2ff::9")
        html = here.get(ACCOUNT).content.decode()
        assert all(
            words in html
            for words in ("Windows 上的 Edge", "安卓 上的 微信", "203.0.113.0", "2001:db8:1:200::", "就是现在这一处")
        )
        assert "203.0.113.77" not in html
        assert not any(key in html for key in EditorSession.objects.values_list("session_key", flat=True))

    def test_one_or_all_others_are_ended_never_those_of_somebody_else(self, zhang) -> None:
        make_user("li")
        here, phone, tablet, foreign = session_of(), session_of(), session_of(), session_of("li")
        mark = EditorSession.objects.get(pk=phone.cookies["sessionid"].value).mark
        strange = EditorSession.objects.get(pk=foreign.cookies["sessionid"].value).mark
        here.post(END, {"mark": mark})
        here.post(END, {"mark": strange})
        assert [is_in(client) for client in (here, phone, tablet, foreign)] == [True, False, True, True]
        here.post(END)
        assert [is_in(client) for client in (here, tablet, foreign)] == [True, False, True]
        assert AuditEvent.objects.filter(action="sessions_ended", actor=zhang).count() == 2

    def test_ending_wants_a_post_with_a_token(self, zhang) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(zhang)
        session_of()
        assert client.get(END).status_code == 405
        assert client.post(END).status_code == 403
        assert EditorSession.objects.open(zhang).count() == 2

    def test_an_administrator_ends_the_sessions_of_others(self, zhang) -> None:
        client, boss = session_of(), Client()
        boss.force_login(make_user("wang", role=Role.ADMINISTRATOR))
        assert "Linux" not in boss.get(f"/admin/auth/user/{zhang.pk}/logins/").content.decode()
        boss.post(f"/admin/auth/user/{zhang.pk}/logins/", {"all": "1"})
        assert not is_in(client)

    def test_the_second_factor_is_reset_by_an_administrator_and_ends_them(self, zhang) -> None:
        client, boss = verified(zhang), Client()
        boss.force_login(make_user("wang", role=Role.ADMINISTRATOR))
        boss.post(f"/admin/auth/user/{zhang.pk}/logins/", {"reset": "1"})
        assert not is_in(client)
        event = AuditEvent.objects.get(action="second_factor_reset")
        assert (event.actor.username, event.object_id) == ("wang", zhang.pk)


class TestAlive:
    def test_it_gives_the_token_that_forms_of_an_older_login_need(self, zhang) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(zhang)
        token = client.get("/admin/account/alive/").json()["token"]
        assert client.post(END, {"csrfmiddlewaretoken": token}).status_code == 302

    def test_without_a_login_it_says_so(self, client) -> None:
        answer = client.get("/admin/account/alive/")
        assert answer.status_code == 401
        assert "no-store" in answer["Cache-Control"]


def test_cookies_on_https_belong_to_this_host_alone() -> None:
    """And passwords are hashed with Django's present cost. Asked of a process of its own, because the settings are read once."""
    code = ("from yibao_site import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, "
            "s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.CSRF_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, s.SECOND_FACTOR_REQUIRED, hasattr(s, 'PASSWORD_HASHERS'))")  # fmt: skip
    found = []
    for address in ("https://example.org", "http://127.0.0.1:8000"):
        environment = {"SECRET_KEY": "x" * 50, "SITE_URL": address, "DATABASE_URL": "sqlite:///:memory:"}
        ran = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            cwd=site_settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(ran.stdout.split())
    assert found[0] == ["__Host-session", "__Host-csrf", "True", "True", "True", "True", "Lax", "True", "False"]
    assert found[1] == ["sessionid", "csrftoken", "False", "False", "True", "True", "Lax", "False", "False"]


def test_the_cookie_keeps_what_its_prefix_promises(zhang, settings) -> None:
    settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "__Host-session", True
    client = session_of(HTTP_X_FORWARDED_PROTO="https")
    cookie = client.cookies["__Host-session"]
    assert (cookie["path"], cookie["domain"], cookie["secure"], cookie["httponly"]) == ("/", "", True, True)


@given(st.text(max_size=300))
def test_any_browser_has_a_short_name(user_agent: str) -> None:
    assert 0 < len(device_name(user_agent)) <= EditorSession._meta.get_field("device").max_length


def test_an_update_of_a_browser_is_no_new_device() -> None:
    assert device_name(EDGE) == device_name(EDGE.replace("126", "127")) == "Windows 上的 Edge"
