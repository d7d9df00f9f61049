"""The main job in a real browser: log in, open a question, type Chinese, publish, see it on the site."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from publishing.roles import Role
from tests.factories import make_question, make_user

PASSWORD = "Pass-word-of-tests-1"


def log_in(page: Page, base: str, name: str) -> None:
    page.goto(f"{base}/admin/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")


def test_an_edit_reaches_readers_only_when_published(live_server, page: Page) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    make_user("writer", role=Role.WRITER)
    make_user("reviewer", role=Role.REVIEWER)
    question = make_question(title="异地就医备案多久生效？")
    base, public = live_server.url, f"{live_server.url}/faq/{question.pk}/"

    log_in(page, base, "writer")
    page.goto(f"{base}/admin/faq/question/")
    page.click(f"a:has-text('{question.live.title}')")
    page.click("[name=_edit]")
    body = page.frame_locator("iframe.cke_wysiwyg_frame").locator("body[contenteditable=true]")
    body.click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("“新加的一句”——急诊抢救不用先备案。")
    page.fill("#id_summary", "先看告知书：有的地方马上生效。")
    page.fill("#id_change_note", "补充急诊的情形")
    page.click("[name=_submit]")
    expect(page.locator(".messagelist")).to_contain_text("已提交")
    page.goto(public)
    expect(page.locator("[data-short-answer]")).not_to_contain_text("告知书")

    page.context.clear_cookies()
    log_in(page, base, "reviewer")
    draft = question.revisions.order_by("-number").first()
    page.goto(f"{base}/admin/faq/questionrevision/{draft.pk}/change/")
    page.click("[name=_publish]")
    expect(page.locator(".messagelist")).to_contain_text("已发布")
    # A page may be kept for a minute; this reader asks for it anew.
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    page.goto(public)
    expect(page.locator("[data-short-answer]")).to_have_text("先看告知书：有的地方马上生效。")
    expect(page.locator(".prose")).to_contain_text("“新加的一句”——急诊抢救不用先备案。")
    expect(page.locator("[data-changes]")).to_contain_text("补充急诊的情形")
    assert not problems
