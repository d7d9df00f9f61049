"""Who writes and who checks, as far as they agree to be named."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class EditorProfileQuerySet(models.QuerySet):
    def public(self) -> EditorProfileQuerySet:
        """Of those who agreed and still work here."""
        return self.filter(consented_at__isnull=False, user__is_active=True)


class EditorProfile(models.Model):
    """What readers may know of somebody who writes or checks; shown only while that person agrees."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="editor_profile", verbose_name="账号"
    )
    name = models.CharField("署名", max_length=40, help_text="真名或笔名。")
    role = models.CharField("做什么", max_length=40, help_text="如“撰稿”“审核”。")
    credentials = models.CharField(
        "资历", max_length=120, blank=True, help_text="如“在医保经办窗口工作八年”。只写能证明的。"
    )
    about = models.TextField("介绍", max_length=400, blank=True)
    consented_at = models.DateTimeField("本人同意公开的时间", null=True, blank=True, editable=False)

    objects = EditorProfileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "编辑简介"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
