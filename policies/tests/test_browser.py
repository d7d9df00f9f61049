"""A person changes a figure, and a person puts a figure into a text."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from faq.models import Question
from policies.models import Parameter
from policies.usage import uses_of
from publishing.drafts import open_draft
from publishing.roles import Role
from tests.factories import make_user


@pytest.fixture
def editor(site: str, page: Page) -> Page:
    """A browser in which a reviewer is logged in."""
    client = Client()
    client.force_login(make_user(role=Role.REVIEWER))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])
    return page


def test_one_change_of_a_figure_is_seen_on_all_its_pages(editor: Page, site: str) -> None:
    figure = Parameter.objects.get(key="manual_processing_days")
    pages = [use for use in uses_of(figure) if use.is_live]
    assert len(pages) > 3
    editor.goto(f"{site}/admin/policies/parameter/{figure.pk}/change/")
    expect(editor.locator("#where-used tbody tr")).to_have_count(len(uses_of(figure)))
    editor.locator("[name=values-0-value]").fill("77")
    editor.locator("[name=_save]").click()
    expect(editor.locator("h1")).to_contain_text(f"影响 {len(pages)} 个页面")
    expect(editor.locator("[data-affected]").first).to_contain_text("77个工作日")
    editor.get_by_role("button", name="确认保存").click()
    expect(editor.locator(".messagelist")).to_be_visible()
    for use in pages:
        editor.goto(site + use.public_url)
        expect(editor.locator("main")).to_contain_text("77个工作日")
        expect(editor.locator("main")).not_to_contain_text("30个工作日")


class TestInserting:
    """The dialog behind both buttons."""

    @pytest.fixture
    def text(self, editor: Page, site: str) -> Page:
        """The change form of a draft with an editor in it."""
        question = Question.objects.live().filter(live__body__contains="[[").first()
        draft = open_draft(question, make_user())
        editor.goto(f"{site}/admin/faq/questionrevision/{draft.pk}/change/")
        expect(editor.locator(".cke_wysiwyg_frame")).to_be_visible()
        return editor

    def test_a_plain_field_takes_a_figure_where_the_cursor_is(self, text: Page) -> None:
        field = text.locator("#id_steps")
        field.fill("等办好。")
        field.evaluate("field => field.setSelectionRange(1, 1)")
        text.get_by_role("button", name="插入数字：怎么办").click()
        dialog = text.get_by_role("dialog", name="插入政策数字")
        expect(dialog.get_by_role("status")).to_contain_text("共")
        expect(dialog.get_by_role("searchbox")).to_be_focused()
        text.keyboard.type("转移 15")
        expect(dialog.get_by_role("status")).to_contain_text("里有")
        dialog.get_by_role("listitem").get_by_role("button").filter(has_text="15个工作日").first.press("Enter")
        expect(dialog).to_have_count(0)
        expect(field).to_have_value("等[[transfer_total_days]]办好。")
        expect(field).to_be_focused()

    def test_escape_closes_the_dialog_and_changes_nothing(self, text: Page) -> None:
        before = text.locator("#id_summary").input_value()
        text.get_by_role("button", name="插入数字：摘要").click()
        text.keyboard.press("Escape")
        expect(text.get_by_role("dialog")).to_have_count(0)
        expect(text.locator("#id_summary")).to_have_value(before)

    def test_the_editor_shows_values_and_stores_tokens(self, text: Page) -> None:
        frame = text.frame_locator(".cke_wysiwyg_frame")
        shown = frame.locator(".site-figure").first
        expect(shown).not_to_contain_text("[[")
        assert shown.get_attribute("title")
        data = "Object.values(CKEDITOR.instances)[0].getData()"
        before = text.evaluate(data)
        assert "[[" in before
        assert "site-figure" not in before
        assert not text.evaluate("Object.values(CKEDITOR.instances)[0].checkDirty()")
        frame.locator("p").first.click()
        text.keyboard.press("Control+Home")
        text.get_by_role("button", name="插入数字", exact=True).click()
        text.get_by_role("dialog").get_by_role("button").filter(has_text="12393").first.click()
        expect(frame.locator(".site-figure").first).to_have_text("12393")
        after = text.evaluate(data)
        assert after.count("[[hotline_medical]]") == before.count("[[hotline_medical]]") + 1
        assert "12393" not in after.replace(before, "")
