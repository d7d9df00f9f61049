"""What the site rests on: policy documents, and the dated figures taken from them."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from taxonomy.models import Confidence, Province, by_natural_key


class PolicyKind(models.TextChoices):
    LAW = "law", "法律"
    REGULATION = "regulation", "行政法规"
    RULE = "rule", "部门规章"
    JUDICIAL = "judicial", "司法文件"
    NORMATIVE = "normative", "规范性文件"
    PLAN = "plan", "规划与行动计划"
    LOCAL = "local", "地方文件"


class PolicyStatus(models.TextChoices):
    """Computed from dates; never stored."""

    UPCOMING = "upcoming", "尚未施行"
    IN_FORCE = "in-force", "现行"
    PARTLY_SUPERSEDED = "partly-superseded", "部分被取代"
    REPEALED = "repealed", "已废止"
    HISTORICAL = "historical", "历史文件"


class PolicyDocumentQuerySet(models.QuerySet["PolicyDocument"]):
    def get_by_natural_key(self, code: str) -> PolicyDocument:
        return self.get(code=code)

    def lapsed(self, day: dt.date) -> PolicyDocumentQuerySet:
        """Documents that are no longer in force on the given day."""
        return self.filter(lapsed_q(day))

    def for_listing(self) -> PolicyDocumentQuerySet:
        """Newest first, with what a row needs."""
        return self.select_related("superseded_by", "partly_superseded_by").order_by(
            F("published_on").desc(nulls_last=True), "code"
        )


def lapsed_q(day: dt.date, prefix: str = "") -> Q:
    """The one rule for "not in force any more": its last day is past, or its successor is in force."""
    return Q(**{f"{prefix}in_force_until__lt": day}) | Q(**{f"{prefix}superseded_by__in_force_from__lte": day})


class PolicyDocument(models.Model):
    """A law, regulation or notice that answers cite."""

    code = models.CharField("编号", max_length=12, unique=True, help_text="站内编号，如 P20；内容文件用它引用。")
    title = models.CharField("名称", max_length=200)
    number = models.CharField("文号", max_length=80, blank=True)
    number_confidence = models.CharField("文号把握", max_length=10, choices=Confidence, blank=True)
    issuer = models.CharField("发文机关", max_length=120, blank=True)
    kind = models.CharField("类别", max_length=20, choices=PolicyKind, default=PolicyKind.NORMATIVE)
    issued_on = models.DateField("成文或通过日期", null=True, blank=True)
    published_on = models.DateField("公开日期", null=True, blank=True)
    in_force_from = models.DateField("施行日期", null=True, blank=True)
    in_force_until = models.DateField("最后有效日", null=True, blank=True)
    date_note = models.CharField("日期说明", max_length=120, blank=True)
    superseded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes", verbose_name="被哪份文件取代"
    )
    partly_superseded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="partly_supersedes", verbose_name="部分被哪份取代"
    )
    partly_superseded_note = models.CharField("被取代的部分", max_length=200, blank=True)
    historical = models.BooleanField("历史文件", default=False, help_text="目标期已过或试点已完成，没有被明文废止。")
    url = models.URLField("官方链接", blank=True, help_text="只收 gov.cn 和 nhsa.gov.cn 的 https 地址。")
    confidence = models.CharField("把握", max_length=10, choices=Confidence, default=Confidence.HIGH)
    summary = models.TextField("说了什么、改了什么", blank=True, help_text="用自己的话写，读者在政策页看到。")

    objects = PolicyDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "政策文件"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="policy_number_unique",
                                    violation_error_message="已经有一份文件用了这个文号。"),
            models.CheckConstraint(
                condition=Q(in_force_until__isnull=True) | Q(in_force_from__isnull=True)
                | Q(in_force_until__gte=F("in_force_from")),
                name="policy_period_in_order", violation_error_message="最后有效日不能早于施行日期。"),
            models.CheckConstraint(
                condition=Q(superseded_by__isnull=True) | ~Q(superseded_by=F("id")),
                name="policy_not_superseded_by_itself", violation_error_message="文件不能被自己取代。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.title}" if self.number else self.title

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    def get_absolute_url(self) -> str:
        return reverse("policy", args=[self.pk])

    def clean(self) -> None:
        if self.url and not official_link(self.url):
            raise ValidationError({"url": "官方链接必须是 gov.cn 网站的 https 地址。"})
        for field in ("superseded_by", "partly_superseded_by"):
            self._refuse_circle(field)

    def _refuse_circle(self, field: str) -> None:
        seen, successor = {self.pk}, getattr(self, field)
        while successor is not None:
            if successor.pk in seen:
                raise ValidationError({field: "文件的取代关系绕成了圈，请检查被哪份文件取代。"})
            seen.add(successor.pk)
            successor = getattr(successor, field)

    @property
    def effective_from(self) -> dt.date | None:
        """The day it takes effect; documents without a stated day hold from publication."""
        return self.in_force_from or self.published_on or self.issued_on

    def lapsed_on(self) -> dt.date | None:
        """The first day it is not in force any more, if that is known."""
        days = []
        if self.in_force_until:
            days.append(self.in_force_until + dt.timedelta(days=1))
        if self.superseded_by and self.superseded_by.in_force_from:
            days.append(self.superseded_by.in_force_from)
        return min(days, default=None)

    def status_on(self, day: dt.date) -> PolicyStatus:
        """What the document is on the given day."""
        lapsed_on = self.lapsed_on()
        if lapsed_on and lapsed_on <= day:
            return PolicyStatus.REPEALED
        if self.in_force_from and day < self.in_force_from:
            return PolicyStatus.UPCOMING
        if self.historical:
            return PolicyStatus.HISTORICAL
        partly = self.partly_superseded_by
        if partly and (partly.effective_from or day) <= day:
            return PolicyStatus.PARTLY_SUPERSEDED
        return PolicyStatus.IN_FORCE

    @property
    def status(self) -> PolicyStatus:
        """What the document is today, in China."""
        return self.status_on(timezone.localdate())

    @property
    def status_text(self) -> str:
        """The status as readers see it, with its date where that helps."""
        status = self.status
        if status == PolicyStatus.UPCOMING and self.in_force_from:
            day = self.in_force_from
            return f"将于{day.year}年{day.month}月{day.day}日施行"
        return status.label


def official_link(url: str) -> bool:
    """Whether the address is an https page of a Chinese government site."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and (host == "gov.cn" or host.endswith(".gov.cn"))


