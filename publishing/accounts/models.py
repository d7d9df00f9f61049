"""Rows of the accounts: who is logged in where, and the recovery codes of the second factor."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone


class EditorSessionManager(BaseSessionManager):
    def open(self, user: Any) -> models.QuerySet[EditorSession]:
        """The sessions in which this user is logged in now, the one used last first."""
        return self.filter(user=user, expire_date__gt=timezone.now()).order_by("-seen_at")


class EditorSession(AbstractBaseSession):
    """A session that says whose it is and from where, so that it can be shown and ended."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", verbose_name="谁的登录"
    )
    device = models.CharField("设备", max_length=60, blank=True)
    network = models.CharField("从哪个网络", max_length=45, blank=True)
    started_at = models.DateTimeField("登录时间", null=True)
    seen_at = models.DateTimeField("最近操作", null=True)

    objects = EditorSessionManager()

    class Meta:
        verbose_name = verbose_name_plural = "登录"

    @classmethod
    def get_session_store_class(cls) -> type:
        from publishing.accounts.sessions import SessionStore

        return SessionStore

    @property
    def mark(self) -> str:
        """A name for pages and forms; the key itself would let its reader in."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:20]


class RecoveryCode(models.Model):
    """A code that stands for the second factor once; only its hash is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="谁的")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "备用码"

    def __str__(self) -> str:
        return f"备用码{self.pk}"
