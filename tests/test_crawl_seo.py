"""A crawler of our own walks the whole site with its real content, as a search engine would."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import extruct
import pytest
from django.test import Client

from publishing import registry, version
from seo.tests.reading import addresses, body, local, squeeze, visible, xml
from seo.tests.reading import page as parse
from seo.tests.test_markdown import words

# Which database it is shows nowhere on a page; test_crawl.py looks at all of them on both.
pytestmark = [pytest.mark.usefixtures("content"), pytest.mark.slow, pytest.mark.sqlite]
SITE = "http://127.0.0.1:8000"
NOT_PAGES = re.compile(r"^/(admin|static|media)/|\.(ics|md|atom|json|xml|txt|svg)$")
MACHINE_FILES = ["/robots.txt", "/sitemap.xml", "/sitemap.txt", "/llms.txt", "/feed.atom", "/feed.json", "/api/v1/",
                 "/api/v1/questions/", "/api/v1/openapi.json", "/.well-known/security.txt"]  # fmt: skip

# What of a page must stand in its Markdown twin.
PARTS = ("h1, [data-short-answer], .scope li, .steps li, .checklist li, .prose p, .prose li, .prose td, .prose th, .prose h2, "
         ".exceptions li, .notice, .source li")  # fmt: skip


@dataclass
class Visit:
    """One fetched page."""

    path: str
    clicks: int
    status: int
    etag: str
    headers: Any
    html: str
    tree: Any

    def meta(self, name: str) -> str:
        found = self.tree.cssselect(f'meta[name="{name}"], meta[property="{name}"]')
        return found[0].get("content") if found else ""

    @property
    def canonical(self) -> str:
        return self.tree.cssselect('link[rel="canonical"]')[0].get("href")

    @property
    def is_listed(self) -> bool:
        hidden = "noindex" in self.headers.get("X-Robots-Tag", "") or "noindex" in self.meta("robots")
        return self.status == 200 and not hidden

    def links(self) -> list[str]:
        found = [
            link.get("href") for link in self.tree.cssselect("a[href]") if "nofollow" not in (link.get("rel") or "")
        ]
        paths = [urljoin(SITE + self.path, href).partition("#")[0] for href in found]
        return [local(path) for path in paths if path.startswith(SITE + "/")]


def fetch(client: Client, path: str, clicks: int) -> Visit:
    response = client.get(path)
    return Visit(
        path,
        clicks,
        response.status_code,
        response.get("ETag", ""),
        response.headers,
        body(response).decode(),
        parse(response),
    )


_walked: dict[str, Visit] = {}


@pytest.fixture
def walk(client: Client) -> dict[str, Visit]:
    """Every page that can be reached from home by links, breadth first; walked once for all tests of this file."""
    if not _walked:
        version.forget()
        queue = [("/", 0)]
        for path, clicks in queue:
            if path in _walked or NOT_PAGES.search(path.partition("?")[0]):
                continue
            visit = _walked[path] = fetch(client, path, clicks)
            if visit.is_listed:
                queue += [(link, clicks + 1) for link in visit.links()]
    return _walked


@pytest.fixture
def documents(walk: dict[str, Visit]) -> list[tuple[Any, Visit]]:
    """Every live document with its page."""
    return [(document, walk[document.get_absolute_url()]) for document in registry.live_documents()]


def test_no_link_is_broken_and_no_redirect_is_linked(walk: dict[str, Visit]) -> None:
    assert len(walk) > 250
    assert {path: visit.status for path, visit in walk.items() if visit.status != 200} == {}


def test_the_sitemap_holds_every_listed_page_and_nothing_else(walk: dict[str, Visit], client: Client) -> None:
    in_sitemap = {local(address) for address in addresses(client)}
    listed = {path for path, visit in walk.items() if visit.is_listed}
    following = {path for path in listed if re.fullmatch(r"/\w+/\?page=\d+", path)}
    assert listed - following == in_sitemap
    assert {document.get_absolute_url() for document in registry.live_documents()} <= in_sitemap


def test_every_page_is_within_three_clicks(walk: dict[str, Visit], client: Client) -> None:
    far = {local(address): walk[local(address)].clicks for address in addresses(client)}
    assert {path: clicks for path, clicks in far.items() if clicks > 3} == {}


def test_every_canonical_is_the_page_itself(walk: dict[str, Visit]) -> None:
    wrong = {
        path: visit.canonical for path, visit in walk.items() if visit.is_listed and visit.canonical != SITE + path
    }
    assert wrong == {}


def test_titles_are_unique_and_honest(walk: dict[str, Visit]) -> None:
    titles = {path: visit.tree.findtext(".//title") for path, visit in walk.items() if visit.is_listed}
    assert len(set(titles.values())) == len(titles)
    for path, title in titles.items():
        assert "异地就医问答" in title, path
        assert "官网" not in title, path
        assert "官方" not in title, path


def test_titles_name_question_section_and_site(documents: list[tuple[Any, Visit]]) -> None:
    for document, visit in documents:
        title, section, site = visit.tree.findtext(".//title").rsplit(" - ", 2)
        assert title == document.live.title
        assert section
        assert site == "异地就医问答"


def test_descriptions_have_forty_to_eighty_characters(walk: dict[str, Visit]) -> None:
    lengths = {path: len(visit.meta("description")) for path, visit in walk.items() if visit.is_listed}
    assert {path: length for path, length in lengths.items() if not 40 <= length <= 80} == {}


def test_what_is_shared_is_what_the_page_says(walk: dict[str, Visit]) -> None:
    for path, visit in walk.items():
        if visit.is_listed:
            assert visit.meta("og:url") == visit.canonical, path
            assert visit.meta("og:description") == visit.meta("description"), path
            assert visit.meta("og:title") in visit.tree.findtext(".//title"), path
            assert visit.meta("og:image").startswith(f"{SITE}/static/og/"), path
            assert visit.meta("applicable-device") == "pc,mobile"


def test_json_ld_equals_what_people_see(documents: list[tuple[Any, Visit]]) -> None:
    for _, visit in documents:
        found = extruct.extract(visit.html, base_url=SITE, syntaxes=["json-ld"])["json-ld"]
        by_type = {item.get("@type", "baidu"): item for item in found}
        assert len(found) == len(by_type) == 3
        main = by_type.get("FAQPage") or by_type["Article"]
        seen, baidu = visible(visit.tree), by_type["baidu"]
        if "FAQPage" in by_type:
            assert main["mainEntity"]["name"] == visit.tree.findtext(".//h1")
            answer = main["mainEntity"]["acceptedAnswer"]["text"].splitlines()
            assert answer[0] == visit.tree.cssselect("[data-short-answer]")[0].text_content()
            assert [line for line in answer if squeeze(line) not in seen] == []
        else:
            assert main["headline"] == visit.tree.findtext(".//h1")
        times = {time.get("datetime"): squeeze(time.text_content()) for time in visit.tree.cssselect("main time")}
        assert main["dateModified"] in times, visit.path
        assert baidu["upDate"] + "+08:00" == main["dateModified"] == visit.meta("bytedance:updated_time")
        assert baidu["pubDate"] + "+08:00" == main["datePublished"] == visit.meta("bytedance:published_time")
        review = main if "FAQPage" in by_type else main["mainEntityOfPage"]
        assert review["lastReviewed"] == visit.tree.cssselect("[data-verified-on]")[0].get("datetime")
        cited = {squeeze(item["name"]) for item in main["citation"]}
        assert cited
        assert all(name in seen for name in cited)
        assert all(item["url"].startswith("https://") or item["url"].startswith(SITE) for item in main["citation"])


def test_every_question_is_marked_up_once_on_the_whole_site(walk: dict[str, Visit]) -> None:
    names = [name for visit in walk.values() for name in re.findall(r'"@type":"Question","name":"([^"]+)"', visit.html)]
    assert len(names) == len(set(names)) == registry.content_type("question").model.objects.live().count()
    assert not any(word in visit.html for visit in walk.values() for word in ("QAPage", 'HowTo"', "MedicalWebPage"))


def test_breadcrumbs_are_the_visible_ones(walk: dict[str, Visit]) -> None:
    for visit in walk.values():
        found = extruct.extract(visit.html, base_url=SITE, syntaxes=["json-ld"])["json-ld"]
        trails = [item["itemListElement"] for item in found if item.get("@type") == "BreadcrumbList"]
        seen = [(link.text_content(), SITE + link.get("href")) for link in visit.tree.cssselect(".breadcrumb a")]
        assert [[(item["name"], item["item"]) for item in trail] for trail in trails] == (
            [seen] if len(seen) > 1 else []
        )


def test_every_feed_is_valid(walk: dict[str, Visit], client: Client) -> None:
    feeds = {
        link.get("href")
        for visit in walk.values()
        for link in visit.tree.cssselect('link[type="application/atom+xml"]')
    }
    assert len(feeds) == 1 + 19 + 32
    for feed in feeds:
        xml(client.get(local(feed)), "atom.rng")


def test_every_twin_says_what_its_page_says(documents: list[tuple[Any, Visit]], client: Client) -> None:
    """Each sentence of each page: answer, steps, lists, text, notices, sources and dates."""
    for _, visit in documents:
        tree = copy.deepcopy(visit.tree)
        response = client.get(local(tree.cssselect('link[type="text/markdown"]')[0].get("href")))
        assert response["Link"] == f'<{visit.canonical}>; rel="canonical"'
        text = body(response).decode()
        said = words(text)
        for mark in tree.cssselect("sup"):
            mark.text, mark[:] = f"[^{mark.text_content()}]", []
        parts = [part for part in tree.cssselect(PARTS) if not part.cssselect("li")]
        assert len(parts) > 5
        missing = [piece for part in parts for piece in part.itertext() if squeeze(piece).strip("：:") not in said]
        assert missing == [], visit.path
        for time in tree.cssselect("time[data-verified-on], time[data-review-due], time[data-changed-at]"):
            assert time.get("datetime") in text


def test_a_second_crawl_costs_only_304s(walk: dict[str, Visit], client: Client) -> None:
    for path, visit in walk.items():
        if visit.headers.get("Cache-Control") == "no-store":
            assert not visit.is_listed
            continue
        assert visit.etag, path
        again = client.get(path, headers={"if-none-match": visit.etag})
        changed = (
            set(body(again).decode().splitlines()) ^ set(visit.html.splitlines()) if again.status_code == 200 else ()
        )
        assert (path, again.status_code, sorted(changed)) == (path, 304, [])
    children = [local(address) for address in re.findall("<loc>(.+?)</loc>", body(client.get("/sitemap.xml")).decode())]
    for path in [*MACHINE_FILES, *children]:
        etag = client.get(path)["ETag"]
        assert client.get(path, headers={"if-none-match": etag}).status_code == 304, path
