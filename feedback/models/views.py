"""How often pages are read, by day."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Sum
from django.utils import timezone

from feedback.models.base import AboutPage, PageQuerySet


class DailyViewsQuerySet(PageQuerySet):
    def since(self, day: dt.date) -> DailyViewsQuerySet:
        return self.filter(day__gte=day)

    def total(self) -> int:
        return self.aggregate(total=Sum("views"))["total"] or 0


class DailyViews(AboutPage):
    """How often a page was read on a day. `weight` counts a network only a few times a minute, and decides ranks."""

    day = models.DateField("日期")
    views = models.PositiveIntegerField("阅读次数", default=0)
    weight = models.PositiveIntegerField("排行用的次数", default=0)

    objects = DailyViewsQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "阅读次数"
        ordering = ["-day", "-views"]
        constraints = [models.UniqueConstraint(fields=["day", "kind", "object_id"], name="daily_views_unique")]
        indexes = [models.Index(fields=["kind", "object_id", "day"], name="daily_views_page")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} {self.day}"


class CountedBatch(models.Model):
    """A batch of views that is already in the totals; written with them, so that none is counted twice."""

    name = models.CharField(max_length=80, unique=True)
    counted_at = models.DateTimeField(default=timezone.now)
