"""What the head of a page says: structured data equal to what people see, and whether it may be listed."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import extruct
import pytest
from django.test import Client

from faq.models import Question
from publishing.models import Availability
from seo.structured import script
from seo.tests.reading import body, page, squeeze, visible
from seo.tests.test_sitemaps import republish
from tests.factories import make_article, make_figure, make_policy, make_question, make_topic

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"


def data(response: Any) -> dict[str, dict[str, Any]]:
    """The JSON-LD of a page by type, as extruct reads it; Baidu's under `baidu`."""
    found = extruct.extract(body(response).decode(), base_url=SITE, syntaxes=["json-ld"])["json-ld"]
    return {item.get("@type", "baidu" if "cambrian" in str(item.get("@context")) else "graph"): item for item in found}


def metas(response: Any) -> dict[str, str]:
    tree = page(response)
    return {meta.get("property") or meta.get("name"): meta.get("content") for meta in tree.cssselect("meta[content]")}


def test_a_question(client: Client, frozen) -> None:
    frozen("2026-12-01")
    make_figure()
    policy = make_policy(
        number="医保发〔2022〕22号", title="通知", issued_on=dt.date(2022, 6, 30), url="https://www.nhsa.gov.cn/a.html"
    )
    question = make_question(policies=[policy], summary="[[filing_days]]内。", steps="先看告知书。[^1]", exceptions="急诊不用等。",
                             verified_on=dt.date(2026, 11, 22))  # fmt: skip
    frozen("2026-12-05")
    republish(question, minor=False)
    response = client.get(question.get_absolute_url())
    found, seen = data(response), visible(page(response))
    assert set(found) == {"FAQPage", "baidu", "BreadcrumbList"}
    faq = found["FAQPage"]
    assert faq["mainEntity"]["@type"] == "Question"
    assert squeeze(faq["mainEntity"]["name"]) in seen
    answer = faq["mainEntity"]["acceptedAnswer"]["text"].splitlines()
    assert answer == ["2个工作日内。", "先看告知书。", "急诊不用等。"]
    assert all(squeeze(line) in seen for line in answer)
    assert (faq["datePublished"], faq["dateModified"]) == ("2026-12-01T12:00:00+08:00", "2026-12-05T12:00:00+08:00")
    assert (found["baidu"]["pubDate"], found["baidu"]["upDate"]) == ("2026-12-01T12:00:00", "2026-12-05T12:00:00")
    assert "2026年12月5日12:00" in seen
    assert faq["lastReviewed"] == "2026-11-22"
    assert faq["reviewedBy"]["@type"] == "Organization"
    (cited,) = faq["citation"]
    assert (cited["@type"], cited["legislationIdentifier"], cited["legislationDate"], cited["url"]) == (
        "Legislation", "医保发〔2022〕22号", "2022-06-30", "https://www.nhsa.gov.cn/a.html",
    )  # fmt: skip
    assert cited["hasPart"] == [{"@type": "Legislation", "name": "第八条"}]


def test_an_article(client: Client) -> None:
    article = make_article()
    found = data(client.get(article.get_absolute_url()))
    assert set(found) == {"Article", "baidu", "BreadcrumbList"}
    assert found["Article"]["headline"] == article.live.title
    assert found["Article"]["image"].endswith("/static/og/filing.png")
    assert found["Article"]["mainEntityOfPage"]["@id"] == SITE + article.get_absolute_url()


def test_the_breadcrumb_is_the_visible_one(client: Client) -> None:
    for path in (
        make_question().get_absolute_url(),
        make_article().get_absolute_url(),
        "/topics/filing/",
        "/about/privacy/",
    ):
        response = client.get(path)
        links = page(response).cssselect(".breadcrumb a")
        items = data(response)["BreadcrumbList"]["itemListElement"]
        assert [(item["name"], item["item"]) for item in items] == [
            (link.text_content(), SITE + link.get("href")) for link in links
        ]


def test_home_and_lists(client: Client) -> None:
    question = make_question()
    graph = data(client.get("/"))["graph"]["@graph"]
    assert [node["@type"] for node in graph] == ["WebSite", "Organization"]
    for path in ("/faq/", "/topics/filing/"):
        collection = data(client.get(path))["CollectionPage"]
        assert [item["url"] for item in collection["mainEntity"]["itemListElement"]] == [
            SITE + question.get_absolute_url()
        ]
        assert "Question" not in json.dumps(collection)


@pytest.mark.parametrize("path", ["/policies/{}/"])
def test_a_policy(client: Client, path: str) -> None:
    policy = make_policy(number="医保发〔2022〕22号")
    about = data(client.get(path.format(policy.pk)))["WebPage"]["about"]
    assert (about["@type"], about["legislationIdentifier"]) == ("Legislation", "医保发〔2022〕22号")


