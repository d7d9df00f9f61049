"""After wrong passwords: who must wait, and until when. Counted by django-axes in the database, for all processes.

Three counts over a quarter of an hour. An account from one address: five. An address, whatever the names: thirty. An
account from everywhere: ten, and then only one attempt in half a minute, except from networks where its owner has
logged in before; so an attacker can slow strangers down, never lock the owner out of their usual place.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.contrib import admin
from django.db.models import Max, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from publishing import trail
from publishing.models import AuditEvent
from publishing.origin import client_address, network

LASTS = dt.timedelta(minutes=15)
PAUSE = dt.timedelta(seconds=30)
PAIR, ADDRESS, ACCOUNT = 5, 30, 10


class LoginGuard(AxesDatabaseHandler):
    """Axes with these three counts; it compares what this gives back with AXES_FAILURE_LIMIT, which is 1."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        return int(waits_until(request, get_client_username(request, credentials)) is not None)


def waits_until(request: HttpRequest, username: str | None) -> dt.datetime | None:
    """Until when this visitor may not try this name; None if now."""
    now, address = timezone.now(), request.axes_ip_address
    same_name, same_address = Q(username=username), Q(ip_address=address)
    counted: dict[str, Any] = {}
    for name, which in {"pair": same_name & same_address, "address": same_address, "account": same_name}.items():
        counted |= {name: Sum("failures_since_start", filter=which), f"{name}_at": Max("attempt_time", filter=which)}
    found = AccessAttempt.objects.filter(same_name | same_address, attempt_time__gt=now - LASTS).aggregate(**counted)
    ends = []
    if (found["pair"] or 0) >= PAIR:
        ends.append(found["pair_at"] + LASTS)
    if (found["address"] or 0) >= ADDRESS:
        ends.append(found["address_at"] + LASTS)
    if (found["account"] or 0) >= ACCOUNT and not _is_usual_place(username, request):
        ends.append(found["account_at"] + PAUSE)
    return max((end for end in ends if end > now), default=None)


def _is_usual_place(username: str | None, request: HttpRequest) -> bool:
    place = network(client_address(request))
    return AuditEvent.objects.filter(action="login", actor__username=username, details__network=place).exists()


def page(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """The page of somebody who must wait, with the time at which waiting ends. The same for names that do not exist."""
    until = waits_until(request, get_client_username(request, credentials)) or timezone.now() + PAUSE
    seconds = max(int((until - timezone.now()).total_seconds()) + 1, 1)
    context = {**admin.site.each_context(request), "until": until, "title": "请稍后再登录"}
    shown = render(request, "admin/accounts/locked.html", context, status=429)
    shown["Retry-After"] = str(seconds)
    return shown


def locked_out(sender: Any, request: HttpRequest, username: str | None, **_: Any) -> None:
    """Notes that a lock began; attempts while it lasts say nothing new."""
    if request.axes_failures_since_start is not None:
        trail.write_attempt("lockout", request, username)


def unlock(username: str, actor: Any, user: Any) -> int:
    """Forgets the wrong passwords of an account, because an administrator says so."""
    gone = AccessAttempt.objects.filter(username=username).delete()[0]
    trail.write("unlock", user, actor)
    return gone


def tidy() -> str:
    """Housekeeping: addresses and names of failed logins are kept as long as they count, not longer."""
    gone = AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - LASTS).delete()[0]
    return f"{gone} failed logins" if gone else ""
