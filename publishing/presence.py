"""Who else has this text open: a line for courtesy, never a lock."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError
from django.utils import timezone

from publishing.models import Opening

RECENT = dt.timedelta(hours=2)
DIGITS = "零一两三四五六七八九十"


def opened(revision: Any, user: Any) -> None:
    """Notes that the user has the text open now."""
    kind = ContentType.objects.get_for_model(revision)
    with suppress(DatabaseError):  # where nothing can be stored, a text can still be read
        Opening.objects.update_or_create(
            content_type=kind, object_id=revision.pk, user=user, defaults={"at": timezone.now()}
        )


def others(revision: Any, user: Any) -> list[str]:
    """Sentences such as "张三 两分钟前打开过", newest first."""
    now = timezone.now()
    kind = ContentType.objects.get_for_model(revision)
    openings = Opening.objects.filter(content_type=kind, object_id=revision.pk, at__gt=now - RECENT).exclude(user=user)
    return [
        f"{name_of(row.user)} {_ago(now - row.at)}打开过" for row in openings.select_related("user").order_by("-at")
    ]


def name_of(user: Any) -> str:
    """How colleagues call a user."""
    return (user.get_full_name() or user.get_username()) if user else "系统"


def _ago(gone: dt.timedelta) -> str:
    minutes = int(gone.total_seconds() // 60)
    if minutes < 1:
        return "刚刚"
    if minutes < 60:
        return f"{DIGITS[minutes] if minutes <= 10 else minutes}分钟前"
    return f"{DIGITS[minutes // 60]}小时前"
