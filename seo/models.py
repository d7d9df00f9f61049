"""What search engines have still to be told, and how each of them answered last."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q


class Target(models.TextChoices):
    INDEXNOW = "indexnow", "IndexNow（必应等）"
    BAIDU = "baidu", "百度普通收录"


class NoticeState(models.TextChoices):
    WAITING = "waiting", "等待发送"
    SENT = "sent", "已发送"
    REFUSED = "refused", "被拒绝"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def waiting(self, target: str) -> NoticeQuerySet:
        """What the target has not been told yet, oldest first."""
        return self.filter(target=target, state=NoticeState.WAITING).order_by("id")


class Notice(models.Model):
    """That one search engine is to be told of one change of one page. Rows are written with the change itself."""

    target = models.CharField("发给", max_length=12, choices=Target)
    path = models.CharField("网址", max_length=200)
    reason = models.CharField("原因", max_length=20)
    changed_at = models.DateTimeField("变化的时刻")
    state = models.CharField("状态", max_length=12, choices=NoticeState, default=NoticeState.WAITING)
    attempts = models.PositiveSmallIntegerField("试过几次", default=0)
    answer = models.CharField("对方的回答", max_length=200, blank=True)
    created_at = models.DateTimeField("记下的时间", auto_now_add=True)
    settled_at = models.DateTimeField("了结的时间", null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "搜索引擎通知"
        ordering = ["-id"]
        constraints = [
            # The same change is never told twice, whatever runs at the same time.
            models.UniqueConstraint(fields=["target", "path", "reason", "changed_at"], name="notice_once"),
        ]
        indexes = [models.Index(fields=["target", "id"], condition=Q(state="waiting"), name="notice_waiting")]

    def __str__(self) -> str:
        return f"{self.get_target_display()} {self.path}"


class TargetStateQuerySet(models.QuerySet["TargetState"]):
    def claim(self, name: str, now: dt.datetime, until: dt.datetime) -> TargetState | None:
        """The target for this process alone until the given moment; None while it pauses or another process has it."""
        self.get_or_create(name=name)
        free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
        ready = Q(paused_until__isnull=True) | Q(paused_until__lte=now)
        claimed = self.filter(free, ready, name=name).update(claimed_until=until)
        return self.get(name=name) if claimed else None


class TargetState(models.Model):
    """How it stands with one search engine: pauses, failures, what it allows today."""

    name = models.CharField("对象", max_length=12, choices=Target, unique=True)
    paused_until = models.DateTimeField("暂停到", null=True, blank=True)
    failures = models.PositiveSmallIntegerField("连续失败", default=0)
    claimed_until = models.DateTimeField("正在发送，最晚到", null=True, blank=True, editable=False)
    allowance = models.PositiveIntegerField("今天还能发", null=True, blank=True)
    allowance_on = models.DateField("额度日期", null=True, blank=True)
    told_at = models.DateTimeField("最近一次发送", null=True, blank=True)
    answer = models.CharField("最近的回答", max_length=200, blank=True)

    objects = TargetStateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "搜索引擎状态"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.get_name_display()
