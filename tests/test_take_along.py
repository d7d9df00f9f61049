"""What readers take along: the code, the calendar, the shared address, ticks, the page read aloud."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from publishing.icalendar import Reminder
from tests.factories import make_article, make_question
from tests.pages import ANSWER

# A speech engine that says what it was asked to say; Chromium without voices would stay silent.
VOICE = """
window.said = [];
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
Object.defineProperty(window, "speechSynthesis", {value: {
  cancel() { window.cancelled = (window.cancelled || 0) + 1; },
  speak(utterance) { window.said.push([utterance.text, utterance.rate, utterance.lang]); window.utterance = utterance; },
}});
"""


def test_the_reminder_is_a_calendar_file(client: Any, db: None) -> None:
    question = make_question(review_due_on=dt.date(2027, 5, 22))
    response = client.get(f"/faq/{question.pk}/reminder.ics")
    text = response.content.decode()
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "DTSTART;VALUE=DATE:20270522\r\n" in text
    assert f"URL:http://127.0.0.1:8000/faq/{question.pk}/\r\n" in text
    assert question.live.title in text.replace("\r\n ", "")
    assert f'href="/faq/{question.pk}/reminder.ics"' in client.get(f"/faq/{question.pk}/").content.decode()


def test_there_is_no_reminder_without_a_day(client: Any, db: None) -> None:
    question, article = make_question(), make_article()
    type(article).objects.update(review_due_on=dt.date(2027, 1, 2))
    type(question).objects.update(review_due_on=None)
    assert client.get(f"/faq/{question.pk}/reminder.ics").status_code == 404
    assert "reminder.ics" not in client.get(f"/faq/{question.pk}/").content.decode()
    assert client.get(f"/articles/{article.pk}/reminder.ics").status_code == 200
    assert client.get("/faq/999999/reminder.ics").status_code == 404


def test_calendar_lines_are_short_and_escaped() -> None:
    moment = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)
    reminder = Reminder("q-1", dt.date(2027, 1, 2), "甲,乙;丙\\丁\n戊" * 20, "正文", "https://example.org/", moment)
    text = reminder.as_calendar()
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "甲\\,乙\\;丙\\\\丁\\n戊甲" in text.replace("\r\n ", "")
    assert re.sub(r"\r\n", "", text).count("\n") == 0


def test_the_code_is_part_of_the_page_and_shown_on_wide_screens(page: Any, site: str) -> None:
    page.goto(site + ANSWER)
    code = page.locator(".qr svg")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert code.is_visible()
    assert code.get_attribute("aria-label") == "本页网址的二维码"
    page.set_viewport_size({"width": 360, "height": 640})
    assert not code.is_visible()


def test_ticks_stay_on_the_device(page: Any, site: str) -> None:
    page.goto(site + ANSWER)
    page.wait_for_load_state("networkidle")
    boxes = page.locator("[data-checklist] input")
    boxes.nth(1).check()
    page.reload()
    page.wait_for_load_state("networkidle")
    assert [boxes.nth(number).is_checked() for number in range(3)] == [False, True, False]
    boxes.nth(1).uncheck()
    assert page.evaluate("Object.keys(localStorage)") == []
    assert page.context.cookies() == []


def test_the_address_is_copied_and_said(page: Any, site: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(site + ANSWER)
    page.wait_for_load_state("networkidle")
    page.evaluate("navigator.share = undefined")
    page.get_by_role("button", name="发给家人").click()
    page.get_by_text("网址已复制").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(ANSWER)
    assert copied.startswith("怎么办理异地就医备案")


def test_the_phone_s_own_sharing_comes_first(page: Any, site: str) -> None:
    page.add_init_script("navigator.share = async (what) => { window.shared = what; }")
    page.goto(site + ANSWER)
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="发给家人").click()
    assert page.evaluate("window.shared.url").endswith(ANSWER)


def test_the_page_is_read_from_a_tap_sentence_by_sentence_and_stops(page: Any, site: str) -> None:
    page.add_init_script(VOICE)
    page.goto(site + ANSWER)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.said") == []
    page.get_by_role("button", name="听一听").click()
    title = page.locator("h1").inner_text()
    assert page.evaluate("window.said") == [[title, 1, "zh-CN"]]
    page.evaluate("window.utterance.onend()")
    page.get_by_label("速度").select_option("0.75")
    page.evaluate("window.utterance.onend()")
    said = page.evaluate("window.said")
    assert page.locator("[data-short-answer]").inner_text().startswith(said[1][0])
    assert said[2][1] == 0.75
    page.get_by_role("button", name="停下").click()
    page.evaluate("window.utterance.onend()")
    assert len(page.evaluate("window.said")) == 3
    assert page.locator(".speaking").count() == 0
    page.get_by_role("button", name="听一听").click()
    for _ in range(200):
        if page.locator("[data-speak]").inner_text() == "听一听":
            break
        page.evaluate("window.utterance.onend()")
    texts = [text for text, _, _ in page.evaluate("window.said")][3:]
    assert texts[0] == title
    assert not any(re.search(r"。\d", text) for text in texts)


def test_without_speech_there_is_no_button(page: Any, site: str) -> None:
    page.add_init_script("Object.defineProperty(window, 'speechSynthesis', {value: undefined})")
    page.goto(site + ANSWER)
    assert not page.locator("[data-speak]").is_visible()


@pytest.mark.parametrize("name", ["share", "print", "speak"])
def test_without_javascript_no_dead_button_is_shown(new_context: Any, site: str, name: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(site + ANSWER)
    assert not page.locator(f"[data-{name}]").is_visible()
