"""What search stores: the index, its statistics, the editors' words and pins, and what people searched for."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from search.text import compact, normalise


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
    lexicon = models.CharField("词表的版本", max_length=32, blank=True)
    figures = models.JSONField("收录时的政策数字", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "索引状态"

    def __str__(self) -> str:
        return f"第{self.generation}代"


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
