"""Rows about the work at the desk, none of which a reader sees: who did what, who is here, which links are shared."""

from __future__ import annotations

import datetime as dt
import re
import secrets

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import reverse
from django.utils import timezone

DEEDS = {
    "create": "新建", "edit": "修改正文", "identity": "改栏目、地区或日期", "submit": "提交审核", "reject": "退回修改",
    "publish": "发布", "schedule": "定时发布", "force_publish": "强制发布", "approve_after": "补审通过",
    "verify": "复核无变更", "withdraw": "撤回", "restore": "恢复", "merge": "合并", "remove": "删除",
    "restore_revision": "取回旧版本", "set_aside": "放弃草稿", "share_preview": "分享预览", "revoke_preview": "作废预览链接",
    "import": "导入", "login": "登录", "logout": "退出登录", "login_failed": "登录失败", "permissions": "改权限", "user": "改账号",
    "lockout": "多次输错密码，暂停登录", "unlock": "解除暂停登录", "new_device": "新设备或新网络登录", "denied": "没有权限，已拒绝",
    "sessions_ended": "结束登录", "second_factor": "启用二次验证", "second_factor_failed": "二次验证没通过",
    "second_factor_off": "关闭二次验证", "second_factor_reset": "重置二次验证", "recovery_code": "用备用码登录",
    "recovery_codes_renewed": "换备用码",
}  # fmt: skip


NAMES = {
    "number": "版本", "note": "原因", "reason": "原因", "fields": "改了", "topics": "栏目", "provinces": "地区", "at": "时间",
    "verified_on": "最近核对", "review_due_on": "下次核对", "owner_id": "负责小组", "search_terms": "检索词", "target": "合并到",
    "title": "标题", "why_not_the_same": "为什么另建", "source": "来自版本", "minor": "小改", "scheduled": "排定的时间",
    "before": "原来", "days": "天数", "changed": "改了", "relatedlink": "相关问题", "nationwide": "全国通用", "from": "来自",
    "who": "谁", "added": "加上", "removed": "去掉", "name": "账号",
    "device": "设备", "network": "网络", "path": "网址", "method": "方式", "left": "还剩", "count": "几个", "recovery": "备用码",
}  # fmt: skip


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?[+-]\d\d:\d\d")


def _shown(value: object) -> str:
    """A detail as text; a pair is what it was and what it became; a moment is told in local time."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return f"{timezone.localtime(dt.datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
    if isinstance(value, list) and len(value) == 2 and not all(isinstance(part, int) for part in value):
        return f"{_shown(value[0]) or '空'} → {_shown(value[1]) or '空'}"
    return (
        "、".join(str(part) for part in value) if isinstance(value, list) else str(value if value is not None else "")
    )


def new_token() -> str:
    """A name for a shared preview that nobody can guess."""
    return secrets.token_urlsafe(24)


class AuditEvent(models.Model):
    """Who did what, when. Rows are only ever added: publishing/append_only.py has the database refuse the rest."""

    at = models.DateTimeField("时间", auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="操作人"
    )
    action = models.CharField("动作", max_length=40)
    content_type = models.ForeignKey(ContentType, models.PROTECT, null=True, blank=True, verbose_name="对象类型")
    object_id = models.PositiveBigIntegerField("对象编号", null=True, blank=True)
    details = models.JSONField("详情", default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "操作记录"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="auditevent_object")]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.label}"

    @property
    def label(self) -> str:
        """The deed in words."""
        return DEEDS.get(self.action, self.action)

    def lines(self) -> list[str]:
        """The details in words: what was what, and became what."""
        return [
            f"{NAMES.get(name, name)}\uff1a{_shown(value)}"
            for name, value in self.details.items()
            if value not in (None, "", [], False)
        ]


class PreviewLinkQuerySet(models.QuerySet["PreviewLink"]):
    def open(self, now: dt.datetime | None = None) -> PreviewLinkQuerySet:
        """Links that still show something."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now or timezone.now())


class PreviewLink(models.Model):
    """A link to an unpublished text for somebody without a login; it ends by itself or when it is revoked."""

    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField("版本编号")
    day = models.DateField("按哪一天的样子", null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="谁分享的")
    created_at = models.DateTimeField("分享时间", auto_now_add=True)
    expires_at = models.DateTimeField("有效期至")
    revoked_at = models.DateTimeField("作废时间", null=True, blank=True)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "预览链接"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="previewlink_object")]

    def __str__(self) -> str:
        return f"预览链接{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("shared-preview", args=[self.token])


class Opening(models.Model):
    """That somebody had a text open in the editor; one row a person and text."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content_type", "object_id", "user"], name="opening_unique")]

    def __str__(self) -> str:
        return f"{self.user} {self.at:%H:%M}"


class Reminder(models.Model):
    """That the owning group was told of a review day, so that it is told once."""

    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    due_on = models.DateField()
    overdue = models.BooleanField()
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content_type", "object_id", "due_on", "overdue"], name="reminder_unique")
        ]

    def __str__(self) -> str:
        return f"{self.object_id} {self.due_on}"


class ContentCheck(models.Model):
    """What the last check of a live page found; empty where it found nothing."""

    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    problems = models.TextField(blank=True)
    checked_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content_type", "object_id"], name="contentcheck_unique")]

    def __str__(self) -> str:
        return self.problems or "没有问题"
