"""Asking without JavaScript: answers first, then a receipt; every refusal keeps the words."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client

from feedback.models import Contact, Inbox, ReaderQuestion
from feedback.nearest import subject
from feedback.tests.conftest import Reader, code_in, stamp_in
from tests.factories import make_province, make_question

pytestmark = pytest.mark.django_db
QUESTION = "我在江苏参保，去上海住院要不要先备案？"


@pytest.fixture(autouse=True)
def _noon(frozen) -> None:
    frozen("2026-11-23T12:00")


def test_answers_come_first_and_the_question_is_still_possible(reader: Reader) -> None:
    make_question("去外省住院要先备案吗？")
    response = reader.post("/ask/", {"text": QUESTION})
    html = response.content.decode()
    assert response.status_code == 200
    assert "您的问题可能已有答案" in html
    assert "去外省住院要先备案吗" in html
    assert not ReaderQuestion.objects.exists()
    assert 'name="send"' in html


def test_a_question_reaches_the_inbox_masked_and_gives_a_receipt(reader: Reader) -> None:
    jiangsu, shanghai = make_province(), make_province("上海", "shanghai")
    fields = {
        "insured_in": "jiangsu",
        "treated_in": "shanghai",
        "insurance": "employee",
        "email": "li@example.org",
        "consent": "on",
    }
    response = reader.ask("我叫张三，身份证110101199003071233，去上海住院要备案吗？", **fields)
    assert response.status_code == 200
    question = ReaderQuestion.objects.get()
    assert question.text == "我叫【姓名】，身份证【身份证号】，去上海住院要备案吗？"
    assert (question.insured_in, question.treated_in, question.insurance) == (jiangsu, shanghai, "employee")
    assert question.state == Inbox.RECEIVED
    assert Contact.objects.get().email == "li@example.org"
    code = code_in(response)
    assert len(code) == 12
    assert code not in str(ReaderQuestion.objects.values().get())  # only a digest is kept
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"


def test_the_second_look_shows_how_the_words_will_be_kept(reader: Reader) -> None:
    html = reader.post("/ask/", {"text": "我电话13800138000，去上海住院要备案吗？"}).content.decode()
    assert "data-kept>我电话【手机号】，去上海住院要备案吗？" in html


def test_sending_twice_is_one_question_with_the_same_receipt(reader: Reader) -> None:
    codes = {code_in(reader.ask(QUESTION)) for _ in range(3)}
    assert len(codes) == 1
    assert ReaderQuestion.objects.count() == 1
    reader.ask(QUESTION + "急！")
    assert ReaderQuestion.objects.count() == 2


def test_alike_questions_share_a_cluster(reader: Reader) -> None:
    reader.ask(QUESTION)
    reader.ask("江苏参保，到上海住院要不要备案？")
    reader.ask("门诊慢特病的药能在网上买吗？")
    first, second, third = ReaderQuestion.objects.order_by("id")
    assert first.cluster == second.cluster
    assert third.cluster != first.cluster


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": ""}, "请先写下您的问题"),
        ({"text": " \u200b \n"}, "请先写下您的问题"),
        ({"text": "啊啊啊啊"}, "写得太短"),
        ({"text": "备案怎么办，" * 90}, "最多500字"),
        ({"text": "办备案看 https://a.cn 和 https://b.cn 就行"}, "不要放网址"),
        ({"text": QUESTION, "email": "不是邮箱", "consent": "on"}, "邮箱写得不对"),
        ({"text": QUESTION, "email": "li@example.org"}, "需要您勾选同意"),
        ({"text": QUESTION, "insured_in": "atlantis"}, "选择"),
        ({"text": QUESTION, "website": "http://spam.example"}, "请留空再提交"),
    ],
)
def test_what_is_refused_is_said_and_the_words_stay(reader: Reader, fields: dict[str, str], sentence: str) -> None:
    response = reader.post("/ask/", fields)
    html = response.content.decode()
    assert response.status_code == 400
    assert sentence in html
    assert fields["text"].strip().replace("\u200b", "")[:20] in html
    assert not ReaderQuestion.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(document.domain)</script> 备案怎么办",
        "'; DROP TABLE feedback_readerquestion; -- 备案怎么办",
        "{{ settings.SECRET_KEY }} {% load static %} 备案怎么办",
        "备案\u202e?么怎\u202c在上海",
        "备\u200b案\u200b怎\u200b么\u200b办",
        "第一行\n" * 100 + "备案",
        "\x00\x01\x02备案怎么办",
        "𠮷👨‍👩‍👧 备案怎么办",
    ],
)
def test_hostile_text_is_text(reader: Reader, text: str) -> None:
    response = reader.ask(text)
    assert response.status_code == 200
    assert ReaderQuestion.objects.count() == 1
    opened = reader.post("/ask/receipt/", {"code": code_in(response)}).content.decode()
    assert "<script>alert" not in opened
    assert "备案" in opened


def test_a_flood_of_bytes_is_refused_in_words(reader: Reader) -> None:
    response = reader.post("/ask/", {"text": "备" * 1_500_000})
    assert response.status_code == 413
    assert "内容太长" in response.content.decode()
    assert not ReaderQuestion.objects.exists()


def test_bytes_that_are_no_text(reader: Reader) -> None:
    body = b"text=" + bytes(range(256)).replace(b"&", b"").replace(b"+", b"") * 2
    assert reader.post("/ask/", body, content_type="application/x-www-form-urlencoded").status_code in {200, 400}


def test_a_program_that_skips_the_second_look_is_not_taken(reader: Reader) -> None:
    response = reader.post("/ask/", {"text": QUESTION, "send": "yes"})
    assert response.status_code == 200
    assert not ReaderQuestion.objects.exists()
    too_fast = reader.post("/ask/", {"text": QUESTION, "send": "yes", "stamp": stamp_in(response)})
    assert "提交得太快了" in too_fast.content.decode()
    assert not ReaderQuestion.objects.exists()
    forged = reader.post("/ask/", {"text": QUESTION, "send": "yes", "stamp": "ask 1:abc"})
    assert forged.status_code == 200
    assert not ReaderQuestion.objects.exists()


def test_a_stamp_of_yesterday_or_of_another_form_is_worth_nothing(reader: Reader) -> None:
    reader.ask(QUESTION, wait=13 * 3600)
    assert not ReaderQuestion.objects.exists()
    question = make_question()
    stamp = stamp_in(reader.get(f"/feedback/report/question/{question.pk}/"))
    reader.post("/ask/", {"text": QUESTION, "send": "yes", "stamp": stamp})
    assert not ReaderQuestion.objects.exists()


def test_a_network_that_sends_too_much_waits_and_keeps_its_words(reader: Reader) -> None:
    for number in range(6):
        assert reader.ask(f"第{number}个问题：备案怎么办").status_code == 200
    response = reader.ask("再问一个：备案怎么取消")
    assert response.status_code == 429
    assert "再问一个：备案怎么取消" in response.content.decode()
    assert ReaderQuestion.objects.count() == 6
    other = Reader(REMOTE_ADDR="198.51.100.9")
    assert other.ask("换一个网络：备案怎么取消").status_code == 200


def test_database_down_the_form_says_so_and_keeps_the_text(reader: Reader) -> None:
    def refuse(execute, sql, params, many, context):
        raise DatabaseError("the database is away")

    with connection.execute_wrapper(refuse):
        response = reader.post("/ask/", {"text": QUESTION, "insured_in": "jiangsu"})
    html = response.content.decode()
    assert response.status_code == 503
    assert "还没有收到" in html
    assert QUESTION in html
    assert 'value="jiangsu" selected' in html


def test_cache_down_the_form_says_so_and_keeps_the_text(reader: Reader, monkeypatch) -> None:
    def refuse(*args, **options):
        raise ConnectionError("the cache is away")

    monkeypatch.setattr("feedback.limits.cache.add", refuse, raising=False)
    response = reader.post("/ask/", {"text": QUESTION})
    assert response.status_code == 503
    assert QUESTION in response.content.decode()


def test_nearest_answers_as_json(reader: Reader) -> None:
    question = make_question("去外省住院要先备案吗？", summary="要，急诊抢救除外。")
    answers = reader.post("/ask/nearest/", {"text": QUESTION}).json()["answers"]
    assert answers[0] == {
        "title": "去外省住院要先备案吗？",
        "url": f"/faq/{question.pk}/",
        "answer": "要，急诊抢救除外。",
    }
    assert reader.post("/ask/nearest/", {"text": "备"}).json() == {"answers": []}


def test_the_text_reaches_no_log_and_no_mail(reader: Reader, caplog, mailoutbox) -> None:
    with caplog.at_level("DEBUG"):
        reader.ask("我叫张三，电话13800138000，去上海住院要备案吗？")
    assert "13800138000" not in caplog.text
    assert "张三" not in caplog.text
    assert not mailoutbox


def test_reader_text_is_on_no_public_page(reader: Reader) -> None:
    secret = "独一无二的一句话"
    question = make_question()
    reader.ask(f"{secret}，备案怎么办？")
    for path in (
        "/",
        "/ask/",
        "/faq/",
        question.get_absolute_url(),
        "/ask/receipt/",
        "/topics/filing/",
        "/search/?q=备案",
    ):
        assert secret not in Client().get(path).content.decode()


def test_only_these_fields_exist() -> None:
    from feedback.forms import AskForm

    assert set(AskForm.base_fields) == {
        "text",
        "insured_in",
        "treated_in",
        "insurance",
        "email",
        "consent",
        "website",
        "stamp",
    }


def test_the_page_costs_no_more_queries_with_more_questions(reader: Reader, django_assert_max_num_queries) -> None:
    for number in range(3):
        reader.ask(f"第{number}个问题：备案怎么办")
    cache.clear()
    with django_assert_max_num_queries(4):
        reader.get("/ask/")


def test_a_search_in_vain_is_carried_over(reader: Reader) -> None:
    response = reader.get("/ask/", {"q": "<b>备案</b>怎么取消"})
    assert "&lt;b&gt;备案&lt;/b&gt;怎么取消" in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    assert "public" in reader.get("/ask/")["Cache-Control"]


def test_what_was_masked_is_not_searched_for() -> None:
    words = subject("我叫【姓名】，去上海住院要备案吗？电话：【手机号】身份证号是【身份证号】")
    assert words.split() == ["，去上海住院要备案吗？"]
