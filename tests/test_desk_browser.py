"""The whole story of two editors in a real browser, from the first word to the restored page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from faq.models import Question
from publishing.models import AuditEvent, State
from publishing.roles import Role
from publishing.upkeep import publish_due
from tests.factories import make_policy, make_question, make_topic, make_user

PASSWORD = "Pass-word-of-tests-1"
TITLE, ANSWER = "外地手术前要不要先备案？", "要。手术前先备案，住院时直接结算。"


@pytest.fixture
def desk(live_server: Any, browser: Browser, browser_context_args: dict[str, Any]) -> Any:
    """`desk(name)`: a browser of its own with that editor logged in; without a name, a reader."""
    contexts, problems = [], []

    def open_page(name: str = "") -> Page:
        context = browser.new_context(**browser_context_args)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.base = live_server.url
        if name:
            page.goto(f"{live_server.url}/admin/")
            page.fill("#id_username", name)
            page.fill("#id_password", PASSWORD)
            page.click("[type=submit]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems


def type_body(page: Page, text: str) -> None:
    """Types at the end of the body, as an editor does."""
    page.frame_locator("iframe.cke_wysiwyg_frame").locator("body[contenteditable=true]").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(text)


def said(page: Page, sentence: str) -> None:
    expect(page.locator(".messagelist")).to_contain_text(sentence)


def reader_sees(desk: Callable[..., Page], question: Any) -> str:
    """The short answer, for somebody who comes for the first time."""
    page = desk()
    response = page.goto(f"{page.base}/faq/{question.pk}/")
    text = page.locator("[data-short-answer]").inner_text() if response.status == 200 else str(response.status)
    page.context.close()
    return text


def test_two_editors_one_page(desk: Callable[..., Page]) -> None:
    make_user("zhang", role=Role.WRITER, first_name="张三")
    make_user("li", role=Role.REVIEWER, first_name="李四")
    make_topic()
    make_policy("P90", title="跨省异地就医通知")
    near = make_question(title="外地手术前要先备案吗？")
    zhang, li = desk("zhang"), desk("li")

    question = write(zhang, near)
    assert reader_sees(desk, question) == "404"
    submit_and_refused(zhang)
    publish(li, question)
    assert reader_sees(desk, question) == ANSWER
    conflict(zhang, li, question)
    schedule(zhang, li, question)
    publish_due()
    assert reader_sees(desk, question) == "李四改的。"
    withdraw_and_restore(desk, li, question)
    bring_back(zhang, question)
    assert AuditEvent.objects.filter(action="login").count() == 2


def write(page: Page, near: Any) -> Question:
    """A new question: near ones are listed, the text saves itself, closing the tab loses nothing."""
    page.goto(f"{page.base}/admin/faq/question/add/")
    page.fill("#id_title", TITLE)
    expect(page.locator(".desk-similar")).to_contain_text(near.live.title)
    page.locator(".field-topics .select2-selection").click()
    page.locator(".select2-results__option", has_text="异地备案").click()
    page.click("[name=_save]")
    expect(page.locator(".errorlist").first).to_contain_text("请写明原因")
    page.fill("#id_duplicate_reason", "专讲手术")
    page.click("[name=_save]")
    said(page, "已建立")
    page.fill("#id_summary", ANSWER)
    expect(page.locator(".desk-counter")).to_contain_text(f"还可以写 {120 - len(ANSWER)} 字")
    type_body(page, "先备案再住院。[^1]")
    expect(page.locator("[data-saved]")).to_contain_text("上次自动保存", timeout=15_000)
    question = Question.objects.latest("pk")
    page.goto("about:blank")
    page.goto(f"{page.base}/admin/faq/question/{question.pk}/draft/")
    expect(page.locator("#id_summary")).to_have_value(ANSWER)
    expect(page.frame_locator("iframe.cke_wysiwyg_frame").locator("body")).to_contain_text("先备案再住院。")
    return question


def submit_and_refused(page: Page) -> None:
    """No source yet: the button's reasons say so. With one, it can be submitted; publishing is not the author's."""
    expect(page.locator("[data-text-blockers]")).to_contain_text("还没有依据")
    page.locator("#citations-group .add-row a").click()
    page.locator("#id_citations-0-policy + .select2 .select2-selection").click()
    page.locator(".select2-results__option", has_text="跨省异地就医通知").click()
    page.fill("#id_citations-0-clause", "第八条")
    expect(page.locator("[name=_publish]")).to_be_disabled()
    expect(page.locator("#publish-reasons")).to_contain_text("没有发布权限")
    page.click("[name=_submit]")
    said(page, "已提交")


def publish(page: Page, question: Question) -> None:
    """The reviewer comes from the desk's queue, looks at the preview and publishes."""
    page.goto(f"{page.base}/admin/")
    queue = page.locator("[data-queue=review]")
    expect(queue.locator("[data-count]")).to_have_text("1")
    queue.locator("a", has_text="问题 1").click()
    page.locator("#result_list a", has_text=TITLE).click()
    page.locator(".desk-tabs a", has_text="预览").click()
    expect(page.frame_locator("iframe.desk-preview").locator("[data-short-answer]")).to_have_text(ANSWER)
    page.locator(".desk-tabs a", has_text="正文").click()
    page.click("[name=_publish]")
    said(page, "已发布")


