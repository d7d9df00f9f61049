"""Articles: longer texts that explain a whole procedure."""

from __future__ import annotations

from django.core.exceptions import SuspiciousFileOperation
from django.db import models
from taggit.managers import TaggableManager
from taggit.models import ItemBase

from publishing.models import Citation, Document, ParameterUse, Revision
from publishing.shelves import Shelved
from taxonomy.addresses import address
from taxonomy.models import Topic


class ArticleKind(models.TextChoices):
    GUIDE = "guide", "办事指南"
    EXPLAINER = "explainer", "政策解读"
    NEWS = "news", "新变化"
    PROVINCE = "province", "省份专页"


class ArticleTopic(ItemBase):
    """That an article belongs to a topic; the first one is its main topic."""

    content_object = models.ForeignKey("Article", models.CASCADE, related_name="topic_items")
    tag = models.ForeignKey(Topic, models.PROTECT, related_name="article_items", verbose_name="栏目")

    class Meta:
        verbose_name = verbose_name_plural = "文章的栏目"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["content_object", "tag"], name="article_topic_unique")]


class Article(Document):
    """The identity of an article: `/articles/<id>/`."""

    kind = models.CharField("类型", max_length=12, choices=ArticleKind, default=ArticleKind.GUIDE)
    live = models.OneToOneField(
        "ArticleRevision", models.PROTECT, null=True, blank=True, related_name="live_of", verbose_name="当前版本"
    )
    topics = TaggableManager("栏目", through=ArticleTopic, related_name="articles", ordering=["article_items__id"])
    # By name, so that this app does not import its sibling.
    related_questions = models.ManyToManyField(
        "faq.Question", verbose_name="相关问题", blank=True, related_name="in_articles"
    )

    class Meta(Document.Meta):
        indexes = [*Document.Meta.indexes, models.Index(fields=["availability", "kind", "id"], name="article_kind")]
        verbose_name = verbose_name_plural = "文章"
        permissions = [("publish_article", "可以发布文章")]

    EXTRA_COLUMNS = {"kind": "类型", "related_questions": "相关问题编号"}

    def get_absolute_url(self) -> str:
        return address("article", self.pk)

    def extra_row(self) -> dict[str, str]:
        """The kind, and the related questions by number."""
        numbers = self.related_questions.order_by("pk").values_list("pk", flat=True)
        return {"kind": str(self.kind), "related_questions": "\n".join(str(number) for number in numbers)}

    def read_extra(self, row: dict[str, str]) -> None:
        kind, numbers = row.get("kind") or ArticleKind.GUIDE, row.get("related_questions", "").split()
        if kind not in ArticleKind.values:
            raise ValueError(f"类型“{kind}”不存在，请写 {'、'.join(ArticleKind.values)} 里的一个。")
        questions = self.related_questions.model.objects.filter(
            pk__in=[number for number in numbers if number.isdecimal() and len(number) < 19]
        )
        if len(questions) != len(set(numbers)):
            raise ValueError("有的相关问题不存在，请写已有问题的编号。")
        self.kind = kind
        self.save(update_fields=["kind"])
        self.related_questions.set(questions)

    def related_choice(self) -> tuple[list[int], set[int]]:
        """The questions that editors named for the article; nothing is hidden."""
        return [question.pk for question in self.related_questions.all()], set()


class ArticleShelved(Shelved):
    """That a live article stands on the shelf of a topic or of a province."""

    document = models.ForeignKey(
        Article, models.DO_NOTHING, related_name="shelved", db_constraint=False, db_index=False
    )

    class Meta(Shelved.Meta):
        pass


class ArticleRevision(Revision):
    """One version of an article."""

    document = models.ForeignKey(Article, models.CASCADE, related_name="revisions", verbose_name="文章")
    cover = models.ImageField("题图", upload_to="covers/", blank=True)
    cover_alt = models.CharField("题图说明", max_length=160, blank=True, help_text="给看不见图的人读的一句话。")

    @property
    def cover_size(self) -> tuple[int, int] | None:
        """Width and height of the cover; None where there is none, or its file is not there."""
        try:
            return (self.cover.width, self.cover.height) if self.cover else None
        except (OSError, SuspiciousFileOperation):
            return None

    class Meta(Revision.Meta):
        verbose_name = verbose_name_plural = "文章的版本"


class ArticleCitation(Citation):
    revision = models.ForeignKey(ArticleRevision, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        pass


class ArticleParameterUse(ParameterUse):
    revision = models.ForeignKey(ArticleRevision, models.CASCADE, related_name="parameter_uses")

    class Meta:
        indexes = [models.Index(fields=["parameter", "revision"], name="article_parameter_use")]
