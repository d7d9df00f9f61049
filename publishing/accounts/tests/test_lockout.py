"""Wrong passwords: who must wait, until when, and who must not."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings as site_settings
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import timezone

from publishing.accounts import lockout
from publishing.accounts.tests.scenes import ACCOUNT, LOGIN, PASSWORD, is_in, log_in
from publishing.models import AuditEvent
from publishing.origin import UNKNOWN, line
from publishing.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NOON = "2026-11-22T12:00:00"
HERE, THERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def _noon(frozen: Any) -> None:
    frozen(NOON)


@pytest.fixture
def zhang() -> Any:
    return make_user("zhang", role=Role.WRITER)


def fail(times: int, name: str = "zhang", address: str = HERE) -> list[int]:
    """Wrong passwords from an address; gives back the answers' codes."""
    return [log_in(Client(), name, f"wrong {n}", REMOTE_ADDR=address).status_code for n in range(times)]


def test_five_wrong_passwords_from_one_address_close_the_account_to_it_for_a_quarter_of_an_hour(zhang, frozen) -> None:
    assert fail(6) == [200, 200, 200, 200, 429, 429]
    client = Client(REMOTE_ADDR=HERE)
    page = log_in(client, "zhang")
    assert page.status_code == 429
    assert "12:15:00" in page.content.decode()
    assert page["Retry-After"] == "901"
    frozen("2026-11-22T12:14:59")
    assert log_in(client, "zhang").status_code == 429
    frozen("2026-11-22T12:15:01")
    assert log_in(client, "zhang").status_code == 302


def test_attempts_while_it_lasts_do_not_make_it_longer(zhang, frozen) -> None:
    fail(5)
    frozen("2026-11-22T12:10:00")
    fail(3)
    frozen("2026-11-22T12:15:01")
    assert log_in(Client(REMOTE_ADDR=HERE), "zhang").status_code == 302


def test_the_owner_is_not_locked_out_by_somebody_elsewhere(zhang) -> None:
    fail(8, address=HERE)
    assert log_in(Client(REMOTE_ADDR=THERE), "zhang").status_code == 302


def test_a_right_password_clears_the_count_of_that_address(zhang) -> None:
    for _ in range(3):
        fail(4)
        assert log_in(Client(REMOTE_ADDR=HERE), "zhang").status_code == 302


def test_one_address_cannot_go_through_many_names() -> None:
    codes = [fail(1, name=f"name{n}")[0] for n in range(lockout.ADDRESS + 2)]
    assert codes[: lockout.ADDRESS - 1] == [200] * (lockout.ADDRESS - 1)
    assert codes[-2:] == [429, 429]


def test_many_addresses_slow_an_account_down_except_where_its_owner_usually_is(zhang, frozen) -> None:
    home = Client(REMOTE_ADDR="192.0.2.10")
    log_in(home, "zhang")
    for n in range(5):
        fail(2, address=f"203.0.{n}.1")
    stranger = Client(REMOTE_ADDR="198.51.100.1")
    page = log_in(stranger, "zhang")
    assert page.status_code == 429
    assert "12:00:30" in page.content.decode()
    # The owner, at home and on another line of the same network, is let in at once.
    assert log_in(Client(REMOTE_ADDR="192.0.2.200"), "zhang").status_code == 302
    # A stranger waits half a minute, never a quarter of an hour.
    frozen("2026-11-22T12:00:31")
    assert log_in(stranger, "zhang").status_code == 302


def test_names_that_do_not_exist_are_answered_in_the_same_way(zhang) -> None:
    pages = [log_in(Client(REMOTE_ADDR=HERE), name, "wrong").content.decode() for name in ("zhang", "nobody")]
    plain = [re.sub(r'value="[^"]*"', "", page) for page in pages]
    assert plain[0] == plain[1]
    assert fail(5, "nobody", THERE) == [200, 200, 200, 200, 429]
    closed = make_user("closed", is_active=False)
    assert "用户名或密码不对" in log_in(Client(), closed.username).content.decode()


def test_the_same_work_is_done_for_names_that_do_not_exist(zhang, monkeypatch) -> None:
    """Time cannot be measured soundly in a test; what takes it, the hashing, can be counted."""
    from django.contrib.auth import hashers

    counted: list[str] = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda self, *words: counted.append("hash") or encode(self, *words))
    work = []
    for name in ("zhang", "nobody"):
        counted.clear()
        log_in(Client(), name, "wrong")
        work.append(len(counted))
    assert work == [1, 1]


