"""Values of figures: one clear figure on every day, or a sentence that says why not."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.figures import NATIONAL, UNKNOWN, Figures, malformed_in
from policies.models import Parameter, ParameterValue
from tests.factories import make_figure, make_province

pytestmark = pytest.mark.django_db
DAY = dt.date(2027, 1, 1)


def unsaved(**fields) -> ParameterValue:
    parameter = Parameter.objects.get(key="days")
    return ParameterValue(
        **{"parameter": parameter, "value": "1", "source_note": "测试", "in_force_from": DAY, **fields}
    )


@pytest.mark.parametrize(
    ("given_period", "new_period"),
    [
        ((None, None), (DAY, None)),
        ((dt.date(2023, 1, 1), None), (None, dt.date(2023, 1, 1))),
        ((dt.date(2023, 1, 1), DAY), (DAY, None)),
        ((dt.date(2023, 1, 1), dt.date(2023, 12, 31)), (dt.date(2022, 1, 1), dt.date(2024, 1, 1))),
    ],
)
def test_periods_may_not_overlap(given_period: tuple, new_period: tuple) -> None:
    make_figure("days", "2", in_force_from=given_period[0], in_force_until=given_period[1])
    with pytest.raises(ValidationError) as error:
        unsaved(in_force_from=new_period[0], in_force_until=new_period[1]).full_clean()
    assert "重叠" in " ".join(error.value.message_dict["in_force_from"])


def test_the_next_value_may_begin_the_day_after() -> None:
    make_figure("days", "2", in_force_until=dt.date(2026, 12, 31))
    unsaved().full_clean()


def test_a_province_has_its_own_history() -> None:
    make_figure("days", "2")
    unsaved(province=make_province()).full_clean()


def test_a_period_does_not_end_before_it_begins() -> None:
    make_figure("days", "2", in_force_until=dt.date(2026, 12, 31))
    value = unsaved(in_force_until=dt.date(2026, 12, 31))
    with pytest.raises(ValidationError) as error:
        value.full_clean()
    assert "不能早于生效日期" in " ".join(error.value.message_dict["in_force_until"])
    with pytest.raises(IntegrityError), transaction.atomic():
        value.save()


def test_a_value_names_its_source() -> None:
    make_figure("days", "2", in_force_until=dt.date(2026, 12, 31))
    with pytest.raises(ValidationError) as error:
        unsaved(source_note=" ").full_clean()
    assert "依据文件" in " ".join(error.value.message_dict["policy"])


@pytest.mark.parametrize("local", [False, True])
def test_the_database_refuses_a_second_open_value(local: bool) -> None:
    province = make_province() if local else None
    make_figure("days", "2", province=province)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_figure("days", "1", province=province, in_force_from=DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_figure("days", "1", province=province, in_force_from=dt.date(2023, 1, 1), in_force_until=DAY)


def test_the_database_refuses_an_overlap() -> None:
    make_figure("days", "2", in_force_until=dt.date(2026, 12, 31))
    later = make_figure("days", "1", in_force_from=DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_figure("days", "3", in_force_from=dt.date(2024, 1, 1), in_force_until=dt.date(2024, 2, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        ParameterValue.objects.filter(pk=later.pk).update(in_force_from=dt.date(2026, 12, 31))


days = st.none() | st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 8))


@given(days, days, days, days)
@settings(max_examples=200, deadline=None)
def test_two_periods_overlap_exactly_where_a_day_has_both(a: dt.date, b: dt.date, c: dt.date, d: dt.date) -> None:
    first, second = ParameterValue(in_force_from=a, in_force_until=b), ParameterValue(in_force_from=c, in_force_until=d)
    every_day = [dt.date(2023, 12, 1) + dt.timedelta(days=n) for n in range(80)]
    assert first.overlaps(second) == any(first.holds_on(day) and second.holds_on(day) for day in every_day)


def test_a_province_falls_back_to_the_nation_and_says_so() -> None:
    make_figure("days", "2")
    figures = Figures.on(DAY, ["[[days|jiangsu]]"])
    assert figures.fill("[[days|jiangsu]]") == f"2个工作日{NATIONAL}"


def test_a_figure_without_a_value_today_is_a_sentence() -> None:
    make_figure("days", "2", in_force_from=DAY)
    figures = Figures.on(DAY - dt.timedelta(days=1), ["[[days]]"])
    assert figures.fill("[[days]]内") == f"{UNKNOWN}内"
    assert figures.missing == {"days"}


def test_what_only_looks_like_a_figure_is_found() -> None:
    assert malformed_in(["[[days]]、[[Days]]、[[天数]]、[[days|江苏]]、[[]]"]) == {
        "[[Days]]",
        "[[天数]]",
        "[[days|江苏]]",
        "[[]]",
    }


def test_a_new_unit_is_news_today(frozen) -> None:
    frozen("2026-11-22")
    value = make_figure("days", "2")
    parameter = Parameter.objects.get(key="days")
    parameter.note = "只改说明"
    parameter.save()
    value.refresh_from_db()
    assert value.noticed_at is None
    parameter.unit = "天"
    parameter.save()
    value.refresh_from_db()
    assert value.noticed_at is not None