def conflict(zhang: Page, li: Page, question: Question) -> None:
    """Both open the same draft; the second save is refused with both texts, and the editor chooses."""
    address = f"/admin/faq/question/{question.pk}/draft/"
    zhang.goto(zhang.base + address)
    zhang.click("[name=_edit]")
    li.goto(li.base + address)
    expect(li.locator("[data-presence]")).to_contain_text("张三")
    li.fill("#id_summary", "李四改的。")
    li.click("[name=_continue]")
    said(li, "草稿已保存")
    zhang.fill("#id_summary", "张三改的。")
    expect(zhang.locator("[data-saved]")).to_contain_text("李四刚刚改过", timeout=15_000)
    zhang.fill("#id_change_note", "说得更清楚")
    zhang.click("[name=_continue]")
    field = zhang.locator("[data-field=summary]")
    expect(field).to_contain_text("李四改的。")
    expect(field).to_contain_text("张三改的。")
    field.locator("input[value=theirs]").check()
    zhang.click("[name=_resolve]")
    said(zhang, "草稿已保存")
    expect(zhang.locator("#id_summary")).to_have_value("李四改的。")
    expect(zhang.locator("#id_change_note")).to_have_value("说得更清楚")


def schedule(zhang: Page, li: Page, question: Question) -> None:
    """Submitted, compared, and set for a moment that is then let pass."""
    zhang.click("[name=_submit]")
    said(zhang, "已提交")
    make_user("wang", role=Role.REVIEWER, first_name="王五")
    li.goto(f"{li.base}/admin/faq/question/{question.pk}/history/")
    expect(li.locator("[data-diff=summary] ins").first).to_be_visible()
    li.goto(f"{li.base}/admin/faq/question/{question.pk}/verb/schedule/")
    li.fill("#id_at", f"{timezone.localtime() + dt.timedelta(hours=1):%Y-%m-%dT%H:%M}")
    li.click("[name=_do]")
    said(li, "已排定")
    draft = question.revisions.get(state=State.SCHEDULED)
    draft.publish_at = timezone.now() - dt.timedelta(minutes=1)
    draft.save(update_fields=["publish_at"])
    li.goto(f"{li.base}/admin/")
    expect(li.locator("[data-queue=late] [data-count]")).to_have_text("1")


def withdraw_and_restore(desk: Callable[..., Page], page: Page, question: Question) -> None:
    page.goto(f"{page.base}/admin/faq/question/{question.pk}/verb/withdraw/")
    box = page.locator("#id_note").bounding_box()
    assert box
    assert box["width"] > 300, "there is room for a reason"
    page.fill("#id_note", "等新规定")
    page.click("[name=_do]")
    said(page, "已撤回")
    reader = desk()
    reader.goto(f"{reader.base}/faq/{question.pk}/")
    expect(reader.locator("main")).to_contain_text("等新规定")
    page.locator(".desk-verbs a", has_text="恢复").click()
    page.click("[name=_do]")
    said(page, "已恢复")
    assert reader_sees(desk, question) == "李四改的。"


def bring_back(page: Page, question: Question) -> None:
    """The first version becomes a new draft."""
    page.goto(f"{page.base}/admin/faq/question/{question.pk}/history/")
    page.locator("tr", has_text="第1版").locator("button").click()
    said(page, "已用第1版建立新草稿")
    expect(page.locator("#id_summary")).to_have_value(ANSWER)
