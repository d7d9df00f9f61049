"""Accounts in a real browser: enrol, verify, recover, be locked, end a session, and never lose a text to a login."""

from __future__ import annotations

import re
from base64 import b32decode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Browser, Page, expect

from publishing.accounts import recovery
from publishing.accounts.models import EditorSession
from publishing.models import AuditEvent
from publishing.roles import Role
from tests.factories import draft_question, make_user
from tests.test_accessibility import AXE, RUN_AXE, SCHEMES

PASSWORD = "Pass-word-of-tests-1"
Open = Callable[[], Page]


@pytest.fixture
def phone(live_server: Any, browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Open]:
    """`phone()`: a new browser as wide as a phone; anything that goes wrong in it fails the test."""
    contexts, problems = [], []

    def open_page() -> Page:
        context = browser.new_context(**browser_context_args, viewport={"width": 360, "height": 780})
        contexts.append(context)
        page = context.new_page()
        page.base = live_server.url
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if "Content Security" in line.text else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems


def log_in(page: Page, name: str = "zhang", password: str = PASSWORD, path: str = "/admin/account/") -> None:
    if not page.url.startswith(f"{page.base}/admin/login"):
        page.goto(page.base + path)
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def clean(page: Page) -> None:
    """No finding of axe in light and dark, and nothing wider than the screen."""
    page.evaluate(AXE)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)  # colours change slowly
        assert page.evaluate(RUN_AXE) == [], f"{page.url} {scheme}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def test_from_the_first_login_to_the_last_recovery_code(phone: Open, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    zhang = make_user("zhang", role=Role.WRITER)
    page = phone()
    page.goto(page.base + "/admin/faq/question/")
    clean(page)
    log_in(page)
    expect(page.locator("h1")).to_have_text("启用二次验证")
    clean(page)
    page.click("summary")
    secret = page.locator("[data-secret]").inner_text().replace(" ", "")
    assert page.locator("svg.account-qr").bounding_box()["width"] >= 180
    page.fill("#id_code", f"{TOTP(b32decode(secret)).token():06d}")
    page.keyboard.press("Enter")
    expect(page.locator("[data-codes] li")).to_have_count(recovery.COUNT)
    codes = page.locator("[data-codes] code").all_inner_texts()
    clean(page)
    page.click("text=已经抄好")
    expect(page).to_have_url(re.compile("/admin/faq/question/$"))

    page = phone()
    log_in(page)
    expect(page.locator("h1")).to_have_text("二次验证")
    clean(page)
    page.fill("#id_code", "000000")
    page.keyboard.press("Enter")
    expect(page.locator(".errorlist")).to_contain_text("验证码不对")
    clean(page)
    TOTPDevice.objects.filter(user=zhang).update(last_t=-1, throttling_failure_count=0)
    page.fill("#id_code", f"{TOTP(b32decode(secret)).token():06d}")
    page.keyboard.press("Enter")
    expect(page.locator("#user-tools")).to_contain_text("我的登录")

    for works in (True, False):
        page = phone()
        log_in(page)
        page.click("text=手机不在身边")
        clean(page)
        page.fill("#id_code", codes[0])
        page.keyboard.press("Enter")
        expect(page.locator("#user-tools" if works else ".errorlist")).to_be_visible()
    page.click("text=不登录了")
    page.goto(page.base + "/admin/")
    expect(page.locator("#id_username")).to_be_visible()


