"""Policy documents: what answers cite, and whether it is in force on a day."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from taxonomy.addresses import address
from taxonomy.models import Confidence


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
        """Newest first by the day it became known, with what a row needs."""
        known = Coalesce("published_on", "issued_on", "in_force_from")
        rows = self.select_related("superseded_by", "partly_superseded_by").annotate(known_on=known)
        return rows.order_by(F("known_on").desc(nulls_last=True), "code")


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
    reading_day: dt.date | None = None  # set where a page is shown as of another day

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
            models.CheckConstraint(
                condition=Q(partly_superseded_by__isnull=True) | ~Q(partly_superseded_by=F("id")),
                name="policy_not_partly_superseded_by_itself", violation_error_message="文件不能部分被自己取代。"),
            models.CheckConstraint(condition=Q(url="") | Q(url__startswith="https://"), name="policy_link_is_https",
                                   violation_error_message="官方链接必须以 https:// 开头。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.title}" if self.number else self.title

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    def get_absolute_url(self) -> str:
        return address("policy", self.pk)

    def clean(self) -> None:
        """Refuses, with a sentence at the field, what the database would refuse without one."""
        self.number = normal_number(self.number)
        others = PolicyDocument.objects.exclude(pk=self.pk)
        same = others.filter(number=self.number).first() if self.number else None
        if same:
            raise ValidationError({"number": f"文号“{self.number}”已经用在《{same.title}》（{same.code}）上。"})
        if self.in_force_from and self.in_force_until and self.in_force_until < self.in_force_from:
            raise ValidationError({"in_force_until": "最后有效日不能早于施行日期。"})
        if self.url and not official_link(self.url):
            raise ValidationError({"url": "官方链接必须是 gov.cn 网站的 https 地址。"})
        for name in ("superseded_by", "partly_superseded_by"):
            self._refuse_circle(name)

    def _refuse_circle(self, name: str) -> None:
        """Two documents cannot each come after the other."""
        seen, successor = {self.pk} - {None}, getattr(self, name)
        while successor is not None:
            if successor.pk in seen:
                itself = successor.pk == self.pk and getattr(self, name).pk == self.pk
                why = "文件不能被自己取代。" if itself else "文件的取代关系绕成了圈，请检查被哪份文件取代。"
                raise ValidationError({name: why})
            seen.add(successor.pk)
            successor = getattr(successor, name)

    @property
    def official_url(self) -> str:
        """The address of the original that readers may be sent to; none where we are not sure of the document."""
        return "" if self.confidence == Confidence.LOW else self.url

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
        """What the document is today in China, or on the day that a page is previewed for."""
        return self.status_on(self.reading_day or timezone.localdate())

    @property
    def status_text(self) -> str:
        """The status as readers see it today."""
        return self.status_text_on(self.reading_day or timezone.localdate())

    def status_text_on(self, today: dt.date) -> str:
        """The status as readers see it on a day, with its date where that helps."""
        status = self.status_on(today)
        if status == PolicyStatus.UPCOMING and self.in_force_from:
            day = self.in_force_from
            return f"将于{day.year}年{day.month}月{day.day}日施行"
        return status.label


def normal_number(number: str) -> str:
    """A document number in its one way of writing: no spaces, the year in \u3014\u3015."""
    text = re.sub(r"\s+(?=[\d\u3014\[\uff3b(\uff08\u3010])|(?<=[\d\u3015\]\uff3d)\uff09\u3011])\s+", "", number.strip())
    return re.sub(r"[\[\uff3b(\uff08\u3010]((?:19|20)\d\d)[\]\uff3d)\uff09\u3011]", "\u3014\\1\u3015", text)


def official_link(url: str) -> bool:
    """Whether the address is an https page of a Chinese government site."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and (host == "gov.cn" or host.endswith(".gov.cn"))
