"""Identity and prose apart: a Document is a URL that never changes, a Revision is one version of its text."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from policies.models import Parameter, ParameterValue, PolicyDocument, lapsed_q
from publishing.records import AuditEvent, ContentCheck, Opening, PreviewLink, Reminder
from publishing.richtext import RichTextField
from taxonomy.models import Province


class Availability(models.TextChoices):
    """What a document's URL answers; the table is in docs/lifecycle.md."""

    UNPUBLISHED = "unpublished", "未发布"
    LIVE = "live", "已发布"
    WITHDRAWN = "withdrawn", "已撤回"
    MERGED = "merged", "已合并"
    GONE = "gone", "已删除"


class State(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    REJECTED = "rejected", "退回修改"
    SCHEDULED = "scheduled", "定时发布"
    PUBLISHED = "published", "已发布"
    SUPERSEDED = "superseded", "旧版本"


class Origin(models.TextChoices):
    OBSERVED = "observed", "公开材料里常见的问法"
    SCENARIO = "scenario", "按办事场景拟定"
    READER = "reader", "读者提问"
    IMPORTED = "imported", "导入"


class DocumentQuerySet(models.QuerySet):
    """Named public queries; nothing public may read documents in another way."""

    def live(self) -> DocumentQuerySet:
        """What readers may see, with its text (one join)."""
        return self.filter(availability=Availability.LIVE, live__isnull=False).select_related("live")

    def reachable(self) -> DocumentQuerySet:
        """Every document whose URL answers with something, for the detail view."""
        return self.exclude(availability=Availability.UNPUBLISHED).select_related("live", "replaced_by")

    def for_listing(self) -> DocumentQuerySet:
        """Live documents with what a list row shows; three queries whatever the length."""
        return self.live().prefetch_related("topics", "provinces").order_by("id")

    def about(self, topic: Any = None, province: Province | None = None) -> DocumentQuerySet:
        """Documents of a topic and of a province; nationwide answers hold in every province."""
        found = self
        if topic is not None:
            found = found.filter(topics=topic)
        if province is not None:
            found = found.filter(Q(nationwide=True) | Q(provinces=province)).distinct()
        return found

    def of_province(self, province: Province) -> DocumentQuerySet:
        """Documents written for this province, without the nationwide ones."""
        return self.filter(provinces=province)

    def with_lapse(self, day: dt.date) -> DocumentQuerySet:
        """Annotates `source_lapsed`, `recheck_due` and `figure_missing`: facts about dates, computed, never stored."""
        revisions = self.model._meta.get_field("live").related_model
        own = revisions.citation_model().objects.filter(revision=OuterRef("live"))
        values = ParameterValue.objects.in_force(day).filter(parameter=OuterRef("parameter"))
        known = values.filter(Q(province__isnull=True) | Q(province=OuterRef("province")))
        uses = revisions._meta.get_field("parameter_uses").related_model.objects.filter(revision=OuterRef("live"))
        return self.annotate(
            source_lapsed=Exists(own.filter(lapsed_q(day, "policy__"), as_history=False)),
            recheck_due=Exists(
                own.filter(recheck_with__in_force_from__lte=day).filter(
                    Q(revision__document__verified_on__isnull=True)
                    | Q(revision__document__verified_on__lt=F("recheck_with__in_force_from"))
                )
            ),
            figure_missing=Exists(uses.exclude(Exists(known))),
        )

    def with_changed_at(self, now: dt.datetime) -> DocumentQuerySet:
        """Annotates `effective_changed_at`: the last major edit, or the moment a figure on the page changed for readers."""
        uses = self.model._meta.get_field("live").related_model._meta.get_field("parameter_uses").related_model.objects
        shown = uses.filter(revision=OuterRef(OuterRef("live")), parameter=OuterRef("parameter"))
        # A national value also stands where a province has none of its own.
        changes = ParameterValue.objects.filter(noticed_at__lte=now).filter(
            Q(province__isnull=True) & Exists(shown) | Exists(shown.filter(province=OuterRef("province")))
        )
        latest = Subquery(changes.order_by("-noticed_at").values("noticed_at")[:1])
        return self.annotate(effective_changed_at=Greatest(F("changed_at"), Coalesce(latest, F("changed_at"))))

    def due_for_review(self, day: dt.date) -> DocumentQuerySet:
        """The editors' queue: overdue, a source lapsed, a named document took effect, or a figure has no value."""
        return self.live().with_lapse(day).filter(
            Q(review_due_on__lt=day) | Q(source_lapsed=True) | Q(recheck_due=True) | Q(figure_missing=True)
        )

    def citing(self, policy: PolicyDocument) -> DocumentQuerySet:
        """Live documents whose text cites the policy document."""
        return self.live().filter(live__citations__policy=policy).distinct().order_by("id")

    def showing(self, parameter: Parameter) -> DocumentQuerySet:
        """Live documents whose text shows the figure."""
        return self.live().filter(live__parameter_uses__parameter=parameter).distinct().order_by("id")


class Document(models.Model):
    """The identity of a page: its id is its URL for ever. Concrete types add `live`, `topics` and their own fields."""

    availability = models.CharField("状态", max_length=12, choices=Availability, default=Availability.UNPUBLISHED, db_index=True)
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
        indexes = [models.Index(fields=["availability", "-changed_at"], name="%(class)s_changed")]

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

    def is_review_overdue(self, day: dt.date | None = None) -> bool:
        """Whether the promised review day is past."""
        return bool(self.review_due_on and self.review_due_on < (day or timezone.localdate()))

    def record(self, actor: Any, action: str, **details: Any) -> AuditEvent:
        """Writes who did what to this document."""
        return AuditEvent.objects.create(
            actor=actor, action=action, content_type=ContentType.objects.get_for_model(self), object_id=self.pk, details=details
        )


class Revision(models.Model):
    """One version of a document's text."""

    number = models.PositiveIntegerField("版本号", default=1)
    title = models.CharField("标题", max_length=120)
    summary = models.CharField("摘要", max_length=400, blank=True)
    body = RichTextField("正文", blank=True)
    state = models.CharField("版本状态", max_length=12, choices=State, default=State.DRAFT, db_index=True)
    change_note = models.CharField("修改说明", max_length=300, blank=True, help_text="读者会在“修改记录”里看到：改了什么、为什么。")
    is_minor = models.BooleanField("只是小改", default=False, help_text="错别字一类。小改不动“最近重要修改”日期，也不通知搜索引擎。")
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
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="最后改动的人", editable=False
    )
    rejected_note = models.CharField("退回原因", max_length=300, blank=True, editable=False)
    forced_reason = models.CharField("强制发布的原因", max_length=300, blank=True, editable=False)
    forced_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="补审人", editable=False
    )
    identity = models.JSONField("发布时的栏目与地区", default=dict, blank=True, editable=False)
    trace = models.TextField("依据的事实（仅编辑可见）", blank=True, help_text="每行一段：这一段依据哪几条事实。")

    # Plain text fields of a type, one entry a line, that may hold figures; in reading order.
    LINE_FIELDS: tuple[str, ...] = ()

    class Meta:
        abstract = True
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="%(class)s_number_unique")]

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
