"""What search stores: the index, its statistics, the editors' words and pins, and what people searched for."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from search.text import SCHEME, compact, normalise


class IndexEntry(models.Model):
    """One live document as search sees it. The database itself keeps the full-text index of the two token columns.

    Rows of several generations may stand side by side while the index is rebuilt; searches see only the current one.
    """

    generation = models.PositiveIntegerField("代")
    kind = models.CharField("类型", max_length=20)
    object_id = models.PositiveBigIntegerField("编号")
    revision_id = models.PositiveBigIntegerField("版本")
    title = models.CharField("标题", max_length=120)
    text = models.TextField("正文", help_text="读者看到的文字，第一行是简短回答。")
    heads = models.TextField("标题和检索词", help_text="每行一个，统一写法。")
    content = models.TextField("正文（统一写法）")
    head_tokens = models.TextField()
    body_tokens = models.TextField()
    pinyin = models.CharField("标题拼音", max_length=400, db_index=True)
    initials = models.CharField("标题首字母", max_length=120, db_index=True)
    topics = models.CharField("栏目", max_length=300, help_text="网址名，两边都有空格。")
    provinces = models.CharField("省份", max_length=600, help_text="网址名，两边都有空格；空的是全国通用。")
    changed_at = models.DateTimeField("最近重要修改", null=True)
    indexed_at = models.DateTimeField("收录时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "收录"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["generation", "kind", "object_id"], name="entry_unique")]

    def __str__(self) -> str:
        return self.title


class IndexState(models.Model):
    """The one row that says which generation is searched and how it was made."""

    generation = models.PositiveIntegerField("现用的代", default=1)
    building = models.PositiveIntegerField("正在重建的代", null=True)
    scheme = models.PositiveIntegerField("分词办法", default=0)
    entries = models.PositiveIntegerField("统计时的条数", default=0)
    head_length = models.FloatField("标题平均字数", default=12)
    counted_at = models.DateTimeField("统计时间", null=True)
    uncounted = models.PositiveIntegerField("统计以后的变动", default=0)
    lexicon = models.CharField("词表的版本", max_length=32, blank=True)
    figures = models.JSONField("收录时的政策数字", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "索引状态"

    def __str__(self) -> str:
        return f"第{self.generation}代"

    @classmethod
    def current(cls) -> IndexState:
        """The row; made on first use, when the index is as empty as the site and will follow every publication."""
        # Only read where it is there: what may write is asked of the primary, and with it all that follows on a page.
        found = cls.objects.filter(pk=1).first()
        return found or cls.objects.get_or_create(pk=1, defaults={"scheme": SCHEME, "lexicon": uuid.uuid4().hex})[0]


class TermCount(models.Model):
    """In how many entries a token stands. A token that is not here stands in one entry or in none."""

    field = models.CharField(max_length=4)
    term = models.CharField(max_length=60)
    entries = models.PositiveIntegerField()
    pinyin = models.CharField(max_length=14, blank=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "词频"
        constraints = [models.UniqueConstraint(fields=["term", "field"], name="term_count_unique")]


class WordSetKind(models.TextChoices):
    SYNONYM = "synonym", "同义词"
    PATTERN = "pattern", "问法"
    NOISE = "noise", "客套话（不参与搜索）"
    LOOKALIKE = "lookalike", "形近字"


class WordSet(models.Model):
    """Words that mean the same to a reader who searches. A change works at once; nothing is indexed again."""

    name = models.CharField("名称", max_length=60, unique=True)
    kind = models.CharField("类别", max_length=10, choices=WordSetKind, default=WordSetKind.SYNONYM)
    words = models.TextField("词", help_text="每行一个。搜其中任何一个，也会找到写着其他几个的回答。")
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "搜索词组"
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name

    def lines(self) -> list[str]:
        """The words in their normalised form, each once."""
        return list(dict.fromkeys(filter(None, (normalise(line) for line in self.words.splitlines()))))

    def clean(self) -> None:
        """One word alone has nothing to stand for; one sign alone would match everywhere."""
        lines = self.lines()
        needed = 1 if self.kind == WordSetKind.NOISE else 2
        if len(lines) < needed:
            raise ValidationError({"words": f"至少要写{needed}个词，每行一个。"})
        if self.kind == WordSetKind.LOOKALIKE and any(len(line) != 1 for line in lines):
            raise ValidationError({"words": "形近字每行只写一个字。"})


class Pin(models.Model):
    """A result that editors put first for a query."""

    query = models.CharField("查询", max_length=60, help_text="读者输入的整句话，不分大小写和标点。")
    key = models.CharField(max_length=60, db_index=True, editable=False)
    kind = models.CharField("类型", max_length=20, default="question")
    object_id = models.PositiveBigIntegerField("编号", help_text="问题或文章的编号，就是网址里的数字。")
    position = models.PositiveSmallIntegerField("次序", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "置顶结果"
        ordering = ["key", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["key", "kind", "object_id"], name="pin_unique")]

    def __str__(self) -> str:
        return f"{self.query} → {self.kind} {self.object_id}"

    def save(self, *args, **kwargs) -> None:
        self.key = compact(self.query)[:60]
        super().save(*args, **kwargs)


class QueryCount(models.Model):
    """How often a query was asked on a day. No address, no time of day, no person; personal numbers are masked."""

    day = models.DateField("日期")
    query = models.CharField("查询", max_length=60)
    searches = models.PositiveIntegerField("次数", default=0)
    empty = models.PositiveIntegerField("没有结果", default=0)
    clicks = models.PositiveIntegerField("点开结果", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "搜索记录"
        ordering = ["-day", "-searches", "id"]
        constraints = [models.UniqueConstraint(fields=["day", "query"], name="query_count_unique")]

    def __str__(self) -> str:
        return self.query


class RelatedGroup(models.TextChoices):
    """The headings under which readers find related pages, in this order."""

    EDITORS = "editors", "编辑推荐"
    NEXT = "next", "接下来可能要办"
    SIMILAR = "similar", "相关问题"
    PROVINCE = "province", "本省"


class RelatedRow(models.Model):
    """That readers of one page are led to another, where in the list, and why. Worked out when something is published."""

    source_kind = models.CharField(max_length=20)
    source_id = models.PositiveBigIntegerField()
    target_kind = models.CharField(max_length=20)
    target_id = models.PositiveBigIntegerField()
    rank = models.FloatField("次序", help_text="后来插进来的排在两个整数之间。")
    group = models.CharField("分组", max_length=10, choices=RelatedGroup)
    score = models.FloatField("分数")
    reason = models.CharField("原因", max_length=40)
    pinned = models.BooleanField("编辑指定", default=False)
    # Copies, so that a page costs one query; written anew whenever the target is published.
    title = models.CharField("标题", max_length=120)
    summary = models.CharField("摘要", max_length=400, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "相关链接"
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["source_kind", "source_id", "target_kind", "target_id"], name="related_row_unique"
            )
        ]
        indexes = [models.Index(fields=["target_kind", "target_id"], name="related_row_target")]

    def __str__(self) -> str:
        return f"{self.source_kind} {self.source_id} → {self.target_kind} {self.target_id}（{self.reason}）"


class DuplicatePair(models.Model):
    """Two live pages that say nearly the same: work for editors, never shown to readers. The lower number comes first."""

    kind = models.CharField("类型", max_length=20)
    first_id = models.PositiveBigIntegerField("编号")
    second_id = models.PositiveBigIntegerField("另一个编号")
    likeness = models.FloatField("相似度")
    dismissed = models.BooleanField("不是重复", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复"
        ordering = ["dismissed", "-likeness"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "first_id", "second_id"], name="duplicate_pair_unique"),
            models.CheckConstraint(
                condition=models.Q(first_id__lt=models.F("second_id")), name="duplicate_pair_ordered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} 和 {self.second_id}"
