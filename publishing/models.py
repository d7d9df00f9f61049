"""Identity and prose apart: a Document is a URL that never changes, a Revision is one version of its text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from policies.models import Parameter, PolicyDocument
from publishing.accounts.models import EditorSession, RecoveryCode  # noqa: F401 - Django looks here
from publishing.queries import DocumentQuerySet
from publishing.records import AuditEvent, ContentCheck, Opening, PreviewLink, Reminder  # noqa: F401 - Django looks here
from publishing.richtext import RichTextField
from publishing.states import Availability, Origin, State
from publishing.version import ContentChange  # noqa: F401 - Django looks here
from taxonomy.models import Province

# How many ids a file of the sitemap spans; an index knows the last change in each such block.
BLOCK = 10_000


class Document(models.Model):
    """The identity of a page: its id is its URL for ever. Concrete types add `live`, `topics` and their own fields."""

    availability = models.CharField("状态", max_length=12, choices=Availability, default=Availability.UNPUBLISHED)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name="合并到"
    )
    withdrawn_on = models.DateField("撤回日期", null=True, blank=True)
    withdrawn_note = models.CharField("撤回原因", max_length=300, blank=True)
    first_published_at = models.DateTimeField("首次发布", null=True, blank=True)
    changed_at = models.DateTimeField("最近重要修改", null=True, blank=True)
    verified_on = models.DateField("最近核对", null=True, blank=True)
    review_due_on = models.DateField("下次核对", null=True, blank=True)
    owner = models.ForeignKey(
        Group, models.SET_NULL, null=True, blank=True, verbose_name="负责小组", help_text="到期提醒发给这个小组。"
    )
    provinces = models.ManyToManyField(Province, verbose_name="适用省份", blank=True)
    nationwide = models.BooleanField("全国通用", default=True, help_text="全国通用和具体省份只能选一样。")
    search_terms = models.TextField("检索词", blank=True, help_text="每行一个：读者会用的俗称、旧称和常见错字。")
    origin = models.CharField("来源", max_length=12, choices=Origin, default=Origin.SCENARIO)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(availability=Availability.MERGED, replaced_by__isnull=False)
                | (~Q(availability=Availability.MERGED) & Q(replaced_by__isnull=True)),
                name="%(class)s_merged_has_target"),
            models.CheckConstraint(condition=Q(replaced_by__isnull=True) | ~Q(replaced_by=F("id")),
                                   name="%(class)s_not_replaced_by_itself"),
            models.CheckConstraint(condition=~Q(availability=Availability.LIVE) | Q(live__isnull=False),
                                   name="%(class)s_live_has_revision"),
            models.CheckConstraint(condition=~Q(availability=Availability.WITHDRAWN) | Q(withdrawn_on__isnull=False),
                                   name="%(class)s_withdrawn_has_date"),
        ]  # fmt: skip
        # Each begins with the state, so that a list reads the rows that it shows and no others.
        indexes = [
            models.Index(fields=["availability", "id"], name="%(class)s_listed"),
            models.Index(fields=["availability", "id"], condition=Q(nationwide=True), name="%(class)s_national"),
            models.Index(fields=["availability", "-changed_at", "id"], name="%(class)s_latest"),
            models.Index(fields=["availability", "review_due_on", "id"], name="%(class)s_due"),
            models.Index(F("availability"), F("id") / BLOCK, F("changed_at").desc(), name="%(class)s_blocks"),
        ]

    def __str__(self) -> str:
        return self.current_title

    @property
    def current_title(self) -> str:
        """The live title, or that of the newest draft."""
        revision = self.live or self.revisions.order_by("-number").first()
        return revision.title if revision else f"#{self.pk}"

    @property
    def working_revision(self) -> Any | None:
        """The revision that editors are working on, if there is one."""
        return self.revisions.exclude(state__in=[State.PUBLISHED, State.SUPERSEDED]).order_by("-number").first()

    def related_choice(self) -> tuple[list[int], set[int]]:
        """The ids of the questions that editors put first among the related ones, in order, and of those they hid."""
        return [], set()

    # What a type adds to a row of a spreadsheet: name and heading of each column.
    EXTRA_COLUMNS: dict[str, str] = {}

    def extra_row(self) -> dict[str, str]:
        """The texts of those columns."""
        return {}

    def read_extra(self, row: dict[str, str]) -> None:
        """Takes them back; ValueError with a sentence where it cannot."""

    @classmethod
    def read_extras(cls, rows: Sequence[tuple[int, dict[str, str]]]) -> dict[int, str]:
        """Takes them back for many new documents, given by number; gives back a sentence for each place in the list where it
        could not."""
        refused = {}
        for place, (number, row) in enumerate(rows):
            try:
                cls(pk=number).read_extra(row)
            except (ValueError, LookupError) as error:
                refused[place] = str(error)
        return refused

    def is_review_overdue(self, day: dt.date | None = None) -> bool:
        """Whether the promised review day is past."""
        return bool(self.review_due_on and self.review_due_on < (day or timezone.localdate()))

    def record(self, actor: Any, action: str, **details: Any) -> AuditEvent:
        """Writes who did what to this document."""
        return AuditEvent.objects.create(
            actor=actor,
            action=action,
            content_type=ContentType.objects.get_for_model(self),
            object_id=self.pk,
            details=details,
        )


class Revision(models.Model):
    """One version of a document's text."""

    number = models.PositiveIntegerField("版本号", default=1)
    title = models.CharField("标题", max_length=120)
    summary = models.CharField("简短回答", max_length=400, blank=True)
    body = RichTextField("正文", blank=True)
    state = models.CharField("版本状态", max_length=12, choices=State, default=State.DRAFT, db_index=True)
    change_note = models.CharField(
        "修改说明", max_length=300, blank=True, help_text="读者会在“修改记录”里看到：改了什么、为什么。"
    )
    is_minor = models.BooleanField(
        "只是小改", default=False, help_text="错别字一类。小改不动“最近重要修改”日期，也不通知搜索引擎。"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="作者"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    publish_at = models.DateTimeField("定时发布时间", null=True, blank=True)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    updated_at = models.DateTimeField("保存时间", auto_now=True)
    lock = models.PositiveIntegerField("保存次数", default=0, editable=False)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="最后改动的人",
        editable=False,
    )
    rejected_note = models.CharField("退回原因", max_length=300, blank=True, editable=False)
    forced_reason = models.CharField("强制发布的原因", max_length=300, blank=True, editable=False)
    forced_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="补审人",
        editable=False,
    )
    identity = models.JSONField("发布时的栏目与地区", default=dict, blank=True, editable=False)
    trace = models.TextField("依据的事实（仅编辑可见）", blank=True, help_text="每行一段：这一段依据哪几条事实。")

    # Plain text fields of a type, one entry a line, that may hold figures; in reading order.
    LINE_FIELDS: tuple[str, ...] = ()

    class Meta:
        abstract = True
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="%(class)s_number_unique")]
        indexes = [
            models.Index(fields=["title"], name="%(class)s_title"),
            models.Index(
                fields=["document"],
                condition=Q(forced_reason__gt="", forced_approved_by__isnull=True),
                name="%(class)s_forced",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}(第{self.number}版，{self.get_state_display()})"

    @classmethod
    def citation_model(cls) -> type[Citation]:
        """The type that holds this revision's sources."""
        return cls._meta.get_field("citations").related_model

    def texts(self) -> list[str]:
        """Every text in which figures and footnotes may stand."""
        return [self.summary, *(getattr(self, name) for name in self.LINE_FIELDS), self.body]

    def lines(self, name: str) -> list[str]:
        """The entries of a one-per-line field."""
        return [line.strip() for line in getattr(self, name).splitlines() if line.strip()]


class Citation(models.Model):
    """A clause of a policy document that a revision rests on."""

    policy = models.ForeignKey(PolicyDocument, models.PROTECT, related_name="+", verbose_name="政策文件")
    clause = models.CharField("条款", max_length=160, help_text="如“经办规程第八条”。")
    note = models.CharField("支持哪句话", max_length=200, blank=True)
    position = models.PositiveSmallIntegerField("次序", default=1)
    as_history = models.BooleanField("作为历史引用", default=False, help_text="文件失效时，本页不必复核。")
    recheck_with = models.ForeignKey(
        PolicyDocument, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="到时按它复核",
        help_text="这份文件施行之日起，本页自动进入复核队列。",
    )  # fmt: skip

    class Meta:
        abstract = True
        ordering = ["position", "id"]
        verbose_name = verbose_name_plural = "依据"
        indexes = [models.Index(fields=["policy", "revision"], name="%(class)s_citing")]

    def __str__(self) -> str:
        return f"{self.policy.number or self.policy.title} {self.clause}"


class ParameterUse(models.Model):
    """That a revision shows a figure, national or of a province; written when the revision is saved."""

    parameter = models.ForeignKey(Parameter, models.PROTECT, related_name="+", verbose_name="政策数字")
    province = models.ForeignKey(Province, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="省份")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.revision}用到“{self.parameter}”"


def validate_places(nationwide: bool, provinces: Any) -> None:
    """Nationwide or at least one province: neither and both are errors."""
    if nationwide and provinces:
        raise ValidationError({"provinces": "已选“全国通用”，就不要再勾选省份。"})
    if not nationwide and not provinces:
        raise ValidationError({"provinces": "请勾选至少一个省份，或者选“全国通用”。"})
