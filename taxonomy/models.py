"""Reference data: what an answer is about (Topic) and where it holds (Province, City)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from taggit.models import TagBase

from taxonomy.addresses import address

ascii_slug = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", "网址名只能用小写英文字母、数字和短横线。")


class Confidence(models.TextChoices):
    """How sure a fact is. Low facts are kept for editors and never shown as fact."""

    HIGH = "high", "高"
    MEDIUM = "medium", "中"
    LOW = "low", "低"


def by_natural_key(field: str) -> models.Manager:
    """A manager that finds a row by the one field that a person would name it by."""

    class ByNaturalKey(models.Manager):
        def get_by_natural_key(self, value: str) -> Any:
            return self.get(**{field: value})

    return ByNaturalKey()


class Topic(TagBase):
    """A subject under which readers look, such as 异地备案."""

    slug = models.CharField("网址名", max_length=60, unique=True, validators=[ascii_slug])
    description = models.TextField("说明", blank=True, help_text="读者在栏目页顶部看到的一两句话。")
    group = models.CharField("分组", max_length=40, blank=True)
    order = models.PositiveSmallIntegerField("次序", default=100)

    objects = by_natural_key("slug")

    class Meta:
        verbose_name = verbose_name_plural = "栏目"
        ordering = ["order", "slug"]

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    def get_absolute_url(self) -> str:
        return address("topic", self.slug)


class Region(models.TextChoices):
    NORTH = "north", "华北"
    NORTHEAST = "northeast", "东北"
    EAST = "east", "华东"
    CENTRAL_SOUTH = "central-south", "中南"
    SOUTHWEST = "southwest", "西南"
    NORTHWEST = "northwest", "西北"


class Exemption(models.TextChoices):
    """Whether people insured in a province need no filing inside that province."""

    YES = "yes", "省内免备案"
    PARTIAL = "partial", "部分地方免备案"
    UNKNOWN = "unknown", "本站未核到"
    NOT_APPLICABLE = "not_applicable", "不适用"


class Province(models.Model):
    """A province-level unit with its own medical-insurance bureau （31 provinces and 兵团）."""

    code = models.CharField("代码", max_length=6, unique=True, help_text="GB/T 2260；兵团用业务系统的扩展码 660000。")
    name = models.CharField("名称", max_length=20, unique=True)
    short_name = models.CharField("简称", max_length=10, unique=True)
    slug = models.CharField("网址名", max_length=20, unique=True, validators=[ascii_slug])
    region = models.CharField("大区", max_length=20, choices=Region)
    bureau_name = models.CharField("医保部门", max_length=40)
    bureau_host = models.CharField("医保部门网站", max_length=60, blank=True)
    service_hall_host = models.CharField("网上办事", max_length=80, blank=True)
    local_channels = models.TextField("本地线上渠道", blank=True, help_text="每行一个，只写核对过的。")
    single_pool = models.BooleanField("可整省备案", default=False, help_text="外地人来此就医，备案时可以只选到省一级。")
    prefecture_count = models.PositiveSmallIntegerField("地级行政区数", default=0)
    intra_exempt = models.CharField("省内是否免备案", max_length=20, choices=Exemption, default=Exemption.UNKNOWN)
    intra_exempt_since = models.DateField("省内免备案起始日", null=True, blank=True)
    intra_exempt_confidence = models.CharField("省内免备案把握", max_length=10, choices=Confidence, blank=True)
    mutual_exemption = models.CharField("区域互免", max_length=40, blank=True)
    neighbours = models.ManyToManyField("self", verbose_name="相邻省份", blank=True)

    objects = by_natural_key("slug")

    class Meta:
        verbose_name = verbose_name_plural = "省份"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.short_name

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    def get_absolute_url(self) -> str:
        return address("province", self.slug)

    @property
    def channels(self) -> list[str]:
        return self.local_channels.splitlines()


class ProvinceFactQuerySet(models.QuerySet["ProvinceFact"]):
    def publishable(self) -> ProvinceFactQuerySet:
        """Facts sure enough to be shown as facts."""
        return self.filter(confidence__in=[Confidence.HIGH, Confidence.MEDIUM], is_unknown=False)

    def unknowns(self) -> ProvinceFactQuerySet:
        """What could not be verified; said openly to readers."""
        return self.filter(is_unknown=True)


class ProvinceFact(models.Model):
    """One checked statement about a province, or one thing that could not be checked."""

    province = models.ForeignKey(Province, models.CASCADE, related_name="facts", verbose_name="省份")
    text = models.TextField("内容")
    is_unknown = models.BooleanField("是“未核到”的说明", default=False)
    confidence = models.CharField("把握", max_length=10, choices=Confidence, default=Confidence.MEDIUM)
    source = models.CharField("来源", max_length=120, blank=True)
    source_url = models.URLField("来源网址", blank=True)
    as_of = models.CharField("材料时间", max_length=40, blank=True)
    order = models.PositiveSmallIntegerField("次序", default=0)

    objects = ProvinceFactQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "省份事实"
        ordering = ["province", "order"]

    def __str__(self) -> str:
        return self.text

    @property
    def source_link(self) -> str:
        """The address of the source that readers may be sent to; files and shells may have written any other."""
        return self.source_url if self.source_url.startswith(("https://", "http://")) else ""

    @property
    def when(self) -> str:
        """The date of the source as readers write dates: 2023-01-01 is 2023年1月1日; words such as 2023年底 stay."""
        try:
            day = dt.date.fromisoformat(self.as_of)
        except ValueError:
            return self.as_of
        return f"{day.year}年{day.month}月{day.day}日"


class City(models.Model):
    """A place a person would name; `landing` is the province page it leads to."""

    province = models.ForeignKey(Province, models.CASCADE, related_name="cities", verbose_name="所属省份")
    landing = models.ForeignKey(Province, models.CASCADE, related_name="landing_cities", verbose_name="落地页")
    code = models.CharField("代码", max_length=6, unique=True)
    name = models.CharField("名称", max_length=30)
    short_name = models.CharField("简称", max_length=20)
    pinyin = models.CharField("拼音", max_length=60, db_index=True)
    kind = models.CharField("类型", max_length=20)
    aliases = models.TextField("别名", blank=True, help_text="每行一个。")
    note = models.CharField("备注", max_length=200, blank=True)

    objects = by_natural_key("code")

    class Meta:
        verbose_name = verbose_name_plural = "城市"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.code,)


class Term(models.Model):
    """A word of the trade, explained; the first time an answer uses it, it links to its explanation."""

    name = models.CharField("名词", max_length=60, unique=True)
    slug = models.SlugField("锚点", max_length=60, unique=True)
    aliases = models.TextField("俗称和旧称", blank=True, help_text="每行一个。")
    definition = models.TextField("解释", help_text="一两句大白话。")
    topic = models.ForeignKey(Topic, models.SET_NULL, null=True, blank=True, related_name="terms", verbose_name="栏目")
    source = models.CharField("依据", max_length=200, blank=True)
    confusable = models.TextField("容易混的词", blank=True, help_text="每行一个。")
    facts = models.CharField("依据的事实（仅编辑可见）", max_length=120, blank=True)
    order = models.PositiveSmallIntegerField("次序", default=0)

    objects = by_natural_key("name")

    class Meta:
        verbose_name = verbose_name_plural = "名词"
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.name,)

    def get_absolute_url(self) -> str:
        return f"{address('glossary')}#{self.slug}"

    @property
    def words(self) -> list[str]:
        """Every wording of the term, its standard names first; what stands in brackets is only an explanation."""
        bare = re.sub(r"\uff08.*?\uff09", "", self.name)
        return list(dict.fromkeys([*bare.split("/"), *self.aliases.splitlines()]))
