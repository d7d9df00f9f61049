"""Counting networks without knowing anybody."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.test import RequestFactory

from feedback.limits import CacheDown, Limit, allows, network_mark
from publishing.origin import client_address, network

LIMIT = Limit("test", 5, dt.timedelta(hours=1))


def request_from(address: str, **headers: str):
    return RequestFactory().post("/ask/", REMOTE_ADDR=address, headers=headers)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("203.0.113.1", "203.0.113.0"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2ff:aaaa::1", "2001:db8:1:200::"),
        ("not an address", "unknown"),
        ("", "unknown"),
    ],
)
def test_only_the_network_counts(address: str, expected: str) -> None:
    assert network(address) == expected


def test_the_name_of_a_network_changes_every_day(frozen) -> None:
    frozen("2026-11-22")
    today = network_mark(request_from("203.0.113.77"))
    assert today == network_mark(request_from("203.0.113.200"))
    assert today != network_mark(request_from("203.0.114.77"))
    frozen("2026-11-23")
    assert network_mark(request_from("203.0.113.77")) != today


def test_forwarded_addresses_are_believed_only_from_our_own_proxies(settings) -> None:
    request = request_from("127.0.0.1", **{"x-forwarded-for": "198.51.100.9, 203.0.113.77"})
    settings.TRUSTED_PROXIES = 0
    assert client_address(request) == "127.0.0.1"
    settings.TRUSTED_PROXIES = 1
    assert client_address(request) == "203.0.113.77"  # what the reader wrote before it is not believed
    settings.TRUSTED_PROXIES = 2
    assert client_address(request) == "198.51.100.9"
    settings.TRUSTED_PROXIES = 3
    assert client_address(request) == "127.0.0.1"


def test_the_limit_ends_after_its_period(frozen) -> None:
    frozen("2026-11-22T10:00")
    request = request_from("203.0.113.77")
    assert [allows(LIMIT, request) for _ in range(7)] == [True] * 5 + [False] * 2
    assert allows(LIMIT, request_from("198.51.100.9"))
    assert allows(LIMIT, request, about="another-page")


@pytest.mark.redis
def test_many_at_once_are_counted_exactly_in_redis(settings) -> None:
    _count_in_threads()


def test_many_at_once_are_counted_exactly() -> None:
    _count_in_threads()


def _count_in_threads() -> None:
    cache.clear()
    with ThreadPoolExecutor(8) as pool:
        allowed = list(pool.map(lambda _: allows(LIMIT, request_from("203.0.113.77")), range(80)))
    assert sum(allowed) == LIMIT.count


def test_a_cache_that_is_down_is_said_so(monkeypatch) -> None:
    def broken(*args, **options):
        raise ConnectionError("no route")

    monkeypatch.setattr(
        type(cache._connections["default"]) if hasattr(cache, "_connections") else LocMemCache, "add", broken
    )
    with pytest.raises(CacheDown):
        allows(LIMIT, request_from("203.0.113.77"))
