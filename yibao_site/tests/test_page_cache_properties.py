"""Whatever a request looks like, and whatever came before it: the page cache says what Django says."""

from __future__ import annotations

import gzip
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publishing import version
from tests.factories import make_article, make_province, make_question
from tests.wsgi import Reply, Site
from yibao_site.page_cache.addresses import canonical_query
from yibao_site.page_cache.negotiation import PREFERRED, coding, is_known, is_unchanged

# The same on every database.
pytestmark = pytest.mark.sqlite

SAME = ("content-type", "cache-control", "x-robots-tag", "link", "location")
PATHS = [
    "/", "/faq/", "/faq/7/", "/faq/7", "/faq/8/", "/faq/7.md", "/articles/", "/topics/filing/", "/provinces/jiangsu/",
    "/filing/", "/filing/plan/", "/ask/", "/feed.atom", "/api/v1/questions/", "/search/", "/nothing/", "//faq/7/", "/faq/7/;a",
]  # fmt: skip
NAMES = [
    "mode",
    "related",
    "topic",
    "province",
    "page",
    "after",
    "q",
    "limit",
    "cursor",
    "utm_source",
    "MODE",
    "",
    "中",
]
VALUES = [
    "",
    "large",
    "elder",
    "standard",
    "1",
    "2",
    "02",
    "-1",
    "99",
    "filing",
    "jiangsu",
    "none",
    "two words",
    "２",
    "\x00",
    "a" * 90,
]
pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.text(max_size=8))
queries = st.lists(pairs, max_size=5).map(
    lambda found: "&".join(f"{quote(name)}={quote(value, errors='replace')}" for name, value in found)
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_ACCEPT_ENCODING": st.sampled_from(
            ["br", "gzip, br", "gzip;q=0", "identity;q=0", "*", "br;q=0.1, gzip", "x"]
        ),
        "HTTP_COOKIE": st.sampled_from(["sessionid=stolen", "mode=elder", "messages=x; csrftoken=y"]),
        "HTTP_X_FORWARDED_HOST": st.just("evil.example"),
        "HTTP_X_FORWARDED_PROTO": st.sampled_from(["https", "http", "ftp"]),
        "HTTP_ACCEPT_LANGUAGE": st.just("en"),
        "HTTP_RANGE": st.sampled_from(["bytes=0-0", "bytes=-1", "lines=1"]),
        "HTTP_USER_AGENT": st.text(st.characters(max_codepoint=255), max_size=20),
        "HTTP_REFERER": st.just("https://evil.example/"),
    },
)


@pytest.fixture
def site(db: None) -> Site:
    make_question(pk=7, provinces=[make_province()])
    make_article()
    return Site()


def uncoded(reply: Reply) -> bytes:
    return gzip.decompress(reply.body) if reply.headers.get("content-encoding") == "gzip" else reply.text.encode()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), query=queries, method=st.sampled_from(["GET", "GET", "HEAD"]), sent=headers)
def test_it_says_what_django_says(site: Site, path: str, query: str, method: str, sent: dict[str, str]) -> None:
    canonical = canonical_query(path, query)
    expected = site.fresh(f"{path}?{canonical}") if canonical is not None else site.fresh(f"{path}?{query}", method)
    for _ in range(2):
        reply = site.get(f"{path}?{query}", method, **sent)
        assert reply.status == expected.status
        assert {name: reply.headers.get(name) for name in SAME} == {name: expected.headers.get(name) for name in SAME}
        if method == "GET":
            assert uncoded(reply) == expected.body
        elif reply.cache != "bypass":
            assert reply.body == b""
        assert reply.cache == "bypass" or "set-cookie" not in reply.headers
        assert (reply.cache == "bypass") is (canonical is None or expected.status not in {200, 301})
    assert len(site.memory) <= 60


@given(path=st.sampled_from(PATHS), query=st.text(max_size=60) | queries)
def test_a_canonical_query_is_its_own_canonical_query(path: str, query: str) -> None:
    found = canonical_query(path, query)
    assert found is None or canonical_query(path, found) == found


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["br", "gzip", "*", ";q=0", "identity", ";q=x", ",", " "])).map("".join)
)
def test_any_accept_encoding_gets_a_coding_that_is_not_refused(accepted: str) -> None:
    best = coding(accepted)
    assert best in PREFERRED
    if best != "identity":
        assert best in accepted.lower() or "*" in accepted or "x-gzip" in accepted.lower()


@pytest.mark.parametrize(
    ("accepted", "best"),
    [
        (None, "identity"), ("", "identity"), ("br", "br"), ("gzip, deflate, br, zstd", "br"), ("gzip, deflate", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"), ("br;q=0", "identity"), ("*", "br"), ("*;q=0", "identity"), ("gzip;q=0, *", "br"),
        ("identity;q=1, br;q=0.5", "identity"), ("identity;q=0", "identity"), ("x-gzip", "gzip"), ("GZIP", "gzip"),
        ("br;q=2", "identity"), ("br ; q = 1", "br"), ("deflate", "identity"), ("br," * 200, "identity"),
    ],
)  # fmt: skip
def test_accept_encoding_is_read_as_the_standard_says(accepted: str | None, best: str) -> None:
    assert coding(accepted) == best


@given(st.text(max_size=80))
def test_any_validator_is_read_without_error(text: str) -> None:
    assert is_known('"tag"', text) is (
        text.strip() == "*" or '"tag"' in [p.strip().removeprefix("W/") for p in text.split(",")]
    )
    assert is_unchanged(10**10, text) is False


def test_the_version_is_known_here(site: Site) -> None:
    """Else everything would pass by, and the properties above would say nothing."""
    assert version.current()
