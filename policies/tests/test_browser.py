"""A person changes a figure, and a person puts a figure into a text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from policies.models import Parameter
from publishing.drafts import open_draft
from publishing.roles import Role
from tests.factories import make_article, make_figure, make_question, make_user


def log_in(page: Page, address: str) -> Page:
    """Gives the browser the session of a reviewer."""
    client = Client()
    client.force_login(make_user(role=Role.REVIEWER))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}])
    return page


def test_one_change_of_a_figure_is_seen_on_all_its_pages(live_server, page: Page) -> None:
    make_figure("days", "30")
    shown = [
        make_question(title="手工报销几天办好？", summary="[[days]]内办结。"),
        make_question(title="材料交了要等多久？", steps="等[[days]]。"),
        make_article(title="怎么办手工报销", body="<h2>先看</h2><p>一般[[days]]内办结。[^1]</p>"),
    ]
    figure, site = Parameter.objects.get(), live_server.url
    log_in(page, site).goto(f"{site}/admin/policies/parameter/{figure.pk}/change/")
    expect(page.locator("#where-used tbody tr")).to_have_count(len(shown))
    page.locator("[name=values-0-value]").fill("77")
    page.locator("[name=_save]").click()
    expect(page.get_by_role("heading", name="影响 3 个页面")).to_be_visible()
    expect(page.locator("[data-affected]")).to_have_count(len(shown))
    expect(page.locator("[data-affected]").first).to_contain_text("77个工作日")
    page.get_by_role("button", name="确认保存").click()
    expect(page.locator(".messagelist")).to_be_visible()
    for document in shown:
        page.goto(site + document.get_absolute_url())
        expect(page.locator("main")).to_contain_text("77个工作日")
        expect(page.locator("main")).not_to_contain_text("30个工作日")


class TestInserting:
    """The dialog behind the editor's button and the buttons beside plain fields."""

    @pytest.fixture
    def text(self, live_server, page: Page) -> Iterator[Page]:
        """The change form of a draft with an editor in it."""
        make_figure("hotline", "12393", unit="")
        make_figure("transfer_days", "15")
        make_figure("filing_days", "2")
        question = make_question(body="<p>等[[transfer_days]]。[^1]</p>")
        draft = open_draft(question, make_user())
        log_in(page, live_server.url).goto(f"{live_server.url}/admin/faq/questionrevision/{draft.pk}/change/")
        expect(page.locator(".cke_wysiwyg_frame")).to_be_visible()
        yield page
        # No request may still be under way when the tables are emptied.
        page.wait_for_load_state("networkidle")
        page.goto("about:blank")

    def test_a_plain_field_takes_a_figure_where_the_cursor_is(self, text: Page) -> None:
        field = text.locator("#id_steps")
        field.fill("等办好。")
        field.evaluate("field => field.setSelectionRange(1, 1)")
        text.get_by_role("button", name="插入数字：怎么办").click()
        dialog = text.get_by_role("dialog", name="插入政策数字")
        expect(dialog.get_by_role("status")).to_have_text("共3个数字")
        expect(dialog.get_by_role("searchbox")).to_be_focused()
        text.keyboard.type("TRANSFER 15")
        expect(dialog.get_by_role("status")).to_have_text("3个数字里有1个")
        text.keyboard.press("Tab")
        text.keyboard.press("Enter")
        expect(dialog).to_have_count(0)
        expect(field).to_have_value("等[[transfer_days]]办好。")
        expect(field).to_be_focused()

    def test_escape_closes_the_dialog_and_changes_nothing(self, text: Page) -> None:
        before = text.locator("#id_summary").input_value()
        text.locator("#id_summary ~ .figures-button").click()
        expect(text.get_by_role("dialog")).to_be_visible()
        text.keyboard.press("Escape")
        expect(text.get_by_role("dialog")).to_have_count(0)
        expect(text.locator("#id_summary")).to_have_value(before)

    def test_the_editor_shows_values_and_stores_tokens(self, text: Page) -> None:
        shown = text.frame_locator(".cke_wysiwyg_frame").locator(".site-figure")
        expect(shown).to_have_text(["15个工作日"])
        expect(shown).to_have_attribute("title", "数字transfer_days：15个工作日（测试）")
        stored = "Object.values(CKEDITOR.instances)[0].getData().trim()"
        assert text.evaluate(stored) == "<p>等[[transfer_days]]。[^1]</p>"
        assert not text.evaluate("Object.values(CKEDITOR.instances)[0].checkDirty()")
        text.frame_locator(".cke_wysiwyg_frame").locator("body").click()
        text.keyboard.press("Control+Home")
        text.get_by_role("button", name="插入数字", exact=True).click()
        text.get_by_role("dialog").get_by_role("button").filter(has_text="12393").click()
        expect(shown).to_have_text(["12393", "15个工作日"])
        assert text.evaluate(stored) == "<p>[[hotline]]等[[transfer_days]]。[^1]</p>"
