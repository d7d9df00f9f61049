"""Dates are honest: a figure that changes for readers changes the date of its pages, at the moment it takes effect."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from faq.models import Question
from tests.factories import make_figure, make_province, make_question

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")


def changed_at(question: Question) -> dt.datetime:
    return Question.objects.live().with_changed_at(timezone.now()).get(pk=question.pk).effective_changed_at


def test_a_future_value_moves_the_date_on_its_day_and_not_before(frozen) -> None:
    frozen("2026-11-22")
    old = make_figure("days", "2")
    question = make_question(summary="[[days]]内办结")
    untouched = make_question(title="没有数字的问题？")
    published = changed_at(question)
    frozen("2026-12-01")
    old.in_force_until = dt.date(2026, 12, 31)
    old.save()
    make_figure("days", "1", in_force_from=dt.date(2027, 1, 1))
    frozen("2026-12-31")
    assert changed_at(question) == published
    frozen("2027-01-01")
    assert changed_at(question) == dt.datetime(2027, 1, 1, tzinfo=CHINA)
    assert changed_at(untouched) == published


def test_closing_a_value_is_no_news_until_the_next_one_holds(frozen) -> None:
    frozen("2026-11-22")
    old = make_figure("days", "2")
    question = make_question(summary="[[days]]内办结")
    published = changed_at(question)
    frozen("2026-12-01")
    old.in_force_until = dt.date(2026, 12, 31)
    old.save()
    assert changed_at(question) == published


def test_correcting_the_value_of_today_is_news_now(frozen) -> None:
    frozen("2026-11-22")
    value = make_figure("days", "2")
    question = make_question(summary="[[days]]内办结")
    frozen("2026-12-01")
    value.value = "3"
    value.save()
    assert changed_at(question) == timezone.now()


def test_another_province_is_no_news(frozen) -> None:
    frozen("2026-11-22")
    make_figure("days", "2")
    national = make_question(summary="[[days]]内办结")
    make_question(title="江苏几天办好？", summary="[[days|jiangsu]]内办结")
    before = changed_at(national)
    frozen("2026-12-01")
    make_figure("days", "1", province=make_province("江苏", "jiangsu"))
    assert changed_at(national) == before
