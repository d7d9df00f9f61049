"""The second factor: enrolled once, shown at every login, good for one use, and never a way to lock everybody out."""

from __future__ import annotations

import re
from base64 import b32decode
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import segno
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from publishing.accounts import recovery, second_factor
from publishing.accounts.models import EditorSession, RecoveryCode
from publishing.accounts.tests.scenes import (
    ACCOUNT,
    ENROL,
    LOGIN,
    PASSWORD,
    VERIFY,
    code_of,
    is_in,
    log_in,
    verified,
    with_phone,
    wrong,
)  # fmt: skip
from publishing.models import AuditEvent
from publishing.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
CODES = re.compile(r"<li><code>([^<]+)</code>")


@pytest.fixture
def zhang() -> Any:
    return make_user("zhang", role=Role.WRITER, email="zhang@example.org")


@pytest.fixture
def required(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def deeds(user: Any) -> set[str]:
    return set(
        AuditEvent.objects.filter(object_id=user.pk, content_type__model="user").values_list("action", flat=True)
    )


def enrol(client: Client, user: Any) -> list[str]:
    """Goes through the page of enrolment; gives back the recovery codes that it shows."""
    assert client.get(ENROL).status_code == 200
    device = TOTPDevice.objects.get(user=user, confirmed=False)
    return CODES.findall(client.post(ENROL, {"code": code_of(device)}).content.decode())


class TestFirstLogin:
    def test_a_password_alone_leads_to_enrolment_and_nowhere_else(self, zhang, required, client) -> None:
        assert log_in(client, "zhang").status_code == 302
        assert not is_in(client)
        reached = client.get("/admin/", follow=True)
        assert reached.redirect_chain[-1][0].startswith(ENROL)
        codes = enrol(client, zhang)
        assert len(codes) == recovery.COUNT == RecoveryCode.objects.filter(user=zhang).count()
        assert is_in(client)

    def test_the_page_shows_a_picture_and_the_key_and_is_kept_by_nobody(self, zhang, required, client) -> None:
        log_in(client, "zhang")
        page = client.get(ENROL)
        html, device = page.content.decode(), TOTPDevice.objects.get(user=zhang)
        assert second_factor.secret(device) in html
        assert "<svg" in html
        assert "style=" not in html.split("<svg")[1].split("</svg>")[0]
        assert "no-store" in page["Cache-Control"]
        assert (
            client.get(ENROL).content.decode().count(second_factor.secret(device)) == 1
        )  # the same key on a second look

    def test_the_picture_says_what_authenticators_read(self, zhang, settings) -> None:
        device, _ = with_phone(zhang)
        parts = urlsplit(second_factor.address(device))
        asked = dict(parse_qsl(parts.query))
        assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("otpauth", "totp", f"/{settings.SITE_NAME}:zhang")
        assert b32decode(asked["secret"]) == device.bin_key
        assert (asked["issuer"], asked["period"], asked["digits"]) == (settings.SITE_NAME, "30", "6")
        assert device.step == 30
        # The modules that are drawn, read back row by row, are those of this address.
        matrix = segno.make(second_factor.address(device), error="m", micro=False).matrix
        view = re.search(r'viewBox="0 0 (\d+) (\d+)"', str(second_factor.picture(device)))
        assert view
        assert int(view[1]) == len(matrix) + 8, "with the quiet zone of four modules around it"

    def test_it_is_offered_but_not_asked_where_it_is_not_required(self, zhang, client) -> None:
        log_in(client, "zhang")
        assert is_in(client)
        assert "建议开启" in client.get(ACCOUNT).content.decode()
        enrol(client, zhang)
        other = Client()
        log_in(other, "zhang")
        assert not is_in(other), "once enrolled it is always asked"

    def test_the_login_names_the_phones_entry_as_the_phone_does(self, zhang, client, settings) -> None:
        settings.SITE_NAME = "外地看病"
        device, _ = with_phone(zhang)
        log_in(client, "zhang")
        assert dict(parse_qsl(urlsplit(second_factor.address(device)).query))["issuer"] == "外地看病"
        assert "输入“外地看病”现在的6位数字" in client.get(VERIFY).content.decode()

    def test_a_wrong_code_enrols_nothing(self, zhang, required, client) -> None:
        log_in(client, "zhang")
        client.get(ENROL)
        device = TOTPDevice.objects.get(user=zhang)
        page = client.post(ENROL, {"code": wrong(code_of(device))})
        assert "验证码不对" in page.content.decode()
        assert second_factor.device_of(zhang) is None
        assert not is_in(client)

    def test_enrolment_ends_the_other_sessions_of_the_user(self, zhang, client) -> None:
        old = Client()
        log_in(old, "zhang")
        log_in(client, "zhang")
        enrol(client, zhang)
        assert not is_in(old)
        assert is_in(client)


class TestEveryLogin:
    def test_the_right_code_opens_the_desk_under_a_new_session_key(self, zhang, client) -> None:
        device, _ = with_phone(zhang)
        log_in(client, "zhang")
        before = client.cookies["sessionid"].value
        response = client.post(
            VERIFY, {"code": f" {code_of(device)[:3]} {code_of(device)[3:]} ", "next": "/admin/faq/question/"}
        )
        assert response["Location"] == "/admin/faq/question/"
        assert client.cookies["sessionid"].value != before
        assert is_in(client)

    def test_a_code_works_once(self, zhang, frozen) -> None:
        frozen("2026-11-22")
        device, _ = with_phone(zhang)
        code = code_of(device)
        verified(zhang)
        other = Client()
        log_in(other, "zhang")
        assert "已经用过" in other.post(VERIFY, {"code": code}).content.decode()
        assert not is_in(other)

    def test_a_code_is_good_for_a_step_before_and_after_and_not_longer(self, zhang, frozen) -> None:
        frozen("2026-11-22")
        device, _ = with_phone(zhang)
        for later, right in ((-2, False), (2, False), (1, True)):
            TOTPDevice.objects.update(throttling_failure_count=0)
            client = Client()
            log_in(client, "zhang")
            client.post(VERIFY, {"code": code_of(device, later)})
            assert is_in(client) is right, later

    def test_each_wrong_code_doubles_the_wait_and_a_right_one_in_it_is_not_looked_at(
        self, zhang, client, frozen
    ) -> None:
        frozen("2026-11-22T12:00:00")
        device, _ = with_phone(zhang)
        log_in(client, "zhang")
        for second in (0, 1, 3, 7):
            frozen(f"2026-11-22T12:00:{second:02d}")
            client.post(VERIFY, {"code": wrong(code_of(device))})
        frozen("2026-11-22T12:00:14")
        page = client.post(VERIFY, {"code": code_of(device)})
        assert "这次的还没有看。请在 12:00:15 以后再试" in page.content.decode()
        assert not is_in(client)
        frozen("2026-11-22T12:00:16")
        client.post(VERIFY, {"code": code_of(device)})
        assert is_in(client)

    @pytest.mark.parametrize(
        "code", ["", "12345", "1234567", "abcdef", "１２３４５", "-12345", "1e5", "\x00" * 6, "9" * 5000]
    )
    def test_what_is_no_code_lets_nobody_in(self, zhang, client, code: str) -> None:
        with_phone(zhang)
        log_in(client, "zhang")
        assert client.post(VERIFY, {"code": code}).status_code == 200
        assert not is_in(client)

    def test_full_width_digits_are_digits(self, zhang, client) -> None:
        device, _ = with_phone(zhang)
        log_in(client, "zhang")
        client.post(VERIFY, {"code": code_of(device).translate({48 + n: 0xFF10 + n for n in range(10)})})
        assert is_in(client)

    def test_halfway_in_nobody_can_enrol_another_phone(self, zhang, required, client) -> None:
        with_phone(zhang)
        log_in(client, "zhang")
        assert client.get(ENROL)["Location"].startswith(VERIFY)
        assert client.post(ENROL, {"code": "000000"})["Location"].startswith(VERIFY)
        assert client.get("/admin/account/prove/?then=enrol")["Location"].startswith(VERIFY)
        assert TOTPDevice.objects.count() == 1

    def test_whoever_is_halfway_in_may_leave(self, zhang, client) -> None:
        with_phone(zhang)
        log_in(client, "zhang")
        assert client.post("/admin/logout/").status_code == 200
        assert client.get(VERIFY)["Location"].startswith("/admin/login/")

    def test_a_phone_that_is_gone_verifies_no_session(self, zhang, required) -> None:
        client = verified(zhang)
        TOTPDevice.objects.all().delete()
        assert not is_in(client)

    def test_the_way_on_stays_on_the_site(self, zhang, client) -> None:
        device, _ = with_phone(zhang)
        log_in(client, "zhang")
        response = client.post(VERIFY, {"code": code_of(device), "next": "https://evil.example/"})
        assert response["Location"] == "/admin/"

    @pytest.mark.parametrize("following", ["//evil.example/", "https://evil.example/", "javascript:x()", ""])
    def test_a_way_on_that_leads_nowhere_ends_at_the_desk(self, zhang, client, following: str) -> None:
        answer = client.post(LOGIN, {"username": "zhang", "password": PASSWORD, "next": following})
        assert answer["Location"] == "/admin/"


class TestRecoveryCodes:
    def test_a_code_works_once_however_it_is_typed(self, zhang, client) -> None:
        _, codes = with_phone(zhang)
        log_in(client, "zhang")
        client.post(VERIFY + "?recovery=1", {"code": codes[0].upper().replace("-", " ")})
        assert is_in(client)
        other = Client()
        log_in(other, "zhang")
        assert "备用码不对" in other.post(VERIFY + "?recovery=1", {"code": codes[0]}).content.decode()
        assert not is_in(other)
        assert recovery.left(zhang) == recovery.COUNT - 1
        assert "recovery_code" in deeds(zhang)

    def test_only_hashes_are_stored_and_codes_are_too_long_to_guess(self, zhang) -> None:
        codes = recovery.renew(zhang)
        stored = " ".join(RecoveryCode.objects.values_list("digest", flat=True))
        assert not any(code in stored or code.replace("-", "") in stored for code in codes)
        assert len(recovery.ALPHABET) ** (recovery.GROUPS * recovery.GROUP) > 2**112
        assert len(set(codes)) == recovery.COUNT

    def test_codes_of_somebody_else_open_nothing(self, zhang, client) -> None:
        with_phone(zhang)
        _, codes = with_phone(make_user("li"))
        log_in(client, "zhang")
        client.post(VERIFY + "?recovery=1", {"code": codes[0]})
        assert not is_in(client)

    def test_new_codes_void_the_old_ones(self, zhang) -> None:
        old = recovery.renew(zhang)
        recovery.renew(zhang)
        assert not recovery.use(zhang, old[0])


class TestChanging:
    PROVE = "/admin/account/prove/"

    def prove(self, client: Client, user: Any, then: str, password: str = PASSWORD) -> Any:
        device = second_factor.device_of(user)
        TOTPDevice.objects.update(last_t=-1)  # as if half a minute had gone by
        return client.post(f"{self.PROVE}?then={then}", {"password": password, "code": code_of(device)})

    def test_another_phone_needs_password_and_code(self, zhang) -> None:
        client = verified(zhang)
        assert client.get(ENROL)["Location"].startswith(self.PROVE)
        assert self.prove(client, zhang, "enrol", password="wrong").status_code == 200
        assert client.get(ENROL)["Location"].startswith(self.PROVE)
        assert self.prove(client, zhang, "enrol")["Location"] == ENROL
        old = second_factor.device_of(zhang)
        enrol(client, zhang)
        assert second_factor.device_of(zhang).pk != old.pk
        assert TOTPDevice.objects.filter(user=zhang).count() == 1
        assert is_in(client)

    def test_a_proof_grows_old(self, zhang, frozen) -> None:
        frozen("2026-11-22T12:00")
        client = verified(zhang)
        self.prove(client, zhang, "enrol")
        frozen("2026-11-22T12:11")
        assert client.get(ENROL)["Location"].startswith(self.PROVE)

    def test_an_old_session_without_a_phone_proves_the_password_before_it_enrols(self, zhang, client, frozen) -> None:
        frozen("2026-11-22T12:00")
        log_in(client, "zhang")
        frozen("2026-11-22T12:11")
        assert client.get(ENROL)["Location"].startswith(self.PROVE)
        assert client.post(f"{self.PROVE}?then=enrol", {"password": "wrong"}).status_code == 200
        assert client.post(f"{self.PROVE}?then=enrol", {"password": PASSWORD})["Location"] == ENROL
        assert client.get(ENROL).status_code == 200

    def test_new_codes_and_switching_off_happen_only_after_the_proof(self, zhang) -> None:
        client = verified(zhang)
        for then in ("codes", "remove"):
            assert client.post("/admin/account/factor/", {"then": then})["Location"].startswith(self.PROVE)
        assert recovery.left(zhang) == recovery.COUNT
        self.prove(client, zhang, "remove")
        assert client.get("/admin/account/factor/").status_code == 405
        assert client.post("/admin/account/factor/", {"then": "remove"})["Location"] == ACCOUNT
        assert second_factor.device_of(zhang) is None
        assert is_in(client)
        assert "second_factor_off" in deeds(zhang)

    def test_it_cannot_be_switched_off_where_it_is_required(self, zhang, required) -> None:
        client = verified(zhang)
        self.prove(client, zhang, "remove")
        page = client.post("/admin/account/factor/", {"then": "remove"}, follow=True)
        assert "不能关闭" in page.content.decode()
        assert second_factor.device_of(zhang)

    def test_the_owner_is_told_by_mail_of_every_change(self, zhang, client, mailoutbox) -> None:
        log_in(client, "zhang")
        enrol(client, zhang)
        second_factor.renew_codes(zhang)
        second_factor.remove(zhang, None)
        subjects = " ".join(mail.subject for mail in mailoutbox)
        assert all(words in subjects for words in ("新设备登录", "启用了二次验证", "换了备用码", "二次验证被取消"))
        assert all("如果不是，请马上修改密码" in mail.body and mail.to == ["zhang@example.org"] for mail in mailoutbox)
        assert PASSWORD not in " ".join(mail.body for mail in mailoutbox)


class TestTheWayBack:
    def test_the_server_can_always_let_an_editor_enrol_again(self, zhang, required) -> None:
        client = verified(zhang)
        call_command("reset_second_factor", "zhang", verbosity=0)
        assert not is_in(client)
        assert not EditorSession.objects.open(zhang).exists()
        assert "second_factor_reset" in deeds(zhang)
        again = Client()
        log_in(again, "zhang")
        assert again.get("/admin/", follow=True).redirect_chain[-1][0].startswith(ENROL)

    def test_the_command_names_an_account_that_does_not_exist(self) -> None:
        with pytest.raises(CommandError, match="no account named nobody"):
            call_command("reset_second_factor", "nobody")

    def test_an_enrolment_that_was_never_finished_is_forgotten(self, zhang, frozen) -> None:
        frozen("2026-11-20")
        second_factor.begin(zhang)
        frozen("2026-11-22")
        assert second_factor.tidy() == "1 unfinished enrolments"
        assert not TOTPDevice.objects.exists()
