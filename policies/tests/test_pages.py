"""The public pages of policy documents."""

import datetime as dt

import pytest
from django.test import Client

from policies.models import PolicyDocument
from tests.factories import make_article, make_figure, make_policy, make_province, make_question

pytestmark = pytest.mark.django_db


def test_a_page_says_what_is_known_of_a_document(client: Client, frozen) -> None:
    frozen("2026-11-22")
    new = make_policy(title="新办法", in_force_from=dt.date(2027, 1, 1))
    old = make_policy(title="旧办法", summary="改了什么。", issuer="某部门", number="测发〔2020〕1号", confidence="medium",
                      issued_on=dt.date(2019, 12, 1), published_on=dt.date(2020, 1, 1), in_force_from=dt.date(2020, 2, 1),
                      superseded_by=new, url="https://www.gov.cn/a", date_note="日期说明")  # fmt: skip
    make_figure("days", "2", policy=old, clause="第一条", in_force_until=dt.date(2026, 12, 31))
    make_figure("days", "1", policy=old, province=make_province())
    question = make_question(policies=[old])
    html = client.get(old.get_absolute_url()).text
    for text in ("旧办法", "测发〔2020〕1号", "某部门", "改了什么。", "2019年12月1日", "2020年1月1日", "2020年2月1日", "日期说明",
                 "现行", "新办法", "https://www.gov.cn/a", "2个工作日", "江苏", "第一条", question.live.title):  # fmt: skip
        assert text in html, text
    assert "把握" in html
    assert "中" in html
    assert "取代了" in client.get(new.get_absolute_url()).text


def test_an_unsure_document_has_no_link(client: Client) -> None:
    policy = make_policy(confidence="low", url="https://www.gov.cn/unsure")
    make_question(policies=[policy])
    assert "gov.cn/unsure" not in client.get(policy.get_absolute_url()).text
    assert "gov.cn/unsure" not in client.get("/policies/").text
    assert "gov.cn/unsure" not in client.get(make_question(title="另一问？", policies=[policy]).get_absolute_url()).text


def test_a_citation_says_where_it_no_longer_holds(client: Client, frozen) -> None:
    frozen("2026-11-22")
    ended, coming = make_policy(in_force_until=dt.date(2026, 11, 21)), make_policy(in_force_from=dt.date(2027, 1, 1))
    html = client.get(make_question(policies=[ended, coming]).get_absolute_url()).text
    assert "已废止" in html
    assert "将于2027年1月1日施行" in html
    assert f"本页引用的《{ended.title}》已不再有效" in html


def test_the_timeline_is_newest_first(client: Client) -> None:
    for year in (2021, 2023, 2022):
        make_policy(title=f"文件{year}", published_on=dt.date(year, 5, 1))
    html = client.get("/policies/").text
    places = [html.index(f"文件{year}") for year in (2023, 2022, 2021)]
    assert places == sorted(places)


def test_the_cost_does_not_grow_with_documents_or_pages(client: Client, django_assert_max_num_queries) -> None:
    policy = make_policy()
    for number in range(6):
        make_policy(superseded_by=policy)
        make_question(title=f"问题{number}？", policies=[policy])
        make_figure(f"days_{number}", "2", policy=policy)
    make_article()
    with django_assert_max_num_queries(3):
        client.get("/policies/")
    with django_assert_max_num_queries(8):
        client.get(policy.get_absolute_url())


def test_every_link_of_the_site_is_a_government_page_of_a_sure_document(content) -> None:
    linked = [policy for policy in PolicyDocument.objects.all() if policy.official_url]
    assert len(linked) > 40
    for policy in linked:
        host = policy.official_url.split("/")[2]
        assert host == "gov.cn" or host.endswith(".gov.cn")
        assert policy.official_url.startswith("https://")
        assert policy.confidence in {"high", "medium"}
        policy.full_clean()


def test_every_page_of_a_document_opens(client: Client, content) -> None:
    for policy in PolicyDocument.objects.all():
        assert client.get(policy.get_absolute_url()).status_code == 200, policy.code
