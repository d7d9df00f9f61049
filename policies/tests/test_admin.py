"""The editors' admin of documents and figures."""

import datetime as dt
import json

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from faq.models import Question
from policies.models import Parameter, ParameterValue, PolicyDocument
from publishing.roles import Role
from tests.factories import make_figure, make_policy, make_question, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client: Client) -> Client:
    client.force_login(make_user(role=Role.REVIEWER))
    return client


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(make_user(role=Role.ADMINISTRATOR))
    return client


def page_of(subject: object, verb: str = "change") -> str:
    meta = subject._meta
    return reverse(f"admin:policies_{meta.model_name}_{verb}", args=[subject.pk])


def form_of(client: Client, subject: object, **changes: str) -> dict[str, str]:
    """What a browser would send back from the change form, with these changes."""
    context = client.get(page_of(subject)).context
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    data = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value not in (None, False):
                data[field.html_name] = value.isoformat() if isinstance(value, dt.date) else str(value)
    return {**data, **changes}


def new_row(number: int, **fields: str) -> dict[str, str]:
    """One more row in the form of a figure's values."""
    row = {"value": "1", "source_note": "测试", "confidence": "high", **fields}
    return {"values-TOTAL_FORMS": str(number + 1), **{f"values-{number}-{name}": text for name, text in row.items()}}


def test_the_page_of_a_figure_shows_where_it_is_used(reviewer) -> None:
    figure, question = make_figure("days", "2").parameter, make_question(summary="[[days]]内办结。")
    html = reviewer.get(page_of(figure)).text
    assert f'href="{question.get_absolute_url()}"' in html
    assert f"/admin/faq/questionrevision/{question.live.pk}/change/" in html
    assert "今天的值" in html


def test_the_page_of_a_document_shows_where_it_is_cited(reviewer) -> None:
    policy = make_policy()
    question = make_question(policies=[policy])
    assert f'href="{question.get_absolute_url()}"' in reviewer.get(page_of(policy)).text


@pytest.mark.parametrize("kind", ["figure", "document"])
def test_what_is_used_is_not_deleted(administrator, kind: str) -> None:
    policy = make_policy()
    figure = make_figure("days", "2").parameter
    make_question(summary="[[days]]内办结。", policies=[policy])
    subject = figure if kind == "figure" else policy
    response = administrator.post(page_of(subject, "delete"), {"post": "yes"})
    assert "正用在1个页面或草稿里，不能删除" in response.text
    listing = reverse(f"admin:policies_{subject._meta.model_name}_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [subject.pk], "post": "yes"}
    assert "正用在1个页面或草稿里，不能删除" in administrator.post(listing, chosen).text
    assert type(subject).objects.filter(pk=subject.pk).exists()


def test_what_nobody_uses_is_deleted(administrator) -> None:
    figure = make_figure("days", "2").parameter
    administrator.post(page_of(figure, "delete"), {"post": "yes"})
    assert not Parameter.objects.exists()
    assert not ParameterValue.objects.exists()


def test_a_change_that_readers_see_is_shown_before_it_is_saved(reviewer, frozen) -> None:
    frozen("2026-11-22")
    value = make_figure("days", "2")
    question = make_question(summary="[[days]]内办结。")
    data = form_of(reviewer, value.parameter, **{"values-0-value": "3"})
    asked = reviewer.post(page_of(value.parameter), data)
    assert asked.status_code == 200
    assert "影响 1 个页面" in asked.text
    assert "2个工作日内办结。" in asked.text
    assert "3个工作日内办结。" in asked.text
    assert f'href="{question.get_absolute_url()}"' in asked.text
    value.refresh_from_db()
    assert value.value == "2"
    assert not LogEntry.objects.exists()
    done = reviewer.post(page_of(value.parameter), {**data, "_confirmed": asked.context["fingerprint"]}, follow=True)
    value.refresh_from_db()
    assert value.value == "3"
    assert LogEntry.objects.count() == 1
    assert len(done.context["messages"]) == 1
    assert Question.objects.live().with_changed_at(timezone.now()).get().effective_changed_at == timezone.now()


def test_the_confirmation_page_sends_the_whole_form_again(reviewer, frozen) -> None:
    frozen("2026-11-22")
    value = make_figure("days", "2")
    make_question(summary="[[days]]内办结。")
    data = form_of(reviewer, value.parameter, **{"values-0-value": "3"}, _continue="1")
    again = dict(reviewer.post(page_of(value.parameter), data).context["again"])
    assert again == data


def test_what_is_confirmed_is_what_was_shown(reviewer, frozen) -> None:
    frozen("2026-11-22")
    value = make_figure("days", "2")
    make_question(summary="[[days]]内办结。")
    data = form_of(reviewer, value.parameter, **{"values-0-value": "3"})
    shown = reviewer.post(page_of(value.parameter), data).context["fingerprint"]
    make_question(title="后来发布的问题？", summary="也要[[days]]。")
    asked_again = reviewer.post(page_of(value.parameter), {**data, "_confirmed": shown})
    assert "影响 2 个页面" in asked_again.text
    value.refresh_from_db()
    assert value.value == "2"


def test_a_change_that_readers_do_not_see_is_saved_at_once(reviewer) -> None:
    value = make_figure("days", "2")
    make_question(summary="[[days]]内办结。")
    data = form_of(reviewer, value.parameter, note="写“原则上”")
    assert reviewer.post(page_of(value.parameter), data).status_code == 302
    assert Parameter.objects.get().note == "写“原则上”"


def test_ending_one_value_and_starting_the_next_is_one_save(reviewer, frozen) -> None:
    frozen("2026-11-22")
    value = make_figure("days", "2")
    row = new_row(1, in_force_from="2027-01-01")
    data = form_of(reviewer, value.parameter, **{"values-0-in_force_until": "2026-12-31"}, **row)
    assert reviewer.post(page_of(value.parameter), data).status_code == 302
    assert [row.value for row in ParameterValue.objects.order_by("in_force_from")] == ["2", "1"]
    newest = ParameterValue.objects.get(value="1")
    rows = list(ParameterValue.objects.order_by("-in_force_from"))
    assert rows[0] == newest
    # And back: the plan is given up, the old value goes on.
    back = {"values-0-DELETE": "on", "values-1-in_force_until": ""}
    assert reviewer.post(page_of(value.parameter), form_of(reviewer, value.parameter, **back)).status_code == 302
    assert ParameterValue.objects.get().in_force_until is None


def test_a_boundary_can_move_both_ways(reviewer, frozen) -> None:
    frozen("2026-11-22")
    value = make_figure("days", "2", in_force_until=dt.date(2026, 12, 31))
    make_figure("days", "1", in_force_from=dt.date(2027, 1, 1))
    for last, first in (("2027-01-31", "2027-02-01"), ("2026-11-30", "2026-12-01")):
        moved = {"values-0-in_force_from": first, "values-1-in_force_until": last}
        assert reviewer.post(page_of(value.parameter), form_of(reviewer, value.parameter, **moved)).status_code == 302
        value.refresh_from_db()
        assert value.in_force_until.isoformat() == last


def test_rows_of_one_form_are_compared_with_each_other(reviewer) -> None:
    value = make_figure("days", "2", in_force_until=dt.date(2026, 12, 31))
    data = form_of(reviewer, value.parameter, **new_row(1, in_force_from="2026-12-31"))
    response = reviewer.post(page_of(value.parameter), data)
    assert "重叠" in response.text
    assert ParameterValue.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"in_force_from": "2027-01-01", "in_force_until": "2026-12-31"}, "最后有效日不能早于生效日期"),
        ({"in_force_from": "2027-01-01", "source_note": ""}, "请选择依据文件"),
    ],
)
def test_a_bad_row_is_refused_at_its_field(reviewer, fields: dict, sentence: str) -> None:
    value = make_figure("days", "2", in_force_until=dt.date(2026, 12, 31))
    response = reviewer.post(page_of(value.parameter), form_of(reviewer, value.parameter, **new_row(1, **fields)))
    assert sentence in response.text
    assert ParameterValue.objects.count() == 1


