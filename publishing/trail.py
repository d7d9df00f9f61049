"""The trail that people leave: who came in, who was refused, who got or lost a right. Rows of `AuditEvent`.

The database refuses to change or delete a row (publishing/append_only.py). Each row is also one line of the log
`security` with the same words, so that a copy can be kept on another machine. Addresses are cut to their network; passwords, and names of
accounts that do not exist, are never written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import m2m_changed, post_save, pre_save
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from publishing.models import AuditEvent
from publishing.origin import client_address, network

security = logging.getLogger("security")
# What is about people and not about pages ends after RETENTION_DAYS["security"]; the history of pages stays.
ABOUT_PEOPLE = (
    "login", "logout", "login_failed", "lockout", "unlock", "new_device", "denied", "sessions_ended", "second_factor",
    "second_factor_failed", "second_factor_off", "second_factor_reset", "recovery_code", "recovery_codes_renewed", "permissions", "user",
)  # fmt: skip

# Who acts in this request; signals of models do not say.
_request: ContextVar[HttpRequest | None] = ContextVar("trail_request", default=None)
MOST = 30
# Six months, which the law asks for; publishing/append_only.py holds the database to it.
LEAST_DAYS = 183
WATCHED = ("is_active", "is_staff", "is_superuser", "username", "email")


def remember_actor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: lets the trail know who changes rights in the admin, and notes what was refused there."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            return get_response(request)
        token = _request.set(request)
        try:
            response = get_response(request)
            if response.status_code == 403 and _actor() is not None:
                write("denied", None, _actor(), path=request.path[:200], method=request.method, network=_place(request))
            return response
        finally:
            _request.reset(token)

    return middleware


def current_request() -> HttpRequest | None:
    """The request in the admin that is being answered, for signals of models, which do not say."""
    return _request.get()


def _actor() -> Any | None:
    user = getattr(_request.get(), "user", None)
    return user if user is not None and user.is_authenticated else None


def _place(request: HttpRequest | None) -> str:
    return network(client_address(request)) if request is not None else ""


def write(action: str, about: Any | None, actor: Any | None, **details: Any) -> AuditEvent:
    """Adds a row, and a line of the log."""
    kind = ContentType.objects.get_for_model(about) if about is not None else None
    event = AuditEvent.objects.create(
        action=action,
        actor=actor,
        content_type=kind,
        object_id=about.pk if about is not None else None,
        details=details,
    )
    subject = f"{kind.model}:{about.pk}" if kind else None
    security.info(action, extra={"actor": actor and actor.pk, "about": subject, "details": details})
    return event


def write_attempt(action: str, request: HttpRequest | None, name: str | None) -> None:
    """Notes the account that was tried, if there is one; anything else typed there may be a secret, so only a mark of
    it is kept, which tells whether the same was tried again."""
    name = str(name or "")[:150]
    user = get_user_model().objects.filter(username=name).first()
    mark = hmac.new(settings.SECRET_KEY.encode(), name.encode(), hashlib.sha256).hexdigest()[:8]
    write(action, user, None, name=name if user else f"没有这个账号（标记 {mark}）", network=_place(request))


def logged_out(sender: Any, user: Any, **_: Any) -> None:
    if user is not None:
        write("logout", user, user)


def login_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """A wrong password; while a lock lasts, nothing is looked at and nothing is noted."""
    looked_at = getattr(request, "axes_failures_since_start", None) is not None
    if looked_at or not getattr(request, "axes_locked_out", False):
        write_attempt("login_failed", request, credentials.get(get_user_model().USERNAME_FIELD))


def rights_changed(
    sender: Any, instance: Any, action: str, pk_set: set[int] | None, model: Any, reverse: bool, **_: Any
) -> None:
    """A user's groups or rights, or a group's rights."""
    if action == "pre_clear":
        names = _names(_related(instance, sender, reverse))
        if names:
            write("permissions", instance, _actor(), who=str(instance), removed=names)
    elif action in {"post_add", "post_remove"} and pk_set:
        names = _names(model.objects.filter(pk__in=pk_set))
        write(
            "permissions",
            instance,
            _actor(),
            who=str(instance),
            **{"added" if action == "post_add" else "removed": names},
        )


def _names(rows: Any) -> list[str]:
    """Rights by code name, people and groups by name; a long list is cut, with its length."""
    names = sorted(getattr(row, "codename", None) or str(row) for row in rows)
    return names if len(names) <= MOST else [*names[:MOST], f"……共{len(names)}项"]


def _related(instance: Any, through: Any, reverse: bool) -> Any:
    for field in [*instance._meta.many_to_many, *instance._meta.related_objects]:
        if (
            getattr(field, "through", None) is through
            or getattr(getattr(field, "remote_field", None), "through", None) is through
        ):
            name = field.get_accessor_name() if reverse and hasattr(field, "get_accessor_name") else field.name
            return getattr(instance, name).all()
    return []


def remember_user(sender: Any, instance: Any, **_: Any) -> None:
    instance._before = (
        sender.objects.filter(pk=instance.pk).values(*WATCHED, "password").first() if instance.pk else None
    )


def user_changed(sender: Any, instance: Any, created: bool, raw: bool = False, **_: Any) -> None:
    """A new account, or a change of one that matters; never the password itself."""
    if raw:
        return
    before = getattr(instance, "_before", None)
    changes: dict[str, Any] = {}
    if before:
        changes = {
            name: [str(before[name]), str(getattr(instance, name))]
            for name in WATCHED
            if before[name] != getattr(instance, name)
        }
        if before["password"] != instance.password:
            changes["password"] = "changed"  # noqa: S105 - a word, not a secret
    if created or changes:
        write("user", instance, _actor(), name=instance.get_username(), **changes)


def forget() -> str:
    """Housekeeping: what is about people goes after RETENTION_DAYS["security"], never before six months."""
    days = max(settings.RETENTION_DAYS["security"], LEAST_DAYS)
    old = AuditEvent.objects.filter(action__in=ABOUT_PEOPLE, at__lt=timezone.now() - dt.timedelta(days=days))
    gone = old.delete()[0]
    return f"{gone} events" if gone else ""


def connect() -> None:
    """Starts listening; called once when the app loads."""
    user = get_user_model()
    user_logged_out.connect(logged_out, dispatch_uid="trail.out")
    user_login_failed.connect(login_failed, dispatch_uid="trail.failed")
    for through in (user.groups.through, user.user_permissions.through, Group.permissions.through):
        m2m_changed.connect(rights_changed, sender=through, dispatch_uid=f"trail.{through.__name__}")
    pre_save.connect(remember_user, sender=user, dispatch_uid="trail.before")
    post_save.connect(user_changed, sender=user, dispatch_uid="trail.user")
