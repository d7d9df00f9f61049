"""The pages as a reader without JavaScript meets them: addresses, redirects, what is on them, how heavy they are."""

from __future__ import annotations

import gzip
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filing.vocabulary import Question
from taxonomy.models import City, Province

CASE = "care=inpatient&insurance=resident&insured=340100&reason=visiting&stage=planning&treated=440100"
PLAN = f"/filing/plan/?{CASE}"
LONG = "/filing/plan/?care=inpatient&insurance=resident&insured=340100&reason=living&stage=planning&treated=beijing"

pytestmark = pytest.mark.usefixtures("content")


@pytest.fixture(autouse=True)
def _day(frozen: Any) -> None:
    frozen("2026-11-22")


def html_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, f"{url} → {response.status_code} {response.headers.get('Location')}"
    return response.content.decode()


def walk(client: Client, url: str) -> str:
    """Follows redirects; gives back the address where they end."""
    for _ in range(5):
        response = client.get(url)
        if response.status_code != 302:
            assert response.status_code == 200
            return url
        url = response["Location"]
    raise AssertionError(f"too many redirects: {url}")


def test_the_start_page_may_be_found_and_nothing_else(client: Client) -> None:
    start = client.get("/filing/")
    assert "noindex" not in start.content.decode()
    assert 'data-page="filing"' in start.content.decode()
    for url in ("/filing/insured/", "/filing/reason/?insured=340100&treated=beijing", PLAN):
        assert '<meta name="robots" content="noindex">' in html_of(client, url)


def test_a_way_through_the_forms_ends_in_an_outcome(client: Client) -> None:
    """Sends what the forms on the pages would send, beginning with a name in pinyin."""
    typed = {"insured": "hefei", "treated": "北京"}
    url, steps = "/filing/insured/", 0
    while not url.startswith("/filing/plan/"):
        html = html_of(client, url)
        name = urlsplit(url).path.split("/")[2]
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html))
        options = re.findall(rf'type="radio"\s+id="{name}-\w+"\s+name="{name}"\s+value="(\w+)"', html)
        url = walk(client, client.get("/filing/next/", {**hidden, name: typed.get(name) or options[0]})["Location"])
        steps += 1
    assert steps == 6
    html = html_of(client, url)
    assert 'data-outcome="file-long"' in html
    assert "data-short-answer" in html


def test_parameters_are_sorted_and_unknown_ones_dropped(client: Client) -> None:
    shuffled = (
        "treated=440100&utm_source=x&stage=planning&reason=visiting&insured=340100&insurance=resident&care=inpatient"
    )
    response = client.get(f"/filing/plan/?{shuffled}")
    assert (response.status_code, response["Location"]) == (302, PLAN)
    assert client.get("/filing/stage/?x=1&insured=340100")["Location"] == "/filing/treated/?insured=340100"


def test_the_reading_mode_stays(client: Client) -> None:
    response = client.get("/filing/next/?mode=elder&insured=340100")
    assert response["Location"] == "/filing/treated/?insured=340100&mode=elder"
    assert client.get("/filing/insured/?mode=nonsense")["Location"] == "/filing/insured/"


def test_contradictory_answers_are_asked_again(client: Client) -> None:
    url = (
        "/filing/plan/?care=pharmacy&insurance=resident&insured=340100&reason=emergency&stage=planning&treated=beijing"
    )
    response = client.get(url)
    assert (
        response["Location"] == "/filing/care/?care=&insurance=resident&insured=340100&reason=emergency&treated=beijing"
    )
    assert "请先选一项" in html_of(client, response["Location"])


def test_going_back_keeps_every_answer(client: Client) -> None:
    html = html_of(client, PLAN)
    back = re.search(r'class="back-link" href="([^"]+)"', html)[1].replace("&amp;", "&")
    assert back == f"/filing/stage/?{CASE}"
    html = html_of(client, back)
    assert re.search(r'value="planning"\s+required\s+checked', html)
    assert "/filing/care/?" in re.search(r'class="back-link" href="([^"]+)"', html)[1]


def test_one_answer_can_be_changed_without_losing_the_others(client: Client) -> None:
    changed = client.get("/filing/next/?" + CASE.replace("reason=visiting", "reason=living"))
    assert changed["Location"] == f"/filing/plan/?{CASE.replace('reason=visiting', 'reason=living')}"