def test_the_address_is_the_visitors_behind_our_own_proxy(zhang, settings) -> None:
    settings.TRUSTED_PROXIES = 1
    for n in range(6):
        log_in(
            Client(REMOTE_ADDR="127.0.0.1"), "zhang", f"wrong {n}", headers={"X-Forwarded-For": f"1.1.1.{n}, {HERE}"}
        )
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {HERE}
    blocked = log_in(Client(REMOTE_ADDR="127.0.0.1"), "zhang", headers={"X-Forwarded-For": HERE})
    other = log_in(Client(REMOTE_ADDR="127.0.0.1"), "zhang", headers={"X-Forwarded-For": THERE})
    assert (blocked.status_code, other.status_code) == (429, 302)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (HERE, HERE), ("::ffff:203.0.113.7", HERE), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"), ("garbage", UNKNOWN), ("", UNKNOWN),
    ],
)  # fmt: skip
def test_one_line_is_one_attacker(address: str, expected: str) -> None:
    assert line(RequestFactory().get("/", REMOTE_ADDR=address)) == expected


@pytest.mark.parametrize("name", ["x" * 5000, "\x00zhang", "张三" * 200, "' OR 1=1 --", "<script>alert(1)</script>"])
def test_odd_names_are_refused_without_a_crash(name: str) -> None:
    page = log_in(Client(), name, "wrong")
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


def test_what_was_typed_is_not_in_the_trail_and_goes_with_the_count(zhang, frozen) -> None:
    fail(1, name="my-secret-password")
    fail(5)
    events = AuditEvent.objects.filter(action__in=["login_failed", "lockout"]).order_by("at", "id")
    assert Counter(event.action for event in events) == {"login_failed": 6, "lockout": 1}
    assert "my-secret-password" not in str([event.details for event in events])
    assert HERE not in str([event.details for event in events])
    assert events[0].details["network"] == "203.0.113.0"
    fail(5)
    assert events.count() == 7, "attempts during a lock say nothing new"
    frozen("2026-11-22T12:16")
    assert lockout.tidy() == "2 failed logins"
    assert not AccessAttempt.objects.exists()


def test_an_administrator_and_the_server_can_lift_a_lock(zhang) -> None:
    boss = Client()
    boss.force_login(make_user("wang", role=Role.ADMINISTRATOR))
    fail(6)
    boss.post(f"/admin/auth/user/{zhang.pk}/logins/", {"unlock": "1"})
    assert log_in(Client(REMOTE_ADDR=HERE), "zhang").status_code == 302
    fail(6)
    call_command("reset_second_factor", "zhang", verbosity=0)
    assert log_in(Client(REMOTE_ADDR=HERE), "zhang").status_code == 302
    assert AuditEvent.objects.filter(action="unlock", object_id=zhang.pk).count() == 2


def test_guessing_the_password_inside_a_session_is_stopped_like_guessing_at_login(zhang) -> None:
    client = Client(REMOTE_ADDR=HERE)
    log_in(client, "zhang")
    words = {"new_password1": "a wholly new sentence 7", "new_password2": "a wholly new sentence 7"}
    codes = [
        client.post("/admin/password_change/", {"old_password": f"wrong {n}", **words}).status_code for n in range(5)
    ]
    assert codes == [200, 200, 200, 200, 429]
    assert client.post("/admin/password_change/", {"old_password": PASSWORD, **words}).status_code == 429
    assert is_in(client)
    assert client.get(ACCOUNT).status_code == 200


def test_the_counts_hold_nothing_of_what_was_sent(zhang) -> None:
    client = Client()
    log_in(client, "zhang")
    words = {
        "old_password": "secret-old",
        "new_password1": "secret-new",
        "new_password2": "secret-new",
        "code": "secret-code",
    }
    client.post("/admin/password_change/", words)
    client.post("/admin/account/prove/?then=enrol", {"password": "secret-password", **words})
    log_in(Client(), "zhang", "secret-login")
    rows = [str(row) for row in AccessAttempt.objects.values_list("get_data", "post_data", "path_info")]
    assert AccessAttempt.objects.get().failures_since_start == 3
    assert "secret" not in " ".join(rows)


def test_get_of_the_login_page_is_never_locked(zhang) -> None:
    fail(6)
    assert Client(REMOTE_ADDR=HERE).get(LOGIN).status_code == 200


def test_counts_last_as_long_as_the_lock() -> None:
    assert site_settings.AXES_COOLOFF_TIME == lockout.LASTS
    assert timezone.localtime(timezone.now()).hour == 12
