"""A prepared query gives what the plain one gives, with any values, without writing its SQL again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import CharField, Q, Value
from django.test.utils import CaptureQueriesContext

from policies.models import ParameterValue, PolicyDocument
from prepared_queries import Prepared, Slot, numbered, slots
from tests.factories import make_figure, make_policy

pytestmark = pytest.mark.django_db

NUMBER = models.BigIntegerField()


def by_code() -> Prepared:
    return Prepared(PolicyDocument.objects.filter(code=Slot("code", CharField())))


def test_each_value_finds_its_own_rows() -> None:
    first, second = make_policy(), make_policy()
    prepared = by_code()
    assert prepared.fetch(code=first.code) == [first]
    assert prepared.fetch(code=second.code) == [second]
    assert prepared.fetch(code="' OR 1=1 --") == []


def test_a_value_is_stored_like_its_column() -> None:
    """Dates are text in SQLite and dates in PostgreSQL; None is no date at all."""
    old = make_policy(in_force_from=dt.date(2019, 3, 1))
    new = make_policy(in_force_from=dt.date(2026, 3, 1))
    day = Slot("day", models.DateField())
    prepared = Prepared(PolicyDocument.objects.filter(in_force_from__lte=day).order_by("pk"))
    assert prepared.fetch(day=dt.date(2020, 1, 1)) == [old]
    assert prepared.fetch(day=dt.date(2026, 3, 1)) == [old, new]
    assert prepared.fetch(day=None) == []


def test_a_slot_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="code"):
        by_code().fetch()


def test_several_values_of_one_column() -> None:
    codes = [make_policy().code for _ in range(3)]
    prepared = Prepared(PolicyDocument.objects.filter(code__in=slots("code", 2, CharField())))
    assert {found.code for found in prepared.fetch(**numbered("code", codes[1:]))} == set(codes[1:])


def test_related_rows_come_along() -> None:
    value = make_figure()
    prepared = Prepared(ParameterValue.objects.filter(pk=Slot("pk", NUMBER)).select_related("parameter", "province"))
    (found,) = prepared.fetch(pk=value.pk)
    with CaptureQueriesContext(connection) as asked:
        assert found.parameter == value.parameter
        assert found.province == value.province
        assert found._state.db == "default"
    assert not asked.captured_queries


def test_rows_that_are_no_objects_and_unions() -> None:
    policy, value = make_policy(), make_figure()
    policies = PolicyDocument.objects.filter(pk=Slot("policy", NUMBER)).values_list(Value("policy", CharField()), "pk")
    values = ParameterValue.objects.filter(pk=Slot("value", NUMBER)).values_list(Value("value", CharField()), "pk")
    prepared = Prepared(policies.order_by().union(values.order_by(), all=True))
    for _ in range(2):
        assert sorted(prepared.fetch(policy=policy.pk, value=value.pk)) == [("policy", policy.pk), ("value", value.pk)]


def test_a_change_between_two_asks_is_seen() -> None:
    policy = make_policy(title="旧名")
    prepared = by_code()
    assert prepared.fetch(code=policy.code)[0].title == "旧名"
    PolicyDocument.objects.filter(pk=policy.pk).update(title="新名")
    assert prepared.fetch(code=policy.code)[0].title == "新名"


def test_the_sql_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    policy, prepared = make_policy(), by_code()
    prepared.fetch(code=policy.code)
    monkeypatch.setattr(
        "django.db.models.sql.compiler.SQLCompiler.pre_sql_setup", lambda *_, **__: pytest.fail("again")
    )
    assert prepared.fetch(code=policy.code) == [policy]


def test_what_can_have_no_rows_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(EmptyResultSet):
        Prepared(PolicyDocument.objects.filter(Q(pk__in=[]))).fetch()