def test_unknown_questions_do_not_exist(client: Client) -> None:
    assert client.get("/filing/income/").status_code == 404
    assert client.post("/filing/next/").status_code == 405


# Places


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("suzhou", {"320500", "341300"}), ("苏州", {"320500", "341300"}), ("宿州市", {"320500", "341300"}),
        ("fuzhou", {"350100", "361000"}), ("yichun", {"230700", "360900"}), ("taizhou", {"321200", "331000"}),
        ("yulin", {"450900", "610800"}), ("吉林", {"jilin-cities", "220200"}), ("海南", {"hainan", "632500"}),
        ("朝阳", {"211300", "beijing"}), ("山西", {"shanxi-cities", "shaanxi-cities"}),
    ],
)  # fmt: skip
def test_homophones_and_look_alikes_offer_both(client: Client, typed: str, offered: set[str]) -> None:
    html = html_of(client, walk(client, f"/filing/next/?insured={typed}"))
    assert set(re.findall(r'name="insured"\s+value="([\w-]+)"\s+required', html)) == offered


@pytest.mark.parametrize(
    ("typed", "code"),
    [("hefei", "340100"), ("合肥", "340100"), (" 合 肥 市", "340100"), ("延吉", "222400"), ("北京", "beijing"), ("上海市", "shanghai"),
     ("八师", "659001"), ("HARBIN", "230100"), ("西藏", "xizang"), ("兵团", "bingtuan")],
)  # fmt: skip
def test_a_name_that_means_one_place_is_taken(client: Client, typed: str, code: str) -> None:
    assert client.get("/filing/next/", {"insured": typed})["Location"] == f"/filing/treated/?insured={code}"


def test_every_city_and_alias_leads_to_a_start_or_a_choice(client: Client) -> None:
    from filing.places import Gazetteer

    gazetteer = Gazetteer()
    assert len(gazetteer.cities) == City.objects.count() == 369
    for city in gazetteer.cities.values():
        for name in (city.name, city.short_name, city.pinyin, *city.aliases.splitlines()):
            codes = [place.code for place in gazetteer.find(name) if hasattr(place, "label")]
            wanted = city.landing.slug if city.kind == "直辖市" else city.code
            assert wanted in codes, name


def test_a_province_asks_for_its_city(client: Client) -> None:
    html = html_of(client, walk(client, "/filing/next/?insured=anhui-cities"))
    assert 'value="340100"' in html
    assert 'value="anhui-any"' in html
    assert 'value="anhui-direct"' in html
    html = html_of(client, walk(client, "/filing/next/?insured=340100&treated=anhui-cities"))
    assert 'value="anhui-direct"' not in html


def test_personal_numbers_do_not_get_into_an_address(client: Client) -> None:
    assert client.get("/filing/next/?insured=11010119900307803X")["Location"] == "/filing/insured/?insured="
    assert client.get("/filing/next/?insured=" + "长" * 30)["Location"] == "/filing/insured/?insured="


def test_a_place_that_is_not_found_is_said(client: Client) -> None:
    html = html_of(client, walk(client, "/filing/next/?insured=亚特兰蒂斯"))
    assert "没有找到“亚特兰蒂斯”" in html


# The outcome


def test_the_outcome_shows_every_part(client: Client) -> None:
    html = html_of(client, PLAN)
    for part in (
        "一步一步怎么办",
        "要准备的",
        "为什么",
        "报销比例会不会变",
        "钱按谁的规定付",
        "多久办好",
        "结不了怎么办",
        "打电话问谁",
        "依据",
    ):
        assert part in html
    assert "2个工作日" in html
    assert "20个百分点" in html
    assert "[[" not in html
    assert "安徽省医疗保障局" in html
    assert html.count('<input type="checkbox"') >= 3


def test_every_statement_has_a_number_that_leads_to_its_source(client: Client) -> None:
    html = html_of(client, PLAN)
    targets = set(re.findall(r'id="source-(\d+)"', html))
    assert set(re.findall(r'href="#source-(\d+)"', html)) == targets
    assert len(re.findall(r"data-citations>(.*?)</ol>", html, re.DOTALL)[0].split("<li")) - 1 == len(targets)