def test_dates_and_pictures_for_those_who_share(client: Client, frozen) -> None:
    frozen("2026-12-01")
    question = make_question()
    found = metas(client.get(question.get_absolute_url()))
    assert found["bytedance:published_time"] == found["bytedance:updated_time"] == "2026-12-01T12:00:00+08:00"
    assert found["applicable-device"] == "pc,mobile"
    assert found["og:title"] == question.live.title
    assert found["og:url"] == SITE + question.get_absolute_url()
    assert found["og:image"] == SITE + "/static/og/filing.png"
    assert found["og:description"] == found["description"]
    assert 40 <= len(found["description"]) <= 80


def test_a_script_cannot_be_left(client: Client) -> None:
    title = "</script><script>alert(1)</script><!--\u2028？"
    question = make_question(title, summary="</SCRIPT ><b>&amp;]]>")
    response = client.get(question.get_absolute_url())
    assert data(response)["FAQPage"]["mainEntity"]["name"] == title
    assert "<script>alert" not in body(response).decode()


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "\x00\x08", "😀", "\u2028\u2029", "&lt;", "题" * 10_000])
def test_json_ld_reads_back(text: str) -> None:
    made = script({"name": text})
    inside = re.fullmatch(r'<script type="application/ld\+json">(.*)</script>', made)[1]
    assert json.loads(inside)["name"] == text.replace("\x00", "").replace("\x08", "")
    assert not set("<>&\u2028\u2029") & set(inside)


def test_ended_and_missing_pages_say_nothing(client: Client) -> None:
    question = make_question()
    found = Question.objects.filter(pk=question.pk)
    for availability in (Availability.WITHDRAWN, Availability.GONE):
        found.update(availability=availability, withdrawn_on=dt.date(2026, 12, 1))
        response = client.get(question.get_absolute_url())
        assert set(data(response)) <= {"BreadcrumbList"}
        assert "og:title" not in metas(response)
        assert metas(response)["robots"] == "noindex"
    for path in ("/faq/999/", "/topics/none/", "/nothing/"):
        assert data(client.get(path)) == {}


@pytest.mark.parametrize("path", ["/faq/?topic=filing", "/faq/?mode=large", "/search/?q=a", "/filing/?step=2", "/filing/x/", "/ask/x/", "/admin/login/"])  # fmt: skip
def test_not_to_be_listed(client: Client, path: str) -> None:
    make_topic()
    assert client.get(path)["X-Robots-Tag"].startswith("noindex")


@pytest.mark.parametrize(
    "path", ["/", "/faq/", "/faq/?page=1", "/faq/?from=singlemessage", "/topics/filing/", "/about/"]
)
def test_to_be_listed(client: Client, path: str) -> None:
    make_topic()
    response = client.get(path)
    assert "X-Robots-Tag" not in response
    assert page(response).cssselect('link[rel="canonical"]')[0].get("href") == SITE + path.partition("?")[0]


def test_following_pages_are_their_own_canonical_and_differ(client: Client) -> None:
    for number in range(21):
        make_question(f"问{number}？")
    first, second = client.get("/faq/"), client.get("/faq/?page=2")
    assert page(second).cssselect('link[rel="canonical"]')[0].get("href") == f"{SITE}/faq/?page=2"
    assert "X-Robots-Tag" not in second
    assert metas(first)["description"] != metas(second)["description"]
    assert client.get("/faq/?page=3").status_code == 404


def test_public_pages_are_not_to_be_transformed_and_cost_304(client: Client) -> None:
    question = make_question()
    for path in ("/", "/faq/", question.get_absolute_url(), "/topics/filing/", "/about/"):
        response = client.get(path)
        assert "no-transform" in response["Cache-Control"]
        assert client.get(path, headers={"if-none-match": response["ETag"]}).status_code == 304


def test_ends_of_a_page(client: Client, settings) -> None:
    one, two, three = make_question("一？"), make_question("二？"), make_question("三？")
    found = Question.objects.filter(pk=one.pk)
    found.update(availability=Availability.MERGED, replaced_by=three)
    response = client.get(one.get_absolute_url())
    assert (response.status_code, response["Location"]) == (301, three.get_absolute_url())
    assert client.get(three.get_absolute_url()).status_code == 200
    found.update(availability=Availability.GONE, replaced_by=None)
    assert client.get(one.get_absolute_url()).status_code == 410
    settings.GONE_STATUS = 404
    assert client.get(one.get_absolute_url()).status_code == 404
    Question.objects.filter(pk=two.pk).update(availability=Availability.UNPUBLISHED)
    assert client.get(two.get_absolute_url()).status_code == 404
