"""What rows of this app share: being about a page, and being sent in by a reader."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from publishing import registry


class PageQuerySet(models.QuerySet):
    """Rows about a page of any content type."""

    def about(self, kind: str | models.Expression, number: int | models.Expression) -> PageQuerySet:
        """Of the page of that content type and number."""
        return self.filter(kind=kind, object_id=number)


class AboutPage(models.Model):
    """A row about a page of any content type."""

    kind = models.CharField("类型", max_length=20)
    object_id = models.PositiveBigIntegerField("编号")

    objects = PageQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def document(self) -> Any | None:
        """The page, if it is still there."""
        return registry.content_type(self.kind).model.objects.select_related("live").filter(pk=self.object_id).first()


class Submission(models.Model):
    """Something a reader sent and may look up, take along or delete with a receipt code, of which only a digest is kept."""

    receipt = models.CharField(max_length=64, unique=True, editable=False)
    received_at = models.DateTimeField("收到时间", default=timezone.now, db_index=True)
    closed_at = models.DateTimeField("处理时间", null=True, blank=True, editable=False)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name="处理人",
    )

    class Meta:
        abstract = True