def test_questions_of_the_case_are_live_pages(client: Client) -> None:
    found = re.findall(r"<ul data-related>(.*?)</ul>", html_of(client, PLAN), re.DOTALL)[0]
    links = re.findall(r'href="(/faq/\d+/)"', found)
    assert 3 <= len(links) <= 6
    assert all(client.get(link).status_code == 200 for link in links)


def test_a_source_that_lapsed_is_said(client: Client, frozen: Any) -> None:
    from policies.models import PolicyDocument

    PolicyDocument.objects.filter(code="P50").update(in_force_until="2026-11-21")
    assert "已不再有效，编辑正在复核" in html_of(client, PLAN)


def test_the_law_of_2027_shows_from_its_day(client: Client, frozen: Any) -> None:
    assert "《医疗保障法》第三十二条" not in html_of(client, PLAN)
    frozen("2027-01-01")
    assert "《医疗保障法》第三十二条" in html_of(client, PLAN)


def test_pages_are_light_and_take_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        html = html_of(client, PLAN)
    assert len(gzip.compress(html.encode(), 6)) < 14 * 1024
    with django_assert_max_num_queries(3):
        html = html_of(client, "/filing/insured/?insured=suzhou")
    assert len(gzip.compress(html.encode(), 6)) < 14 * 1024


# The calendar entry


def test_a_temporary_filing_has_a_reminder_and_a_long_one_has_none(client: Client) -> None:
    assert "reminder.ics" not in html_of(client, LONG)
    assert client.get(LONG.replace("/plan/", "/reminder.ics")).status_code == 404
    url = re.search(r'href="(/filing/reminder\.ics\?[^"]+)"', html_of(client, PLAN))[1].replace("&amp;", "&")
    response = client.get(url)
    text = response.content.decode()
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert "DTSTART;VALUE=DATE:20270508\r\n" in text  # six months after 2026-11-22, less two weeks
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "不少于6个月" in text.replace("\r\n ", "")


def test_the_reminder_counts_months_as_people_do() -> None:
    import datetime as dt

    from filing.reminder import months_later

    assert months_later(dt.date(2026, 8, 31), 6) == dt.date(2027, 2, 28)
    assert months_later(dt.date(2026, 12, 1), 1) == dt.date(2027, 1, 1)


# Nothing breaks it


@given(
    query=st.lists(st.tuples(st.sampled_from([*Question.values, "mode", "x", ""]), st.text(max_size=25)), max_size=8)
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_string_breaks_a_page(client: Client, query: list[tuple[str, str]]) -> None:
    has_nul = any("\x00" in value for _, value in query)  # refused before any page is asked
    for page in ("next/", "plan/", "reminder.ics", "reason/", "insured/"):
        response = client.get(f"/filing/{page}", query)
        assert response.status_code in ({400} if has_nul else {200, 302, 404})
        if response.status_code == 302:
            names = [name for name, _ in parse_qsl(urlsplit(response["Location"]).query, keep_blank_values=True)]
            assert names == sorted(names)
            walk(client, response["Location"])


def test_without_any_rule_the_reader_is_told_whom_to_call(client: Client) -> None:
    from filing.models import Rule

    Rule.objects.all().delete()
    html = html_of(client, PLAN)
    assert 'data-outcome="ask"' in html
    assert "这种情况，本站还没有核到规定" in html
    assert "tel:12393" in html


# Province pages


def test_province_pages_lead_into_the_guide_with_both_ends(client: Client) -> None:
    for province in Province.objects.all():
        html = html_of(client, province.get_absolute_url())
        entries = re.search(r'class="filing-entries".*?</section>', html, re.DOTALL)[0]
        links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', entries)]
        assert any("insured=" in link and "treated=" in link for link in links), province
    for link in links:
        assert client.get(link).status_code == 200, link


def test_the_graph_shows_every_question_rule_and_verdict(tmp_path: Any) -> None:
    from xml.etree import ElementTree

    from filing.models import Rule
    from filing.vocabulary import Slot, Verdict

    picture = tmp_path / "guide.svg"
    call_command("filing_graph", output=picture)
    ids = {element.get("id") for element in ElementTree.parse(picture).iter() if element.get("id")}
    assert set(Question.values) <= ids
    assert {f"verdict-{verdict}" for verdict in Verdict.values} <= ids
    assert set(Rule.objects.filter(slot=Slot.DUTY).values_list("code", flat=True)) <= ids
