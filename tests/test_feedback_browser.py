"""Readers take part, in a real browser: each journey with JavaScript and without it, and posts from foreign pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from feedback import counting
from feedback.models import DailyViews, ErrorReport, HelpfulVote, ReaderQuestion

pytestmark = pytest.mark.slow
PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36"
)
TEXT = "我在江苏参保，去上海住院要不要先备案？电话13800138000"
READING = 2100  # a little more than the time trap


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def reader(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(
        java_script_enabled=request.param == "with JavaScript", user_agent=PHONE, viewport={"width": 360, "height": 740},
        base_url=site, locale="zh-CN",
    )  # fmt: skip
    page = context.new_page()
    yield page
    assert context.cookies() == []
    context.close()


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(
        user_agent=PHONE, viewport={"width": 360, "height": 740}, base_url=site, locale="zh-CN"
    )
    yield context.new_page()
    context.close()


def test_asking_and_looking_up_the_answer(reader: Page) -> None:
    reader.goto("/ask/")
    reader.get_by_label("您的问题").fill(TEXT)
    reader.get_by_label("在哪里参保").select_option("jiangsu")
    reader.get_by_role("button", name="看看有没有现成的答案").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("您的问题可能已有答案")
    expect(reader.locator("[data-nearest] li").first).to_be_visible()
    expect(reader.locator("[data-kept]")).to_contain_text("【手机号】")
    reader.wait_for_timeout(READING)
    reader.get_by_role("button", name="没有我要的答案").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("已收到您的问题")
    code = reader.locator("[data-receipt]").inner_text()
    question = ReaderQuestion.objects.get()
    assert question.insured_in.slug == "jiangsu"
    assert "13800138000" not in question.text
    reader.goto("/ask/receipt/")
    reader.get_by_label("回执编号").fill(code)
    reader.get_by_role("button", name="查看").click()
    expect(reader.locator("h1[data-state=received]")).to_have_text("已收到")
    reader.get_by_role("button", name="删除").click()
    reader.get_by_role("button", name="确定删除").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("已删除")
    assert not ReaderQuestion.objects.exists()


def test_what_is_refused_keeps_every_word(reader: Page) -> None:
    reader.goto("/ask/")
    reader.get_by_label("您的问题").fill("要不要先备案？")
    reader.get_by_role("textbox", name="邮箱").fill("li@example.org")
    reader.get_by_role("button", name="看看有没有现成的答案").click()
    expect(reader.get_by_text("留邮箱需要您勾选同意")).to_be_visible()
    expect(reader.get_by_label("您的问题")).to_have_value("要不要先备案？")
    expect(reader.get_by_role("textbox", name="邮箱")).to_have_value("li@example.org")


def test_saying_that_a_page_helped(reader: Page) -> None:
    reader.goto("/faq/22/")
    reader.get_by_role("button", name="有帮助").click()
    expect(reader.get_by_text("谢谢")).to_be_visible()
    assert HelpfulVote.objects.get().helpful is True


def test_saying_why_it_did_not(reader: Page) -> None:
    reader.goto("/faq/22/")
    reader.get_by_role("button", name="没有", exact=True).click()
    if (
        reader.get_by_role("button", name="没有我的情况")
        .or_(reader.get_by_label("没有我的情况"))
        .first.get_attribute("type")
        == "radio"
    ):
        reader.get_by_label("没有我的情况").check()
        reader.get_by_role("button", name="提交").click()
    else:
        reader.get_by_role("button", name="没有我的情况").click()
    expect(reader.get_by_text("改好这一页")).to_be_visible()
    vote = HelpfulVote.objects.get()
    assert (vote.helpful, vote.reason, vote.revision) == (False, "not_my_case", 1)


def test_reporting_an_error(reader: Page) -> None:
    reader.goto("/faq/22/")
    reader.get_by_role("link", name="这页有错").click()
    reader.get_by_label("哪里不对").fill("第二步的菜单改名了")
    reader.wait_for_timeout(READING)
    reader.get_by_role("button", name="提交").click()
    expect(reader.get_by_role("heading", level=1)).to_contain_text("谢谢您的指正")
    report = ErrorReport.objects.get()
    assert (report.kind, report.object_id, report.wrong) == ("question", 22, "第二步的菜单改名了")


def test_the_marked_sentence_goes_into_the_report(phone: Page) -> None:
    phone.goto("/faq/22/")
    phone.wait_for_load_state("load")
    phone.wait_for_selector("head script[src*='feedback']", state="attached")
    phone.evaluate("() => getSelection().selectAllChildren(document.querySelector('[data-short-answer]'))")
    words = phone.locator("[data-short-answer]").inner_text()
    phone.locator("[data-report-link]").dispatch_event("click")
    expect(phone.get_by_label("页面上的哪句话")).to_have_value(re.compile(re.escape(words[:20])))
    assert words[:10] not in phone.url


def test_a_second_vote_is_not_offered_on_the_same_device(phone: Page) -> None:
    phone.goto("/faq/22/")
    phone.get_by_role("button", name="有帮助").click()
    expect(phone.get_by_text("谢谢，记下了")).to_be_visible()
    phone.reload()
    expect(phone.get_by_text("您已经评价过")).to_be_visible()
    expect(phone.get_by_role("button", name="有帮助")).to_be_hidden()
    phone.goto("/faq/42/")
    expect(phone.get_by_role("button", name="有帮助")).to_be_visible()


def test_answers_while_typing_and_a_counter(phone: Page) -> None:
    phone.goto("/ask/")
    expect(phone.locator("[data-counter]")).to_have_text("还可以写500字")
    phone.get_by_label("您的问题").press_sequentially("急诊住院没来得及备案")
    expect(phone.locator("[data-suggestions] li").first).to_be_visible()
    expect(phone.locator("[data-counter]")).to_have_text("还可以写490字")
    phone.get_by_label("您的问题").fill("备案" * 260)
    expect(phone.locator("[data-counter]")).to_contain_text("超出20字")


def test_a_view_is_counted_once_a_sitting(phone: Page, settings, tmp_path, monkeypatch) -> None:
    settings.VIEWS_DIR = tmp_path / "views"
    monkeypatch.setattr(counting, "SETTLED", 0.0)
    with phone.expect_response("**/feedback/view/") as sent:
        phone.goto("/faq/22/")
    assert sent.value.status == 200
    phone.reload()
    phone.wait_for_timeout(3500)
    assert counting.drain() == "1 views added"
    assert DailyViews.objects.get().object_id == 22


def test_a_foreign_page_cannot_post_here(phone: Page, site: str, settings, tmp_path) -> None:
    settings.VIEWS_DIR = tmp_path
    form = f"""<form method="post" action="{site}/feedback/helpful/"><input name="kind" value="question"><input name="page" value="22">
        <input name="revision" value="1"><input name="helpful" value="no"><button>go</button></form>"""
    phone.route("http://evil.example/**", lambda route: route.fulfill(body=form, content_type="text/html"))
    phone.goto("http://evil.example/")
    with phone.expect_response("**/feedback/helpful/") as answer:
        phone.get_by_role("button").click()
    assert answer.value.status == 403
    expect(phone.get_by_text("不是从本站页面发出的")).to_be_visible()
    phone.goto("http://evil.example/")
    beacon = """site => fetch(site + "/feedback/view/", {method: "POST", body: "question/22", mode: "no-cors"})
        .then(answer => answer.type, () => "blocked")"""
    assert phone.evaluate(beacon, site) in {"opaque", "blocked"}
    assert not HelpfulVote.objects.exists()
    assert not (tmp_path / "current").exists()
