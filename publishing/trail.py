"""The trail that people leave: who came in, who was refused, who got or lost a right. Rows of `AuditEvent`."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import m2m_changed, post_save, pre_save
from django.http import HttpRequest, HttpResponse

from publishing.models import AuditEvent

# Who acts in this request; signals of models do not say.
_request: ContextVar[HttpRequest | None] = ContextVar("trail_request", default=None)
MOST = 30
WATCHED = ("is_active", "is_staff", "is_superuser", "username", "email")


def remember_actor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: lets the trail know who changes rights in the admin."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            return get_response(request)
        token = _request.set(request)
        try:
            return get_response(request)
        finally:
            _request.reset(token)

    return middleware


def _actor() -> Any | None:
    user = getattr(_request.get(), "user", None)
    return user if user is not None and user.is_authenticated else None


def _write(action: str, about: Any | None, actor: Any | None, **details: Any) -> None:
    kind = ContentType.objects.get_for_model(about) if about is not None else None
    AuditEvent.objects.create(
        action=action,
        actor=actor,
        content_type=kind,
        object_id=about.pk if about is not None else None,
        details=details,
    )


def logged_in(sender: Any, user: Any, **_: Any) -> None:
    _write("login", user, user)


def logged_out(sender: Any, user: Any, **_: Any) -> None:
    if user is not None:
        _write("logout", user, user)


def login_failed(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    """Notes the account that was tried, if there is one; anything else typed there may be a secret."""
    name = str(credentials.get(get_user_model().USERNAME_FIELD) or "")[:150]
    user = get_user_model().objects.filter(username=name).first()
    _write("login_failed", user, None, name=name if user else "没有这个账号")


def rights_changed(
    sender: Any, instance: Any, action: str, pk_set: set[int] | None, model: Any, reverse: bool, **_: Any
) -> None:
    """A user's groups or rights, or a group's rights."""
    if action == "pre_clear":
        names = _names(_related(instance, sender, reverse))
        if names:
            _write("permissions", instance, _actor(), who=str(instance), removed=names)
    elif action in {"post_add", "post_remove"} and pk_set:
        names = _names(model.objects.filter(pk__in=pk_set))
        _write(
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
        _write("user", instance, _actor(), name=instance.get_username(), **changes)


def connect() -> None:
    """Starts listening; called once when the app loads."""
    user = get_user_model()
    user_logged_in.connect(logged_in, dispatch_uid="trail.in")
    user_logged_out.connect(logged_out, dispatch_uid="trail.out")
    user_login_failed.connect(login_failed, dispatch_uid="trail.failed")
    for through in (user.groups.through, user.user_permissions.through, Group.permissions.through):
        m2m_changed.connect(rights_changed, sender=through, dispatch_uid=f"trail.{through.__name__}")
    pre_save.connect(remember_user, sender=user, dispatch_uid="trail.before")
    post_save.connect(user_changed, sender=user, dispatch_uid="trail.user")
