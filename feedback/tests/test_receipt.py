"""A receipt code opens, takes along and deletes what was sent, and nothing else does."""

from __future__ import annotations

import pytest

from feedback import receipts, triage
from feedback.models import Contact, ErrorReport, Inbox, ReaderQuestion
from feedback.tests.conftest import Reader, code_in
from tests.factories import make_question, make_user

pytestmark = pytest.mark.django_db
QUESTION = "去上海住院要不要先备案？我电话13800138000"


@pytest.fixture(autouse=True)
def _noon(frozen) -> None:
    frozen("2026-11-23T12:00")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("384271590263", "384271590263"), ("3842 7159 0263", "384271590263"), (" 3842-7159-0263 ", "384271590263"),
        ("３８４２　７１５９　０２６３", "384271590263"), ("3842", None), ("38427159026a", None), ("", None), ("3842715902634", None),
        ("3842 7159 0263" + " " * 60, None), ("a" + "\u0300\u0327" * 500_000, None),
    ],
)  # fmt: skip
def test_codes_as_people_type_them(typed: str, code: str | None) -> None:
    assert receipts.read_code(typed) == code


def test_the_state_from_received_to_answered(reader: Reader) -> None:
    code = code_in(reader.ask(QUESTION))
    question = ReaderQuestion.objects.get()
    opened = reader.post("/ask/receipt/", {"code": receipts.spelled(code)})
    assert 'data-state="received"' in opened.content.decode()
    assert "去上海住院要不要先备案？我电话【手机号】" in opened.content.decode()
    assert opened["Cache-Control"] == "no-store"
    answer = make_question("去外省住院要先备案吗？")
    triage.answer_with([question], answer, make_user(), "请看这一页。")
    html = reader.post("/ask/receipt/", {"code": code}).content.decode()
    assert "已有答案" in html
    assert f'href="/faq/{answer.pk}/"' in html
    assert "编辑说：请看这一页。" in html


def test_a_merged_question_shows_the_answer_of_the_other(reader: Reader) -> None:
    code = code_in(reader.ask(QUESTION))
    mine = ReaderQuestion.objects.get()
    reader.ask("上海住院备案要提前几天办？")
    other = ReaderQuestion.objects.exclude(pk=mine.pk).get()
    user, answer = make_user(), make_question("备案提前几天？")
    triage.merge_into(mine, other, user)
    assert "回答正在更新" in reader.post("/ask/receipt/", {"code": code}).content.decode()
    triage.answer_with([other], answer, user)
    assert f'href="/faq/{answer.pk}/"' in reader.post("/ask/receipt/", {"code": code}).content.decode()


def test_taking_everything_along(reader: Reader) -> None:
    code = code_in(reader.ask(QUESTION, email="li@example.org", consent="on", insurance="resident"))
    response = reader.post("/ask/receipt/", {"code": code, "action": "export"})
    text = response.content.decode()
    assert response["Content-Disposition"].startswith("attachment")
    for part in ("去上海住院要不要先备案", "li@example.org", "居民医保", "已收到", "2026-11-23 12:00"):
        assert part in text


def test_deleting_asks_first_and_leaves_nothing(reader: Reader) -> None:
    code = code_in(reader.ask(QUESTION, email="li@example.org", consent="on"))
    asked = reader.post("/ask/receipt/", {"code": code, "action": "ask-delete"})
    assert "确定要删除吗" in asked.content.decode()
    assert ReaderQuestion.objects.exists()
    deleted = reader.post("/ask/receipt/", {"code": code, "action": "delete"})
    assert "已删除" in deleted.content.decode()
    assert not ReaderQuestion.objects.exists()
    assert not Contact.objects.exists()
    assert reader.post("/ask/receipt/", {"code": code}).status_code == 404


def test_a_report_has_a_receipt_too(reader: Reader) -> None:
    page = make_question()
    code = code_in(reader.report(f"/feedback/report/question/{page.pk}/", wrong="第三步的按钮没有了"))
    html = reader.post("/ask/receipt/", {"code": code}).content.decode()
    assert "第三步的按钮没有了" in html
    assert "2026年11月26日前核对完" in html
    assert "第三步的按钮没有了" in reader.post("/ask/receipt/", {"code": code, "action": "export"}).content.decode()
    reader.post("/ask/receipt/", {"code": code, "action": "delete"})
    assert not ErrorReport.objects.exists()


def test_guessing_is_slow(reader: Reader) -> None:
    answers = [reader.post("/ask/receipt/", {"code": f"{number:012}"}).status_code for number in range(25)]
    assert answers[:20] == [404] * 20
    assert answers[20:] == [429] * 5


@pytest.mark.parametrize("code", ["", "12", "' OR 1=1 --", "0" * 5000, "\x00" * 12, "a" + "\u0300\u0327" * 150_000])
def test_nonsense_codes(reader: Reader, code: str) -> None:
    response = reader.post("/ask/receipt/", {"code": code})
    assert response.status_code == 404
    assert "没有这个编号" in response.content.decode()


@pytest.mark.parametrize("state", list(Inbox))
def test_every_state_has_words(reader: Reader, state: Inbox) -> None:
    code = code_in(reader.ask(QUESTION))
    ReaderQuestion.objects.update(state=state)
    assert f'data-state="{state.value}"' in reader.post("/ask/receipt/", {"code": code}).content.decode()
