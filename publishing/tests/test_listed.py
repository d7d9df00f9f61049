"""Rows of lists say what the pages themselves say."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from articles.models import Article
from faq.models import Question
from publishing.listed import Listed, addresses, listed, titled
from tests.factories import make_figure, make_province, make_question

pytestmark = pytest.mark.django_db


def test_a_row_says_what_its_page_says(django_assert_num_queries: Any) -> None:
    make_figure()
    places = [make_province(), make_province("浙江", "zhejiang")]
    local = make_question(
        "江苏的", provinces=places, summary="[[filing_days]]内办结。", verified_on=dt.date(2026, 3, 1)
    )
    national = make_question("全国的")
    with django_assert_num_queries(3):
        rows = listed(Question, [national.pk, local.pk, 10**9])
    assert rows == [
        Listed(national.pk, national.get_absolute_url(), "全国的", national.live.summary, _day(national)),
        Listed(local.pk, local.get_absolute_url(), "江苏的", "2个工作日内办结。", "2026年3月1日", "江苏、浙江"),
    ]
    assert titled(Question, [national.pk, local.pk]) == [
        Listed(one.pk, one.get_absolute_url(), one.live.title) for one in (local, national)
    ]


def _day(question: Question) -> str:
    day = question.verified_on
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def test_what_readers_may_not_see_is_in_no_list() -> None:
    gone = make_question()
    Question.objects.filter(pk=gone.pk).update(availability="withdrawn", withdrawn_on=dt.date(2026, 1, 1))
    assert listed(Question, [gone.pk]) == titled(Question, [gone.pk]) == []


@pytest.mark.parametrize("model", [Question, Article])
def test_addresses_are_those_of_the_pages(model: Any) -> None:
    assert [addresses(model)(pk) for pk in (1, 100)] == [model(pk=pk).get_absolute_url() for pk in (1, 100)]
