"""The ways into the content: home, topics, places, policies, lists."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from faq.models import RelatedLink
from taxonomy.models import ProvinceFact
from tests.factories import make_policy, make_province, make_question, make_topic
from yibao_site.views import browse, topics

pytestmark = pytest.mark.django_db


def text_of(client: Any, address: str) -> str:
    return client.get(address).content.decode()


def test_a_topic_shows_first_what_editors_point_to_most(client: Any) -> None:
    topic = make_topic()
    questions = [make_question(f"第{number}问？") for number in range(1, 6)]
    for source in questions[:3]:
        RelatedLink.objects.create(question=source, target=questions[4])
    RelatedLink.objects.create(question=questions[0], target=questions[3])
    RelatedLink.objects.create(question=questions[1], target=questions[2], hidden=True)
    html = text_of(client, topic.get_absolute_url())
    first = html.split('id="first-heading"')[1].split("</section>")[0]
    assert re.findall("第(.)问", first) == ["5", "4", "1"]
    assert "全部5个问题" in html


@pytest.mark.parametrize(("number", "said"), [(2, "（2）"), (3, "（2多）")])
def test_a_policy_counts_as_far_as_it_names(client: Any, monkeypatch: Any, number: int, said: str) -> None:
    monkeypatch.setitem(browse.MOST_CITING, "question", 2)
    policy = make_policy()
    for which in range(number):
        make_question(f"第{which}问<？", policies=[policy])
    html = text_of(client, policy.get_absolute_url())
    assert f"依据它的问题{said}" in html
    assert re.findall("第(.)问&lt;", html) == ["0", "1"]


def test_a_topic_groups_its_questions_by_the_other_topic_they_touch(client: Any) -> None:
    filing, money, shop = make_topic(), make_topic("报销待遇", "benefits"), make_topic("药店购药", "pharmacy")
    make_question("只讲备案？", topics=[filing])
    for number in range(3):
        make_question(f"报销{number}？", topics=[money, filing])
    make_question("买药？", topics=[filing, shop])
    html = text_of(client, filing.get_absolute_url())
    assert re.findall("<h3>(.*?)</h3>", html) == ["异地备案本身", "和“报销待遇”有关", "还有这些"]


def test_a_topic_with_very_many_questions_lists_some_and_leads_to_all(client: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(topics, "MOST_LISTED", 4)
    for number in range(6):
        make_question(f"第{number}问？")
    html = text_of(client, "/topics/filing/")
    assert "全部6个问题" in html
    assert 'href="/faq/?topic=filing">看全部6个问题' in html
    assert len(set(re.findall(r"/faq/\d+/", html.split('id="all-heading"')[1].split('class="more"')[0]))) == 4


def test_a_topic_without_questions_says_so(client: Any) -> None:
    assert "还没有问题" in text_of(client, make_topic("空栏目", "empty").get_absolute_url())


def test_a_place_says_in_words_how_much_is_known(client: Any) -> None:
    province = make_province()
    ProvinceFact.objects.create(province=province, text="可以网上办。", confidence="high")
    ProvinceFact.objects.create(province=province, text="听说的。", confidence="low")
    ProvinceFact.objects.create(province=province, text="比例没有核到。", is_unknown=True)
    make_question(provinces=[province])
    tile = text_of(client, "/provinces/").split(province.get_absolute_url())[1].split("</a>")[0]
    assert "核到1条" in tile
    assert "待核1条" in tile
    assert "1个本地问题" in tile


@pytest.mark.parametrize(("written", "read"), [("2023-01-01", "2023年1月1日"), ("2023年底起", "2023年底起")])
def test_the_date_of_a_fact_is_written_as_readers_write_it(client: Any, written: str, read: str) -> None:
    province = make_province()
    ProvinceFact.objects.create(province=province, text="可网上办。", confidence="high", source="通知", as_of=written)
    assert f"通知，{read}；把握程度：高" in text_of(client, province.get_absolute_url())


def test_a_cited_document_is_named_once_with_all_its_clauses(client: Any) -> None:
    first, second = make_policy(title="甲通知"), make_policy(title="乙通知")
    html = text_of(client, make_question(policies=[first, second, first]).get_absolute_url())
    sources = html.split("data-citations")[1].split("</section>")[0]
    assert sources.count("《甲通知》") == 1
    assert re.findall(r'<li id="source-(\d)" value="(\d)">', sources) == [("1", "1"), ("3", "3"), ("2", "2")]


def test_a_filter_in_force_can_be_taken_off_alone(client: Any) -> None:
    topic, province = make_topic(), make_province()
    make_question()
    html = text_of(client, f"/faq/?topic={topic.slug}&province={province.slug}")
    chosen = html.split('aria-label="已选条件"')[1].split("</ul>")[0]
    assert re.findall('href="(.*?)"', chosen) == [f"?province={province.slug}", f"?topic={topic.slug}"]
    assert "已选条件" not in text_of(client, "/faq/")


def test_the_timeline_says_what_is_in_force_today(client: Any, frozen: Any) -> None:
    make_policy(title="明年的法", in_force_from=dt.date(2027, 1, 1), published_on=dt.date(2026, 10, 1))
    frozen("2026-12-31")
    assert "将于2027年1月1日施行" in text_of(client, "/policies/")
    frozen("2027-01-01")
    assert "将于" not in text_of(client, "/policies/")


@pytest.mark.parametrize(("address", "most"), [("/", 12), ("/topics/", 2), ("/topics/filing/", 15), ("/provinces/", 3),
                                               ("/provinces/jiangsu/", 11), ("/policies/", 2), ("/site-map/", 7)])  # fmt: skip
def test_queries_do_not_grow_with_content(
    client: Any, content: None, django_assert_max_num_queries: Any, address: str, most: int
) -> None:
    with django_assert_max_num_queries(most):
        client.get(address)
