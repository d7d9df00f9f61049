"""Where a figure or a document is used, and what a change of it would do to readers."""

import datetime as dt

import pytest

from policies.impact import compare, read_parameter, read_policy
from policies.usage import uses_of
from publishing import workflow
from publishing.drafts import open_draft
from publishing.roles import Role
from tests.factories import (
    draft_question,
    make_article,
    make_figure,
    make_policy,
    make_province,
    make_question,
    make_user,
)

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)
DAY = dt.date(2027, 1, 1)


def test_live_pages_and_drafts_with_their_sentences(frozen) -> None:
    frozen(TODAY)
    figure = make_figure("days", "2").parameter
    live = make_question(summary="两句话。[[days]]内办结。", body="<p>等[[days]]。[^1]</p><p>别的。[^1]</p>")
    draft = draft_question(title="草稿里的问题？", steps="第一步。\n等[[days|jiangsu]]。")
    workflow.record_figures(draft)
    make_article(title="没有数字的文章")
    shown, worked_on = uses_of(figure)
    assert (shown.is_live, shown.public_url) == (True, live.get_absolute_url())
    assert shown.texts == ("[[days]]内办结。", "等[[days]]。")
    assert (worked_on.is_live, worked_on.public_url, worked_on.standing) == (False, "", "草稿")
    assert worked_on.texts == ("等[[days|jiangsu]]。",)


def test_a_new_draft_of_a_live_page_is_known_at_once() -> None:
    figure = make_figure("days", "2").parameter
    question = make_question(summary="[[days]]内办结。")
    draft = open_draft(question, make_user(role=Role.WRITER))
    assert {use.edit_url for use in uses_of(figure)} == {
        f"/admin/faq/questionrevision/{revision.pk}/change/" for revision in (question.live, draft)
    }


def test_a_withdrawn_page_is_no_longer_live() -> None:
    figure = make_figure("days", "2").parameter
    question = make_question(summary="[[days]]内办结。")
    workflow.withdraw(question.live, make_user(role=Role.REVIEWER), "政策已变")
    assert [(use.is_live, use.standing) for use in uses_of(figure)] == [(False, "已撤回")]


def test_a_document_is_used_where_it_is_cited() -> None:
    policy = make_policy()
    make_question(policies=[policy])
    make_question(title="另一个问题？")
    assert [use.texts for use in uses_of(policy)] == [("第八条",)]


def test_the_number_of_queries_does_not_grow(django_assert_num_queries) -> None:
    figure = make_figure("days", "2").parameter
    for number in range(5):
        make_question(title=f"问题{number}？", summary="[[days]]内办结。")
    with django_assert_num_queries(2):
        assert len(uses_of(figure)) == 5


def test_a_future_value_changes_its_sentences_on_its_day(frozen) -> None:
    frozen(TODAY)
    old = make_figure("days", "2")
    make_question(summary="全国[[days]]，江苏[[days|jiangsu]]。")
    make_figure("days", "1", province=make_province())
    before = read_parameter(old.parameter)
    old.in_force_until = DAY - dt.timedelta(days=1)
    old.save()
    make_figure("days", "3", in_force_from=DAY)
    changes = compare(before, read_parameter(old.parameter), TODAY)
    assert [(change.day, change.before, change.after) for change in changes] == [
        (DAY, "全国2个工作日，江苏1个工作日。", "全国3个工作日，江苏1个工作日。")
    ]
    assert not changes[0].loses_figure


def test_an_end_without_a_successor_is_shown_as_a_loss(frozen) -> None:
    frozen(TODAY)
    old = make_figure("days", "2")
    make_question(summary="[[days]]内办结。")
    before = read_parameter(old.parameter)
    old.in_force_until = DAY - dt.timedelta(days=1)
    old.save()
    (change,) = compare(before, read_parameter(old.parameter), TODAY)
    assert change.day == DAY
    assert change.loses_figure


def test_a_value_for_some_months_shows_both_of_its_days(frozen) -> None:
    frozen(TODAY)
    old = make_figure("days", "2", in_force_until=dt.date(2026, 12, 31))
    make_figure("days", "2", in_force_from=dt.date(2027, 4, 1))
    gap = make_figure("days", "2", in_force_from=DAY, in_force_until=dt.date(2027, 3, 31))
    make_question(summary="[[days]]内办结。")
    before = read_parameter(old.parameter)
    gap.value = "9"
    gap.save()
    changes = compare(before, read_parameter(old.parameter), TODAY)
    assert [(change.day, change.after) for change in changes] == [(DAY, "9个工作日内办结。")]


def test_a_document_that_ends_shows_its_new_status(frozen) -> None:
    frozen(TODAY)
    policy = make_policy(title="旧办法")
    make_question(policies=[policy])
    before = read_policy(policy)
    policy.in_force_until = dt.date(2026, 12, 31)
    policy.save()
    (change,) = compare(before, read_policy(policy), TODAY)
    assert (change.day, change.before, change.after) == (DAY, "《旧办法》现行", "《旧办法》已废止")