class Parameter(models.Model):
    """A figure used in many pages, such as how many working days a filing may take."""

    key = models.CharField(
        "键", max_length=60, unique=True, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$", "键只能用小写英文字母、数字和下划线。")]
    )
    label = models.CharField("名称", max_length=80)
    unit = models.CharField("单位", max_length=20, blank=True)
    note = models.CharField("怎么用", max_length=200, blank=True)

    objects = by_natural_key("key")

    class Meta:
        verbose_name = verbose_name_plural = "政策数字"
        ordering = ["key"]

    def __str__(self) -> str:
        return self.label

    def natural_key(self) -> tuple[str]:
        return (self.key,)

    @property
    def token(self) -> str:
        return f"[[{self.key}]]"


class ParameterValueQuerySet(models.QuerySet["ParameterValue"]):
    def in_force(self, day: dt.date) -> ParameterValueQuerySet:
        """Values that hold on the given day."""
        started = Q(in_force_from__isnull=True) | Q(in_force_from__lte=day)
        return self.filter(started, Q(in_force_until__isnull=True) | Q(in_force_until__gte=day))


class ParameterValue(models.Model):
    """What a figure is from one day on, in the nation or in one province, and which clause says so."""

    parameter = models.ForeignKey(Parameter, models.CASCADE, related_name="values", verbose_name="政策数字")
    province = models.ForeignKey(
        Province, models.PROTECT, null=True, blank=True, verbose_name="省份", help_text="留空表示全国规定。"
    )
    value = models.CharField("值", max_length=40)
    in_force_from = models.DateField("生效日期", null=True, blank=True, help_text="没有核到起始日就留空。")
    in_force_until = models.DateField("最后有效日", null=True, blank=True)
    policy = models.ForeignKey(
        PolicyDocument, models.PROTECT, null=True, blank=True, related_name="values", verbose_name="依据文件"
    )
    clause = models.CharField("条款", max_length=120, blank=True)
    source_note = models.CharField("数据来源", max_length=200, blank=True, help_text="没有政策文件时写明，如“国家医保局公开数据”。")
    confidence = models.CharField("把握", max_length=10, choices=Confidence, default=Confidence.HIGH)
    verified_on = models.DateField("核对日期", null=True, blank=True)
    noticed_at = models.DateTimeField("读者看到变化的时刻", null=True, blank=True, editable=False)

    objects = ParameterValueQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "数值"
        ordering = ["parameter", "province", "-in_force_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(in_force_until__isnull=True) | Q(in_force_until__gte=F("in_force_from")),
                name="value_period_in_order", violation_error_message="最后有效日不能早于生效日期。"),
            models.UniqueConstraint(fields=["parameter", "province", "in_force_from"],
                                    condition=Q(province__isnull=False), name="value_start_unique_local",
                                    violation_error_message="同一天已经有一个值生效。"),
            models.UniqueConstraint(fields=["parameter", "in_force_from"], condition=Q(province__isnull=True),
                                    name="value_start_unique_national",
                                    violation_error_message="同一天已经有一个值生效。"),
            models.CheckConstraint(condition=Q(policy__isnull=False) | ~Q(source_note=""), name="value_has_source",
                                   violation_error_message="请选择依据文件，或写明数据来源。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.parameter.label}:{self.text}"

    @property
    def text(self) -> str:
        """The figure as readers see it, with its unit."""
        return f"{self.value}{self.parameter.unit}"

    def clean(self) -> None:
        """Refuses a period that overlaps another of the same figure and place."""
        if self.parameter_id is None:
            return
        starts = self.in_force_from or dt.date.min
        others = ParameterValue.objects.filter(parameter=self.parameter_id, province=self.province_id).exclude(pk=self.pk)
        for other in others:
            ends = other.in_force_until or dt.date.max
            if (other.in_force_from or dt.date.min) <= (self.in_force_until or dt.date.max) and starts <= ends:
                since = f"{other.in_force_from}起" if other.in_force_from else "起始日未核到"
                raise ValidationError({"in_force_from": f"这段时间与“{other.text}”（{since}）重叠，请先给它填最后有效日。"})

    def save(self, *args, **kwargs) -> None:
        self.noticed_at = self._when_noticed()
        super().save(*args, **kwargs)

    def _when_noticed(self) -> dt.datetime | None:
        """The moment readers see a change: never for the first value of a figure, and not for corrected history."""
        now = timezone.now()
        stored = ParameterValue.objects.filter(pk=self.pk).first() if self.pk else None
        if stored and (stored.value, stored.in_force_from) == (self.value, self.in_force_from):
            return stored.noticed_at  # only its end was set; its successor is the news
        if self.in_force_until and self.in_force_until < timezone.localdate():
            return stored.noticed_at if stored else None
        is_first = not ParameterValue.objects.filter(parameter=self.parameter_id).exclude(pk=self.pk).exists()
        if is_first and not stored:
            return None
        return max(now, start_of(self.in_force_from)) if self.in_force_from else now


def start_of(day: dt.date) -> dt.datetime:
    """The first moment of a day in China."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
