"""What is found, and in which order; the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from faq.models import Question
from search.engine import BUDGET, LISTS, search
from search.models import WordSet
from search.ranking import plan
from search.store import LONGEST, Filters, Posting
from taxonomy.models import City, Province, Topic

Publish = Callable[..., Question]


def found(text: str, **options: Any) -> list[int]:
    return [hit.candidate.object_id for hit in search(text, **options).hits]


def words(kind: str, *lines: str) -> WordSet:
    return WordSet.objects.create(name=lines[0], kind=kind, words="\n".join(lines))


@pytest.fixture
def places(db: None) -> dict[str, Province]:
    made = {}
    for code, name, slug in [("440000", "广东", "guangdong"), ("140000", "山西", "shanxi"), ("610000", "陕西", "shaanxi"),
                             ("460000", "海南", "hainan")]:  # fmt: skip
        made[slug] = Province.objects.create(code=code, name=f"{name}省", short_name=name, slug=slug, region="east")
    guangdong = made["guangdong"]
    City.objects.create(code="440300", name="深圳市", short_name="深圳", pinyin="shenzhen", kind="地级市",
                        province=guangdong, landing=guangdong)  # fmt: skip
    return made


def test_the_title_stands_before_the_body(publish: Publish) -> None:
    body = publish("异地就医有哪些步骤？", body="转诊单由医院开，转诊单要盖章")
    title = publish("转诊单哪里开？")
    assert found("转诊单") == [title.pk, body.pk]


def test_the_exact_title_stands_first(publish: Publish) -> None:
    longer = publish("备案多久生效，备案多久生效以后能用多久？")
    exact = publish("备案多久生效？")
    assert found("备案多久生效")[0] == exact.pk
    assert longer.pk in found("备案多久生效")


def test_editors_search_terms_find(publish: Publish) -> None:
    question = publish("门诊慢特病怎么申请？", terms="门特\n特殊门诊")
    publish("医保码怎么激活？")
    assert found("门特") == [question.pk]


def test_fresher_is_never_better(publish: Publish, frozen: Callable[..., None]) -> None:
    frozen("2020-01-01")
    good = publish("异地备案有效期多久？")
    frozen("2026-11-22")
    publish("异地备案要花钱吗？", body="和有效期没有关系")
    assert found("备案有效期")[0] == good.pk


def test_documents_with_all_words_stand_above_those_with_some(publish: Publish) -> None:
    some = publish("透析透析透析，透析怎么做？")
    every = publish("异地看病指南", body="病人可以做透析，也可以去药店买药。" * 3)
    hits = search("透析 药店").hits
    assert [hit.candidate.object_id for hit in hits] == [every.pk, some.pk]
    assert [hit.holds_all for hit in hits] == [True, False]


def test_or_finds_what_and_would_lose(publish: Publish) -> None:
    question = publish("在外地住院怎么报销？")
    publish("医保码怎么激活？")
    assert found("请问我妈妈在外地的医院里住院了应该怎么报销呢")[0] == question.pk


def test_synonyms_work_at_once_and_stop_at_once(publish: Publish, settled: Callable[[], None]) -> None:
    question = publish("异地就医备案怎么办？")
    settled()
    assert found("报备") == []
    group = words("synonym", "备案", "报备")
    assert found("报备") == [question.pk]
    group.active = False
    group.save()
    assert found("报备") == []


def test_patterns_bring_wordings_together(publish: Publish, settled: Callable[[], None]) -> None:
    why = publish("为什么药店刷不了？")
    publish("药店怎么刷？")
    words("pattern", "为什么", "怎么回事", "咋回事")
    settled()
    assert found("药店刷不了咋回事")[0] == why.pk


def test_politeness_does_not_disturb(publish: Publish, settled: Callable[[], None]) -> None:
    publish("转诊单哪里开？")
    publish("请问请问，谢谢是什么？")
    words("noise", "请问", "谢谢", "您好")
    settled()
    assert found("您好，请问转诊单哪里开，谢谢！") == found("转诊单哪里开")


@pytest.mark.parametrize("text", ["药", "码", "备案", "DRG", "12393", "22号", "医保发[2022]22号"])
def test_short_and_mixed_queries_work(publish: Publish, text: str) -> None:
    question = publish("药店扫码备案：DRG、12393和医保发〔2022〕22号")
    publish("生孩子能报吗？")
    assert found(text) == [question.pk]


@pytest.mark.parametrize("text", ["yidi beian", "yidibeian", "yi di bei an", "ydba", "异地beian", "YIDI"])
def test_pinyin_and_initials(publish: Publish, settled: Callable[[], None], text: str) -> None:
    question = publish("异地备案怎么办？")
    publish("转诊单哪里开？")
    words("synonym", "异地备案", "异地登记")
    words("synonym", "异地", "外地")
    settled()
    assert found(text) == [question.pk]


def test_pinyin_of_titles_is_known_without_any_list(publish: Publish, settled: Callable[[], None]) -> None:
    question = publish("亲情账户怎么绑？")
    publish("转诊单哪里开？")
    settled()
    assert found("qinqing zhanghu") == [question.pk]


@pytest.mark.parametrize(
    ("typo", "meant"), [("备按", "备案"), ("各案", "备案"), ("转珍单", "转诊单"), ("亲情户账", "亲情账户")]
)
def test_a_typing_mistake_is_mended_where_nothing_is_found(
    publish: Publish, settled: Callable[[], None], typo: str, meant: str
) -> None:
    for title in ("异地备案怎么办？", "转诊单哪里开？", "亲情账户怎么绑？"):
        publish(title)
    words("synonym", "备案", "报备")
    words("synonym", "转诊单", "转院单")
    words("synonym", "亲情账户", "家庭账户")
    words("lookalike", "备", "各")
    settled()
    result = search(typo)
    assert (result.corrected, result.suggestion) == (True, meant)
    assert found(typo) == found(meant)


def test_a_typing_mistake_is_only_offered_where_something_is_found(
    publish: Publish, settled: Callable[[], None]
) -> None:
    question = publish("异地备案怎么办？")
    other = publish("外地药店怎么刷？", body="备按这两个字写错了")
    words("synonym", "备案", "报备")
    words("synonym", "药店", "药房")
    settled()
    result = search("外地药店刷 备安")
    assert not result.corrected
    assert result.suggestion.endswith("备案")
    assert result.hits[0].candidate.object_id == other.pk
    assert question.pk


def test_a_place_leads_to_its_province(
    publish: Publish, places: dict[str, Province], settled: Callable[[], None]
) -> None:
    publish("海南备案多久有效？", provinces=[places["hainan"]])
    general = publish("备案怎么办？")
    local = publish("备案在当地怎么办理？", provinces=[places["guangdong"]])
    settled()
    assert found("深圳 备案")[:2] == [local.pk, general.pk]
    assert {place.province for place in search("深圳 备案").query.places} == {"guangdong"}
    assert {place.province for place in search("shenzhen").query.places} == {"guangdong"}


def test_places_that_sound_the_same_give_both(
    publish: Publish, places: dict[str, Province], settled: Callable[[], None]
) -> None:
    publish("山西备案怎么办？", provinces=[places["shanxi"]])
    publish("陕西备案怎么办？", provinces=[places["shaanxi"]])
    settled()
    result = search("shanxi beian")
    assert {place.province for place in result.query.places} == {"shanxi", "shaanxi"}
    assert len(result.hits) == 2


def test_filters(publish: Publish, places: dict[str, Province]) -> None:
    topic = Topic.objects.create(name="药店购药", slug="pharmacy")
    general, local = publish("备案怎么办？", topics=[topic]), publish("备案去哪办？", provinces=[places["guangdong"]])
    assert found("备案", filters=Filters(topic="pharmacy")) == [general.pk]
    assert set(found("备案", filters=Filters(province="guangdong"))) == {general.pk, local.pk}
    assert found("备案", filters=Filters(province="hainan")) == [general.pk]
    assert found("备案", filters=Filters(kind="article")) == []


@pytest.mark.parametrize("text", ["", "   ", "？！", "🍎🍎", "\x00", "量子纠缠"])
def test_nothing_is_found_for_nothing(publish: Publish, text: str) -> None:
    publish("备案怎么办？")
    assert found(text) == []


def test_a_search_takes_few_queries(publish: Publish, settled: Callable[[], None]) -> None:
    publish("异地备案怎么办？")
    settled()
    search("备案")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        search("异地备案怎么办")
    assert len(queries) == 3  # state, word counts, candidates


def test_the_plan_reads_no_more_than_its_budget() -> None:
    counts = {("head", f"词{number}"): 3000 for number in range(100)}
    lists = [Posting("head", f"词{number}", 1.0 + number / 100) for number in range(100)]
    chosen = plan(lists, counts, BUDGET, LISTS)
    assert sum(counts[one.field, one.term] for one in chosen) <= BUDGET
    assert chosen[0].term == "词99"
    common = [Posting("head", "医保", 1.0)]
    assert plan(common, {("head", "医保"): 45_000}, BUDGET, LISTS) == common  # read up to the cap
    assert LONGEST <= 10_000