def test_history_of_a_used_figure_is_not_deleted(administrator, frozen) -> None:
    frozen("2026-11-22")
    value = make_figure("days", "2")
    make_question(summary="[[days]]内办结。")
    data = form_of(administrator, value.parameter, **{"values-0-DELETE": "on"})
    assert "是历史，不能删" in administrator.post(page_of(value.parameter), data).text
    assert ParameterValue.objects.exists()


def test_a_document_that_ends_is_shown_before_it_is_saved(reviewer, frozen) -> None:
    frozen("2026-11-22")
    policy = make_policy(title="旧办法")
    make_question(policies=[policy])
    data = form_of(reviewer, policy, in_force_until="2026-12-31")
    asked = reviewer.post(page_of(policy), data)
    assert "影响 1 个页面" in asked.text
    assert "《旧办法》已废止" in asked.text
    reviewer.post(page_of(policy), {**data, "_confirmed": asked.context["fingerprint"]})
    assert PolicyDocument.objects.get(pk=policy.pk).in_force_until == dt.date(2026, 12, 31)


class TestInsertable:
    """The list behind the button that puts a figure into a text."""

    url = "/admin/policies/parameter/insertable/"

    def test_a_writer_gets_label_value_and_source(self, client, frozen) -> None:
        frozen("2026-11-22")
        make_figure("days", "2")
        make_figure("later", "9", in_force_from=dt.date(2027, 1, 1))
        client.force_login(make_user(role=Role.WRITER))
        (entry,) = json.loads(client.get(self.url).content)["figures"]
        assert entry == {"token": "[[days]]", "label": "数字days", "today": "2个工作日", "source": "测试", "note": ""}

    def test_nobody_else_does(self, client) -> None:
        assert client.get(self.url).status_code == 302
        client.force_login(make_user())
        assert client.get(self.url).status_code == 403

    def test_one_query_whatever_the_number(self, client, django_assert_num_queries) -> None:
        for number in range(5):
            make_figure(f"days_{number}", "2")
        client.force_login(make_user(role=Role.ADMINISTRATOR, is_superuser=True))
        with django_assert_num_queries(3):  # session, user, figures
            client.get(self.url)


@pytest.mark.parametrize("name", ["policydocument", "parameter", "parametervalue"])
def test_lists_cost_the_same_whatever_their_length(client, name: str) -> None:
    client.force_login(make_user(is_superuser=True))
    costs = []
    for rows in (2, 6):
        for number in range(rows):
            make_figure(f"days_{rows}_{number}", "2", policy=make_policy())
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"admin:policies_{name}_changelist")).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 9
