"""How much one network may send: counters in the cache under a name that says nothing about the address tomorrow."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from publishing.origin import client_address, network


class CacheDown(Exception):
    """The cache does not answer, so nobody can be counted."""


@dataclass(frozen=True)
class Limit:
    """At most `count` of something in `period` from one network."""

    name: str
    count: int
    period: dt.timedelta


HOUR = dt.timedelta(hours=1)
ASKING = Limit("ask", 6, HOUR)
LOOKING = Limit("nearest", 120, HOUR)
REPORTING = Limit("report", 10, HOUR)
VOTING = Limit("vote", 60, HOUR)
OPENING_RECEIPTS = Limit("receipt", 20, HOUR)


def network_mark(request: HttpRequest, day: dt.date | None = None) -> str:
    """A short name for the reader's network that is another one every day."""
    salt = f"{settings.SECRET_KEY}|network|{day or timezone.localdate()}"
    return hmac.new(salt.encode(), network(client_address(request)).encode(), hashlib.sha256).hexdigest()[:16]


def allows(limit: Limit, request: HttpRequest, about: str = "") -> bool:
    """Counts this request and says whether it is still within the limit. Atomic: two at once count as two."""
    key = f"limit:{limit.name}:{about}:{network_mark(request)}"
    try:
        cache.add(key, 0, limit.period.total_seconds())
        try:
            return cache.incr(key) <= limit.count
        except ValueError:  # it ran out between the two lines
            cache.add(key, 1, limit.period.total_seconds())
            return True
    except Exception as error:  # whatever a cache client raises, it means that it does not answer
        raise CacheDown from error
