"""Questions: one question, one page, one short answer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from django.db import models
from taggit.managers import TaggableManager
from taggit.models import ItemBase

from publishing.models import Citation, Document, ParameterUse, Revision
from publishing.plain_rows import Table
from publishing.shelves import Shelved
from taxonomy.addresses import address
from taxonomy.models import Topic


def pins_in(text: str) -> dict[int, bool]:
    """The related questions that a cell names, and whether each is to be hidden; ValueError with a sentence."""
    pins: dict[int, bool] = {}
    for word in text.split():
        number, is_hidden = word.removeprefix("-"), word.startswith("-")
        if not number.isdecimal() or len(number) > 18:
            raise ValueError(f"相关问题“{number}”不存在，请写已有问题的编号。")
        if pins.setdefault(int(number), is_hidden) != is_hidden:
            raise ValueError(f"相关问题“{number}”又要显示又要隐藏，请只留一个。")
    return pins


class QuestionTopic(ItemBase):
    """That a question belongs to a topic; the first one is its main topic."""

    content_object = models.ForeignKey("Question", models.CASCADE, related_name="topic_items")
    tag = models.ForeignKey(Topic, models.PROTECT, related_name="question_items", verbose_name="栏目")

    class Meta:
        verbose_name = verbose_name_plural = "问题的栏目"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["content_object", "tag"], name="question_topic_unique")]


class Question(Document):
    """The identity of a question: `/faq/<id>/`."""

    live = models.OneToOneField(
        "QuestionRevision", models.PROTECT, null=True, blank=True, related_name="live_of", verbose_name="当前版本"
    )
    topics = TaggableManager("栏目", through=QuestionTopic, related_name="questions", ordering=["question_items__id"])

    class Meta(Document.Meta):
        verbose_name = verbose_name_plural = "问题"
        permissions = [("publish_question", "可以发布问题")]

    EXTRA_COLUMNS = {"related": "相关问题编号"}

    def get_absolute_url(self) -> str:
        return address("question", self.pk)

    def extra_row(self) -> dict[str, str]:
        """The pinned questions by number; one that must not be shown has a minus sign."""
        links = self.related_links.all()
        return {"related": "\n".join(f"{'-' if link.hidden else ''}{link.target_id}" for link in links)}

    def read_extra(self, row: dict[str, str]) -> None:
        if refused := self.read_extras([(self.pk, row)]):
            raise ValueError(refused[0])

    @classmethod
    def read_extras(cls, rows: Sequence[tuple[int, dict[str, str]]]) -> dict[int, str]:
        refused: dict[int, str] = {}
        wanted: dict[int, dict[int, bool]] = {}
        for place, (_, row) in enumerate(rows):
            try:
                wanted[place] = pins_in(row.get("related", ""))
            except ValueError as error:
                refused[place] = str(error)
        known = set(cls.objects.filter(pk__in=set(chain(*wanted.values()))).values_list("pk", flat=True))
        for place, pins in wanted.items():
            if unknown := pins.keys() - (known - {rows[place][0]}):
                refused[place] = f"相关问题“{min(unknown)}”不存在，请写已有问题的编号。"
        taken = [(rows[place][0], pins) for place, pins in wanted.items() if place not in refused]
        RelatedLink.objects.filter(question__in=[number for number, _ in taken]).delete()
        Table(RelatedLink, "question", "target", "hidden", "position").insert(
            (number, target, hidden, position)
            for number, pins in taken
            for position, (target, hidden) in enumerate(pins.items(), 1)
        )
        return refused

    def related_choice(self) -> tuple[list[int], set[int]]:
        """The editors' pins in order, and what they hid."""
        links = list(self.related_links.all())
        return [link.target_id for link in links if not link.hidden], {link.target_id for link in links if link.hidden}


class QuestionShelved(Shelved):
    """That a live question stands on the shelf of a topic or of a province."""

    document = models.ForeignKey(
        Question, models.DO_NOTHING, related_name="shelved", db_constraint=False, db_index=False
    )

    class Meta(Shelved.Meta):
        pass


class QuestionRevision(Revision):
    """One version of a question and its answer. `title` is the question, `summary` the short answer."""

    document = models.ForeignKey(Question, models.CASCADE, related_name="revisions", verbose_name="问题")
    scope = models.TextField("适用", blank=True, help_text="每行一条，如“险种：职工医保、居民医保”。")
    steps = models.TextField("怎么办", blank=True, help_text="每行一步，按先后次序。")
    checklist = models.TextField("要带什么", blank=True, help_text="每行一样。")
    exceptions = models.TextField("例外", blank=True, help_text="每行一条：什么情况下答案不一样。")

    LINE_FIELDS = ("scope", "steps", "checklist", "exceptions")

    class Meta(Revision.Meta):
        verbose_name = verbose_name_plural = "问题的版本"


class QuestionCitation(Citation):
    revision = models.ForeignKey(QuestionRevision, models.CASCADE, related_name="citations")

    class Meta(Citation.Meta):
        pass


class QuestionParameterUse(ParameterUse):
    revision = models.ForeignKey(QuestionRevision, models.CASCADE, related_name="parameter_uses")

    class Meta:
        indexes = [models.Index(fields=["parameter", "revision"], name="question_parameter_use")]


class RelatedLink(models.Model):
    """An editor's word about related questions: pin one (in order) or hide one."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="related_links", verbose_name="问题")
    target = models.ForeignKey(Question, models.CASCADE, related_name="+", verbose_name="相关问题")
    hidden = models.BooleanField("不要显示", default=False)
    position = models.PositiveSmallIntegerField("次序", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "相关问题（编辑指定）"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["question", "target"], name="related_link_unique"),
            models.CheckConstraint(condition=~models.Q(question=models.F("target")), name="related_link_not_itself"),
        ]

    def __str__(self) -> str:
        return str(self.target)
