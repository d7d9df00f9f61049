"""Sessions that end: after half an hour without a request, twelve hours after login, or when somebody ends them.

The engine of `SESSION_ENGINE`. The end stands in the row, so an ended session is not even loaded.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from publishing.accounts.devices import device_name
from publishing.origin import client_address, network

# A request writes the session again only after this many seconds, so that reading pages is no stream of writes.
NOTE_AGAIN = 60
# In the address of the login page: a session has ended.
ENDED = "ended"


class SessionStore(DatabaseStore):
    """Database sessions with owner, device and end in their rows."""

    @classmethod
    def get_model_class(cls) -> type:
        from publishing.accounts.models import EditorSession

        return EditorSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        now = int(time.time())
        started, seen = data.get("started", now), data.get("seen", now)
        ends = min(started + settings.SESSION_COOKIE_AGE, seen + settings.SESSION_IDLE_SECONDS)
        row.user_id = data.get(SESSION_KEY)
        row.device, row.network = data.get("device", ""), data.get("network", "")
        row.started_at, row.seen_at, row.expire_date = _moment(started), _moment(seen), _moment(ends)
        return row


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def begin(request: HttpRequest) -> None:
    """Notes in a session that was just logged in when it began, on what and from where."""
    now = int(time.time())
    if "started" in request.session:  # logged in anew inside a session, for which Django keeps the key
        request.session.cycle_key()
    request.session.update(
        {
            "started": now,
            "seen": now,
            "device": device_name(request.headers.get("User-Agent", "")),
            "network": network(client_address(request)),
        }
    )


def note_activity(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a request in the admin keeps its session from going idle, and whoever comes with one that ended is
    told so at the login. Public pages never touch a session."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            return get_response(request)
        if SESSION_KEY not in request.session:
            return _say_ended(request, get_response(request))
        now = int(time.time())
        if abs(now - request.session.get("seen", 0)) >= NOTE_AGAIN:
            request.session["seen"] = now
        return get_response(request)

    return middleware


def _say_ended(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The way to the login, marked for somebody whose browser still showed a session."""
    if request.COOKIES.get(settings.SESSION_COOKIE_NAME) and response.status_code == 302:
        login = reverse("admin:login") + "?"
        if response["Location"].startswith(login):
            response["Location"] = response["Location"].replace(login, f"{login}{ENDED}=1&", 1)
    return response


def age(request: HttpRequest) -> dt.timedelta:
    """How long ago this session was logged in."""
    return dt.timedelta(seconds=int(time.time()) - request.session.get("started", 0))


def end(user: Any, mark: str) -> int:
    """Ends the one session with this mark; gives back how many that were."""
    keys = [row.pk for row in _open(user) if row.mark == mark]
    return _open(user).filter(pk__in=keys).delete()[0]


def end_all(user: Any, keep: str | None = None) -> int:
    """Ends the user's sessions, all but the one with this key; gives back how many that were."""
    return _open(user).exclude(pk=keep).delete()[0]


def _open(user: Any) -> Any:
    return SessionStore.get_model_class().objects.open(user)


def tidy() -> str:
    """Housekeeping: forgets sessions that ended."""
    gone = SessionStore.get_model_class().objects.filter(expire_date__lte=timezone.now()).delete()[0]
    return f"{gone} sessions" if gone else ""
