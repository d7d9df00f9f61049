"""What happens by itself when somebody logs in, or when an account changes, whoever changes it and wherever."""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import m2m_changed, post_save
from django.http import HttpRequest

from publishing import trail
from publishing.accounts import second_factor, sessions
from publishing.accounts.lockout import locked_out
from publishing.accounts.notices import tell
from publishing.models import AuditEvent

ENDS_SESSIONS = ("password", "is_active", "is_staff", "is_superuser")


def logged_in(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """Starts the session's clock, asks for the second factor where there is one, and notes who came from where."""
    sessions.begin(request)
    if second_factor.device_of(user):
        request.session[second_factor.PENDING] = True
    place = {"device": request.session["device"], "network": request.session["network"]}
    is_known = AuditEvent.objects.filter(
        action="login", actor=user, details__device=place["device"], details__network=place["network"]
    ).exists()
    trail.write("login", user, user, **place)
    if not is_known:
        trail.write("new_device", user, user, **place)
        tell(user, "新设备登录", f"有人在“{place['device']}”登录，网络 {place['network']}，以前没有见过。")


def account_changed(
    sender: Any, instance: Any, created: bool, update_fields: Any = None, raw: bool = False, **_: Any
) -> None:
    """A new password, or an account that is closed or gets other rights, ends its sessions."""
    before = getattr(instance, "_before", None)
    # Django stores the same password anew, alone, when its hashing becomes stronger; nothing changed for its owner.
    if raw or not before or set(update_fields or ()) == {"password"}:
        return
    if any(before[name] != getattr(instance, name) for name in ENDS_SESSIONS):
        _end(instance)
    if before["password"] != instance.password:
        tell(instance, "密码改了", "密码被修改，其他地方的登录都已结束。")


def rights_changed(
    sender: Any, instance: Any, action: str, reverse: bool, model: Any, pk_set: set[int] | None, **_: Any
) -> None:
    """Other groups or rights: whoever got or lost them logs in again."""
    if action not in {"post_add", "post_remove", "pre_clear"} or (action != "pre_clear" and not pk_set):
        return
    if not reverse:
        people = [instance]
    elif pk_set:
        people = model.objects.filter(pk__in=pk_set)
    else:
        people = instance.user_set.all()
    for user in people:
        _end(user)


def _end(user: Any) -> None:
    """All but the session in which the user is doing it."""
    request = trail.current_request()
    own = request is not None and getattr(request, "user", None) == user
    sessions.end_all(user, keep=request.session.session_key if own else None)


def connect() -> None:
    """Starts listening; called once when the app loads. Signals, because the admin, the shell and commands all count."""
    user = get_user_model()
    user_logged_in.connect(logged_in, dispatch_uid="accounts.in")
    user_locked_out.connect(locked_out, dispatch_uid="accounts.locked")
    post_save.connect(account_changed, sender=user, dispatch_uid="accounts.changed")
    for through in (user.groups.through, user.user_permissions.through):
        m2m_changed.connect(rights_changed, sender=through, dispatch_uid=f"accounts.{through.__name__}")
