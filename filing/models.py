"""What editors maintain for the filing guide: national rules, local overrides, exemptions. Each row has its source."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from filing import rules
from filing.fields import CodesField
from filing.vocabulary import CONDITIONS, Care, Destination, Insurance, Reason, Relation, Slot, Stage, Status, Verdict
from policies.figures import TOKEN, keys_in
from policies.models import Parameter, PolicyDocument
from taxonomy.models import City, Confidence, Province, by_natural_key

code_shape = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", "编号只能用小写英文字母、数字和短横线。")
number_list = RegexValidator(r"^\d+( \d+)*$", "请填问题编号，用空格分开，如 22 43。")


class Sourced(models.Model):
    """A dated statement that says where it comes from."""

    code = models.CharField("编号", max_length=60, unique=True, validators=[code_shape])
    policy = models.ForeignKey(
        PolicyDocument, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="依据文件"
    )
    clause = models.CharField(
        "条款", max_length=160, blank=True, help_text="选了依据文件就必须写，如“经办规程第八条”。"
    )
    source_note = models.CharField(
        "资料来源", max_length=200, blank=True, help_text="没有政策文件时写明，把握不能选“高”。"
    )
    confidence = models.CharField(
        "把握", max_length=10, choices=Confidence, default=Confidence.HIGH, help_text="“低”的只给编辑看，不用在结果里。"
    )
    in_force_from = models.DateField("生效日期", null=True, blank=True, help_text="留空时按依据文件的施行日期。")
    in_force_until = models.DateField("最后有效日", null=True, blank=True)

    objects = by_natural_key("code")

    class Meta:
        abstract = True
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(policy__isnull=False) & ~Q(clause="")) | (Q(policy__isnull=True) & ~Q(source_note="")),
                name="%(class)s_has_source",
                violation_error_message="没有来源的规则不能保存：请选依据文件并写条款，或者写明资料来源。"),
            models.CheckConstraint(
                condition=Q(in_force_until__isnull=True) | Q(in_force_until__gte=F("in_force_from")),
                name="%(class)s_period_in_order", violation_error_message="最后有效日不能早于生效日期。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    def clean(self) -> None:
        super().clean()
        if self.policy is None and self.confidence == Confidence.HIGH:
            raise ValidationError({"confidence": "没有政策文件的说法，把握不能选“高”。"})
        start = self.policy.in_force_from if self.policy else None
        if start and self.in_force_from and self.in_force_from < start:
            raise ValidationError(
                {"in_force_from": f"依据文件{start.year}年{start.month}月{start.day}日才施行，规则不能更早。"}
            )
        for text in self.texts():
            _refuse_unknown_figures(text)

    def texts(self) -> list[str]:
        """The texts in which figures may stand."""
        raise NotImplementedError

    def period(self) -> rules.Period:
        """The days on which the row holds."""
        return rules.Period(self.in_force_from or (self.policy and self.policy.in_force_from), self.in_force_until)

    def source(self) -> rules.Source:
        return rules.Source(self.policy, self.clause, self.source_note, self.confidence)


def _refuse_unknown_figures(text: str) -> None:
    known = (
        set(Parameter.objects.filter(key__in=keys_in([text])).values_list("key", flat=True)) if "[[" in text else set()
    )
    for match in TOKEN.finditer(text):
        if match[1] not in known:
            raise ValidationError(f"[[{match[1]}]]不是已有的政策数字，请检查拼写，或先到“政策数字”里建立。")


class StatementRow(Sourced):
    """What a slot of the outcome says when all conditions hold."""

    slot = models.CharField("说什么", max_length=30, choices=Slot)
    verdict = models.CharField(
        "结论类别", max_length=20, choices=Verdict, blank=True, help_text="只有“结论”这一栏要选。"
    )
    when_verdict = CodesField("结论是", options=Verdict, help_text="一个都不勾表示不限，下同。")
    when_relation = CodesField("两地关系", options=Relation)
    when_status = CodesField("免备案", options=Status)
    when_reason = CodesField("原因", options=Reason)
    when_insurance = CodesField("险种", options=Insurance)
    when_care = CodesField("看什么", options=Care)
    when_stage = CodesField("到哪一步", options=Stage)
    when_destination = CodesField("就医地是", options=Destination)
    text = models.TextField("读者看到的话", help_text="每行一句。数字用[[键]]。材料一行一样。")
    time = models.CharField("要多久", max_length=80, blank=True)
    cost = models.CharField("要多少钱", max_length=80, blank=True)
    questions = models.CharField(
        "相关问题编号", max_length=80, blank=True, validators=[number_list], help_text="用空格分开，如 22 43。"
    )

    class Meta(Sourced.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.get_slot_display()}（{self.code}）"

    def texts(self) -> list[str]:
        return [self.text, self.time, self.cost]

    def scope(self) -> rules.Scope:
        """For whom it holds; a national rule holds for everybody."""
        return rules.Scope()

    def statement(self) -> rules.Statement:
        """The row as the pure rules read it."""
        return rules.Statement(
            code=self.code, slot=Slot(self.slot), text=self.text, verdict=self.verdict, when=self.conditions(),
            period=self.period(), source=self.source(), scope=self.scope(), time=self.time, cost=self.cost,
            questions=tuple(int(number) for number in re.findall(r"\d+", self.questions)),
        )  # fmt: skip

    def conditions(self) -> dict[str, frozenset[str]]:
        """The conditions that are set."""
        chosen = {name: frozenset(getattr(self, f"when_{name}")) for name in CONDITIONS}
        return {name: codes for name, codes in chosen.items() if codes}

    def clean(self) -> None:
        super().clean()
        if self.slot not in Slot.values:
            return  # said already at the field itself
        is_duty = self.slot == Slot.DUTY
        if is_duty != bool(self.verdict):
            raise ValidationError({"verdict": "“结论”一栏必须选结论类别，别的栏不能选。"})
        if is_duty and self.when_verdict:
            raise ValidationError({"when_verdict": "“结论”一栏不能再以结论为条件。"})
        own = self.statement()
        for other in type(self).objects.filter(slot=self.slot).exclude(pk=self.pk).select_related("policy"):
            if rules.collide(own, other.statement()):
                raise ValidationError(f"这条规则和“{other}”会同时适用于同一种情形，请把条件或日期分开，再保存。")


class Rule(StatementRow):
    """A national rule."""

    class Meta(StatementRow.Meta):
        verbose_name = verbose_name_plural = "全国规则"


class Override(StatementRow):
    """What a province or city says instead of the national rule, for people insured there."""

    province = models.ForeignKey(Province, models.PROTECT, verbose_name="参保省份")
    city = models.ForeignKey(
        City, models.PROTECT, null=True, blank=True, verbose_name="参保城市", help_text="留空表示全省。"
    )
    direct_only = models.BooleanField("只限省本级参保", default=False)

    class Meta(StatementRow.Meta):
        verbose_name = verbose_name_plural = "地方规则"

    def clean(self) -> None:
        if self.city and self.city.landing_id != self.province_id:
            raise ValidationError({"city": "这个城市不在所选的省份里。"})
        super().clean()

    def scope(self) -> rules.Scope:
        return rules.Scope(self.province.slug, self.city.code if self.city else "", self.direct_only)


class Exemption(Sourced):
    """Between some provinces, or inside one, no filing is needed."""

    name = models.CharField("名称", max_length=40)
    provinces = models.ManyToManyField(Province, verbose_name="省份")
    within = models.BooleanField("省内跨市", default=False, help_text="勾上：在一个省里面免。不勾：在这些省之间免。")
    city = models.ForeignKey(City, models.PROTECT, null=True, blank=True, verbose_name="只限这个城市的参保人")
    cares = CodesField("免哪些", options=Care)
    partial = models.BooleanField("只是部分地方", default=False, help_text="勾上：只提醒读者，不改变结论。")
    text = models.TextField("免什么")
    limit = models.TextField("不免什么", blank=True)

    class Meta(Sourced.Meta):
        verbose_name = verbose_name_plural = "免备案范围"

    def __str__(self) -> str:
        return self.name

    def texts(self) -> list[str]:
        return [self.text, self.limit]

    def clean(self) -> None:
        super().clean()
        if not self.cares and not self.partial:
            raise ValidationError({"cares": "请至少勾一样免备案的就医类型。"})

    def exemption(self, provinces: Any = None) -> rules.Exemption:
        """The row as the pure rules read it; `provinces` stand in for those not saved yet."""
        among = self.provinces.all() if provinces is None else provinces
        return rules.Exemption(
            code=self.code, name=self.name, text=self.text, limit=self.limit, within=self.within,
            provinces=frozenset(province.slug for province in among), cares=frozenset(self.cares),
            city=self.city.code if self.city else "", partial=self.partial, period=self.period(), source=self.source(),
        )  # fmt: skip


def refuse_overlap(own: rules.Exemption, pk: int | None) -> None:
    """Two exemptions of the same places must not hold on the same day; a sentence where they do."""
    for other in Exemption.objects.exclude(pk=pk).prefetch_related("provinces").select_related("policy", "city"):
        row = other.exemption()
        same = (row.provinces, row.within, row.city) == (own.provinces, own.within, own.city)
        if same and row.period.overlaps(own.period) and (row.cares & own.cares or row.partial == own.partial):
            raise ValidationError(f"这些地方已经有“{other.name}”，日期重叠。请先给它填最后有效日，再保存。")
