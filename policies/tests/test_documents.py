"""Policy documents: what they are on a day, and what is refused."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from policies.documents import normal_number
from policies.models import PolicyDocument, PolicyStatus
from tests.factories import make_policy

pytestmark = pytest.mark.django_db
DAY = dt.date(2027, 1, 1)


def refused(policy: PolicyDocument, field: str, sentence: str) -> None:
    """Both doors: the form names the field."""
    with pytest.raises(ValidationError) as error:
        policy.full_clean()
    assert sentence in " ".join(error.value.message_dict[field])


def test_a_document_takes_effect_on_its_day() -> None:
    policy = make_policy(in_force_from=DAY)
    assert policy.status_on(DAY - dt.timedelta(days=1)) == PolicyStatus.UPCOMING
    assert policy.status_text_on(DAY - dt.timedelta(days=1)) == "将于2027年1月1日施行"
    assert policy.status_on(DAY) == PolicyStatus.IN_FORCE


def test_the_last_day_is_still_in_force() -> None:
    policy = make_policy(in_force_until=DAY)
    assert policy.status_on(DAY) == PolicyStatus.IN_FORCE
    assert policy.status_on(DAY + dt.timedelta(days=1)) == PolicyStatus.REPEALED


def test_a_successor_ends_it_when_it_takes_effect() -> None:
    policy = make_policy(superseded_by=make_policy(in_force_from=DAY))
    assert policy.status_on(DAY - dt.timedelta(days=1)) == PolicyStatus.IN_FORCE
    assert policy.status_on(DAY) == PolicyStatus.REPEALED
    assert list(PolicyDocument.objects.lapsed(DAY)) == [policy]


def test_a_partial_successor_says_so() -> None:
    policy = make_policy(partly_superseded_by=make_policy(in_force_from=DAY))
    assert policy.status_on(DAY).label == "部分被取代"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("医保发[2022]22号", "医保发\u30142022\u301522号"),
        ("医保发 \uff3b2022\uff3d 22号", "医保发\u30142022\u301522号"),
        ("医保发（2022）22号", "医保发\u30142022\u301522号"),
        ("医保发\u30142022\u301522号", "医保发\u30142022\u301522号"),
        ("国家医疗保障局令第7号", "国家医疗保障局令第7号"),
        ("人社部 国家医保局令第41号", "人社部 国家医保局令第41号"),
    ],
)
def test_a_number_is_written_in_one_way(typed: str, kept: str) -> None:
    assert normal_number(typed) == kept


def test_a_number_is_used_once_however_it_is_typed() -> None:
    first = make_policy(number="医保发\u30142022\u301522号")
    refused(PolicyDocument(code="T-new", title="另一份", number="医保发[2022] 22号"), "number", first.title)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_policy(number=first.number)


@pytest.mark.parametrize(
    "url",
    ["http://www.gov.cn/a.htm", "https://gov.cn.example.org/", "https://example.org/?x=gov.cn", "ftp://www.gov.cn/a"],
)
def test_a_link_leads_to_government_over_https(url: str) -> None:
    policy = make_policy()
    policy.url = url
    refused(policy, "url", "链接")


def test_the_database_refuses_a_link_without_https() -> None:
    policy = make_policy()
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyDocument.objects.filter(pk=policy.pk).update(url="http://www.gov.cn/")


def test_a_link_of_which_we_are_not_sure_is_not_shown() -> None:
    assert make_policy(url="https://www.gov.cn/a", confidence="low").official_url == ""
    assert make_policy(url="https://www.gov.cn/a", confidence="medium").official_url == "https://www.gov.cn/a"


@pytest.mark.parametrize("field", ["superseded_by", "partly_superseded_by"])
def test_nothing_comes_after_itself(field: str) -> None:
    policy = make_policy()
    setattr(policy, field, policy)
    refused(policy, field, "被自己取代")
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyDocument.objects.filter(pk=policy.pk).update(**{field: policy})


def test_no_circle_of_successors() -> None:
    first = make_policy()
    second = make_policy(superseded_by=first)
    third = make_policy(superseded_by=second)
    first.superseded_by = third
    refused(first, "superseded_by", "绕成了圈")


def test_the_database_refuses_a_circle() -> None:
    first = make_policy()
    second = make_policy(superseded_by=first)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyDocument.objects.filter(pk=first.pk).update(superseded_by=second)


def test_it_does_not_end_before_it_begins() -> None:
    policy = make_policy(in_force_from=DAY)
    policy.in_force_until = DAY - dt.timedelta(days=1)
    refused(policy, "in_force_until", "不能早于施行日期")
    with pytest.raises(IntegrityError), transaction.atomic():
        policy.save()


def test_the_timeline_is_newest_first() -> None:
    old = make_policy(published_on=dt.date(2020, 1, 1))
    undated = make_policy(published_on=None, in_force_from=None)
    passed = make_policy(published_on=None, issued_on=dt.date(2026, 8, 28), in_force_from=DAY)
    assert list(PolicyDocument.objects.for_listing()) == [passed, old, undated]
