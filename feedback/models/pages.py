"""What readers say about a page: whether it helped, and what is wrong with it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from feedback.models.base import AboutPage, PageQuerySet, Submission

ANSWER_WORKING_DAYS = 3


def working_days_after(day: dt.date, count: int) -> dt.date:
    """The day that many weekdays later. Public holidays are not known here, so a promise is never too late by this."""
    while count:
        day += dt.timedelta(days=1)
        count -= day.weekday() < 5
    return day


class ReportState(models.TextChoices):
    OPEN = "open", "待处理"
    CORRECTED = "corrected", "已更正"
    CONFIRMED = "confirmed", "核对后没有改"
    SPAM = "spam", "垃圾信息"


class ErrorReport(Submission, AboutPage):
    """A reader's word that a page is wrong."""

    revision = models.PositiveIntegerField("版本号")
    doing = models.CharField("读者在办什么", max_length=300, blank=True)
    wrong = models.TextField("哪里不对")
    quote = models.TextField("页面上的原话", blank=True)
    state = models.CharField("状态", max_length=10, choices=ReportState, default=ReportState.OPEN, db_index=True)
    due_on = models.DateField("答复期限", db_index=True, editable=False)
    reply = models.CharField("答复", max_length=300, blank=True, help_text="读者凭回执编号能看到：改不改，为什么。")

    class Meta:
        verbose_name = verbose_name_plural = "读者报错"
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["kind", "object_id"], name="error_report_page")]

    def __str__(self) -> str:
        return self.wrong[:40]

    def save(self, *args: Any, **options: Any) -> None:
        if self.due_on is None:
            self.due_on = working_days_after(timezone.localdate(self.received_at), ANSWER_WORKING_DAYS)
        super().save(*args, **options)


class Correction(AboutPage):
    """A mistake that was mended, said openly on the page."""

    text = models.CharField("更正说明", max_length=300, help_text="原来错在哪里，现在改成什么。读者会在页面上看到。")
    wrong_since = models.DateField("从哪天起是错的", null=True, blank=True)
    corrected_on = models.DateField("更正日期", default=timezone.localdate)
    report = models.ForeignKey(ErrorReport, models.SET_NULL, null=True, blank=True, editable=False, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "更正说明"
        ordering = ["-corrected_on", "-id"]
        indexes = [models.Index(fields=["kind", "object_id"], name="correction_page")]

    def __str__(self) -> str:
        return self.text


class Reason(models.TextChoices):
    UNCLEAR = "unclear", "看不懂"
    NOT_MY_CASE = "not_my_case", "没有我的情况"
    DID_NOT_WORK = "did_not_work", "照着办没办成"
    WRONG = "wrong", "内容不对或过时了"
    OTHER = "other", "别的原因"


class HelpfulVoteQuerySet(PageQuerySet):
    def by_revision(self) -> Any:
        """Per page and revision: `yes`, `no`, newest revision first."""
        counted = self.values("kind", "object_id", "revision").annotate(
            yes=Count("id", filter=Q(helpful=True)), no=Count("id", filter=Q(helpful=False))
        )
        return counted.order_by("kind", "object_id", "-revision")


class HelpfulVote(AboutPage):
    """Whether one version of a page helped one reader. A day, no time; no address."""

    revision = models.PositiveIntegerField("版本号")
    helpful = models.BooleanField("有帮助")
    reason = models.CharField("原因", max_length=12, choices=Reason, blank=True)
    comment = models.CharField("补充", max_length=200, blank=True)
    day = models.DateField("日期", default=timezone.localdate, db_index=True)

    objects = HelpfulVoteQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "有没有帮助"
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "object_id", "revision"], name="helpful_vote_page")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}:{'有' if self.helpful else '没有'}"