def test_too_many_wrong_passwords_are_answered_with_the_time_it_ends(phone: Open) -> None:
    make_user("zhang", role=Role.WRITER)
    page = phone()
    for _ in range(5):
        log_in(page, password="wrong")
    expect(page.locator("[role=alert]")).to_contain_text("密码输错的次数太多")
    expect(page.locator("[data-until]")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    clean(page)
    assert AuditEvent.objects.filter(action="lockout").count() == 1


def test_a_session_is_seen_and_ended_from_another_device(phone: Open) -> None:
    make_user("zhang", role=Role.WRITER)
    here, lost = phone(), phone()
    for page in (here, lost):
        log_in(page)
        expect(page.locator("#user-tools")).to_be_visible()
    here.click("text=我的登录")
    expect(here.locator("[data-session]")).to_have_count(2)
    clean(here)
    here.click("text=结束这一处")
    expect(here.locator(".messagelist")).to_contain_text("已结束1处登录")
    expect(here.locator("[data-session]")).to_have_count(1)
    lost.goto(lost.base + "/admin/faq/question/")
    expect(lost.locator("[role=status]")).to_contain_text("您的登录已结束")
    clean(lost)


def test_an_administrator_helps_somebody_who_lost_the_phone(phone: Open) -> None:
    zhang = make_user("zhang", role=Role.WRITER)
    make_user("wang", role=Role.ADMINISTRATOR)
    TOTPDevice.objects.create(user=zhang, name="手机", confirmed=True)
    page = phone()
    log_in(page, "wang")
    page.goto(f"{page.base}/admin/auth/user/{zhang.pk}/change/")
    page.click("text=登录和二次验证")
    clean(page)
    page.click("text=重置二次验证并结束全部登录")
    expect(page.locator(".messagelist")).to_contain_text("已重置二次验证")
    assert not TOTPDevice.objects.exists()


# A text that is being written


def write(page: Page, draft: Any, text: str) -> None:
    page.goto(f"{page.base}/admin/faq/questionrevision/{draft.pk}/change/")
    expect(page.locator("iframe.cke_wysiwyg_frame")).to_be_visible()
    page.fill("#id_summary", text)


def test_a_login_that_ends_while_writing_loses_nothing_when_the_page_stays_open(phone: Open) -> None:
    zhang = make_user("zhang", role=Role.WRITER)
    draft = draft_question(author=zhang)
    page = phone()
    log_in(page)
    write(page, draft, "登录还在时写的。")
    expect(page.locator("[data-saved]")).to_contain_text("上次自动保存", timeout=15_000)
    EditorSession.objects.all().delete()
    page.fill("#id_summary", "登录结束以后写的。")
    expect(page.locator("#login-ended")).to_contain_text("在新标签页登录", timeout=15_000)
    expect(page.locator("[data-saved]")).to_contain_text("没有自动保存")

    with page.context.expect_page() as opened:
        page.click("#login-ended a")
    other = opened.value
    other.base = page.base
    log_in(other)
    expect(other.locator("h1")).to_have_text("我的登录")
    other.close()
    # Saved by itself, with the token of the new login, without a key being pressed.
    expect(page.locator("[data-saved]")).to_contain_text("上次自动保存", timeout=15_000)
    expect(page.locator("#login-ended")).to_have_count(0)
    draft.refresh_from_db()
    assert draft.summary == "登录结束以后写的。"
    page.click("[name=_continue]")
    expect(page.locator(".messagelist")).to_contain_text("草稿已保存")


def test_a_text_sent_after_the_login_ended_comes_back_after_the_next_one(phone: Open) -> None:
    zhang = make_user("zhang", role=Role.WRITER)
    draft = draft_question(author=zhang)
    page = phone()
    log_in(page)
    write(page, draft, "马上按保存的一句。")
    EditorSession.objects.all().delete()
    page.click("[name=_continue]")
    expect(page.locator("[role=status]")).to_contain_text("您的登录已结束")
    log_in(page)
    expect(page.locator("#id_summary")).not_to_have_value("马上按保存的一句。")
    page.click("text=放回上次没存上的内容")
    expect(page.locator("#id_summary")).to_have_value("马上按保存的一句。")
    page.click("[name=_continue]")
    expect(page.locator(".messagelist")).to_contain_text("草稿已保存")
    expect(page.get_by_text("放回上次没存上的内容")).to_have_count(0)
    draft.refresh_from_db()
    assert draft.summary == "马上按保存的一句。"


def test_a_form_that_was_open_for_long_is_not_sent_without_a_login(phone: Open) -> None:
    make_user("wang", role=Role.ADMINISTRATOR)
    page = phone()
    page.clock.install()
    log_in(page, "wang")
    page.goto(page.base + "/admin/taxonomy/topic/add/")
    page.fill("#id_name", "写了很久的栏目")
    page.fill("#id_slug", "long")
    EditorSession.objects.all().delete()
    page.clock.fast_forward("31:00")
    page.click("[name=_save]")
    expect(page.locator("#login-ended")).to_contain_text("登录已过期")
    expect(page.locator("#id_name")).to_have_value("写了很久的栏目")
    with page.context.expect_page() as opened:
        page.click("#login-ended a")
    other = opened.value
    other.base = page.base
    log_in(other, "wang")
    expect(other.locator("h1")).to_have_text("我的登录")
    other.close()
    page.click("[name=_save]")
    expect(page.locator(".messagelist")).to_contain_text("写了很久的栏目")
