"""Figures that many pages show: what each is from one day on, and which clause says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from policies.documents import PolicyDocument
from taxonomy.models import Confidence, Province, by_natural_key


class Parameter(models.Model):
    """A figure used in many pages, such as how many working days a filing may take."""

    key = models.CharField(
        "键",
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*$", "键只能用小写英文字母、数字和下划线。")],
    )
    label = models.CharField("名称", max_length=80)
    unit = models.CharField("单位", max_length=20, blank=True)
    note = models.CharField("怎么用", max_length=200, blank=True)

    objects = by_natural_key("key")

    _stored_unit: str | None = None

    class Meta:
        verbose_name = verbose_name_plural = "政策数字"
        ordering = ["key"]

    def __str__(self) -> str:
        return self.label

    def natural_key(self) -> tuple[str]:
        return (self.key,)

    def save(self, *args, **kwargs) -> None:
        """A new unit changes what readers see at once, so today's values are news."""
        super().save(*args, **kwargs)
        stored, self._stored_unit = self._stored_unit, self.unit
        if stored is not None and stored != self.unit:
            self.values.in_force(timezone.localdate()).update(noticed_at=timezone.now())

    @classmethod
    def from_db(cls, db: str | None, field_names: Iterable[str], values: Iterable[object]) -> Parameter:
        parameter = super().from_db(db, field_names, values)
        parameter._stored_unit = parameter.__dict__.get("unit")
        return parameter

    @property
    def token(self) -> str:
        return f"[[{self.key}]]"


class ParameterValueQuerySet(models.QuerySet["ParameterValue"]):
    def in_force(self, day: dt.date | models.Expression) -> ParameterValueQuerySet:
        """Values that hold on the given day."""
        started = Q(in_force_from__isnull=True) | Q(in_force_from__lte=day)
        return self.filter(started, Q(in_force_until__isnull=True) | Q(in_force_until__gte=day))

    def history(self, keys: Iterable[str | models.Expression]) -> ParameterValueQuerySet:
        """Every value that these figures have had or will have, oldest first, with what a sentence needs."""
        oldest = F("in_force_from").asc(nulls_first=True)
        return (
            self.filter(parameter__key__in=keys)
            .select_related("parameter", "province", "policy")
            .order_by(oldest, "pk")
        )


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
    source_note = models.CharField(
        "数据来源", max_length=200, blank=True, help_text="没有政策文件时写明，如“国家医保局公开数据”。"
    )
    confidence = models.CharField("把握", max_length=10, choices=Confidence, default=Confidence.HIGH)
    verified_on = models.DateField("核对日期", null=True, blank=True)
    noticed_at = models.DateTimeField("读者看到变化的时刻", null=True, blank=True, editable=False)

    objects = ParameterValueQuerySet.as_manager()

    # A form that edits all values of a figure at once compares them as they will be, not as they are stored.
    compared_in_form = False

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
            # A database counts empty days as different from each other, so these are said apart.
            *(models.UniqueConstraint(fields=fields, condition=Q(province__isnull=national, **{f"{end}__isnull": True}),
                                      name=f"value_{name}_unique_{place}", violation_error_message=sentence)
              for national, place, fields in ((True, "national", ["parameter"]), (False, "local", ["parameter", "province"]))
              for end, name, sentence in (
                  ("in_force_from", "without_start", "已经有一个没有生效日期的值。"),
                  ("in_force_until", "without_end", "上一个值还没有填最后有效日。"))),
            models.CheckConstraint(condition=Q(policy__isnull=False) | ~Q(source_note=""), name="value_has_source",
                                   violation_error_message="请选择依据文件，或写明数据来源。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.parameter.label}：{self.text}"

    @property
    def text(self) -> str:
        """The figure as readers see it, with its unit."""
        return f"{self.value}{self.parameter.unit}"

    def holds_on(self, day: dt.date) -> bool:
        """Whether this is the value on the given day."""
        return (self.in_force_from or dt.date.min) <= day <= (self.in_force_until or dt.date.max)

    def overlaps(self, other: ParameterValue) -> bool:
        """Whether there is a day on which both would hold."""
        starts = max(self.in_force_from or dt.date.min, other.in_force_from or dt.date.min)
        return starts <= min(self.in_force_until or dt.date.max, other.in_force_until or dt.date.max)

    def clean(self) -> None:
        """Refuses, with a sentence at the field, what would leave readers without one clear figure."""
        if self.in_force_from and self.in_force_until and self.in_force_until < self.in_force_from:
            raise ValidationError({"in_force_until": "最后有效日不能早于生效日期。"})
        if not self.policy_id and not self.source_note.strip():
            raise ValidationError({"policy": "请选择依据文件，或写明数据来源。"})
        if self.parameter_id is not None and not self.compared_in_form:
            others = ParameterValue.objects.filter(parameter=self.parameter_id, province=self.province_id)
            self.refuse_overlap(others.exclude(pk=self.pk).select_related("parameter"))

    def refuse_overlap(self, others: Iterable[ParameterValue]) -> None:
        """Raises where one of the others, of the same figure and place, holds on a day of this one."""
        for other in others:
            if self.overlaps(other):
                since = f"{other.in_force_from}起" if other.in_force_from else "起始日未核到"
                raise ValidationError(
                    {"in_force_from": f"这段时间与“{other.text}”（{since}）重叠，请先给它填最后有效日。"}
                )

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
