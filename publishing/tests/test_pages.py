"""Each row of the lifecycle table, as a reader meets it."""

import datetime as dt

import pytest

from faq.models import Question
from publishing import workflow
from publishing.roles import Role
from tests.factories import draft_question, make_policy, make_question, make_user

pytestmark = pytest.mark.django_db


def listed(client, question) -> bool:
    return f'href="/faq/{question.pk}/"' in client.get("/faq/").content.decode()


def test_unpublished_is_not_there(client) -> None:
    question = draft_question().document
    assert client.get(f"/faq/{question.pk}/").status_code == 404
    assert not listed(client, question)


def test_live_shows_its_parts(client) -> None:
    question = make_question(steps="打电话\n等结果", scope="险种：职工医保")
    html = client.get(f"/faq/{question.pk}/").content.decode()
    assert 'data-page="question"' in html
    assert "<li>打电话</li>" in html
    assert "data-short-answer>要看参保地，有的马上生效。" in html
    assert listed(client, question)


def test_withdrawn_keeps_its_text_under_a_banner_and_leaves_lists(client) -> None:
    question = make_question()
    workflow.withdraw(question.live, make_user(role=Role.REVIEWER), "规定变了")
    response = client.get(f"/faq/{question.pk}/")
    html = response.content.decode()
    assert response.status_code == 200
    assert "规定变了" in html
    assert html.index("<h1>") < html.index("请不要照着办") < html.index("data-short-answer")
    assert response["X-Robots-Tag"] == "noindex"
    assert not listed(client, question)


def test_merged_redirects_once(client) -> None:
    first, second = make_question(), make_question(title="另一个？")
    workflow.merge(first.live, make_user(role=Role.REVIEWER), second)
    response = client.get(f"/faq/{first.pk}/")
    assert (response.status_code, response["Location"]) == (301, f"/faq/{second.pk}/")


@pytest.mark.parametrize("status", [410, 404])
def test_gone_is_a_human_sentence(client, settings, status: int) -> None:
    settings.GONE_STATUS = status
    question = make_question()
    workflow.remove(question.live, make_user(role=Role.REVIEWER), "重复")
    response = client.get(f"/faq/{question.pk}/")
    assert response.status_code == status
    assert "已经删除" in response.content.decode()


def test_an_overdue_review_is_said(client, frozen) -> None:
    question = make_question(review_due_on=dt.date(2026, 12, 31))
    frozen("2026-12-31")
    assert "还没有完成" not in client.get(f"/faq/{question.pk}/").content.decode()
    frozen("2027-01-01")
    assert "原定2026年12月31日前复核" in client.get(f"/faq/{question.pk}/").content.decode()
    assert list(Question.objects.due_for_review(dt.date(2027, 1, 1))) == [question]


def test_a_lapsed_source_is_said_and_queued_by_itself(client, frozen) -> None:
    policy = make_policy(in_force_until=dt.date(2026, 12, 31))
    question = make_question(policies=[policy], verified_on=dt.date(2026, 11, 22))
    assert not Question.objects.due_for_review(dt.date(2026, 12, 31)).exists()
    frozen("2027-01-01")
    assert "已不再有效" in client.get(f"/faq/{question.pk}/").content.decode()
    assert Question.objects.due_for_review(dt.date(2027, 1, 1)).get() == question


def test_a_source_cited_as_history_does_not_lapse_the_page(frozen) -> None:
    question = make_question(policies=[make_policy(in_force_until=dt.date(2020, 1, 1), in_force_from=None)])
    question.live.citations.update(as_history=True)
    assert not Question.objects.due_for_review(dt.date(2027, 1, 1)).exists()


def test_a_page_comes_up_when_the_named_law_takes_effect(client, frozen) -> None:
    law = make_policy(title="医疗保障法", in_force_from=dt.date(2027, 1, 1))
    question = make_question(verified_on=dt.date(2026, 11, 22))
    question.live.citations.update(recheck_with=law)
    assert not Question.objects.due_for_review(dt.date(2026, 12, 31)).exists()
    frozen("2027-01-01")
    assert "《医疗保障法》已经施行" in client.get(f"/faq/{question.pk}/").content.decode()
    assert Question.objects.due_for_review(dt.date(2027, 1, 1)).get() == question
    Question.objects.update(verified_on=dt.date(2027, 1, 2))
    assert not Question.objects.due_for_review(dt.date(2027, 1, 3)).exists()


def test_public_pages_set_no_cookie_and_may_be_cached(client) -> None:
    response = client.get(f"/faq/{make_question().pk}/")
    assert not response.cookies
    assert "s-maxage" in response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("url", ["/faq/999999/", "/faq/?topic=nothing", "/faq/?province=nowhere", "/faq/?page=99", "/faq/?page=x",
                                 "/articles/999/", "/topics/nothing/", "/provinces/nowhere/", "/policies/999/", "/nothing/"])  # fmt: skip
def test_what_does_not_exist_is_a_human_404(client, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 404
    assert "找不到网页" in response.content.decode()


def test_a_missing_slash_redirects_once(client) -> None:
    assert client.get("/faq")["Location"] == "/faq/"
