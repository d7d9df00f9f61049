"""The private inbox: what readers ask. Their words are never shown in public."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch
from django.utils import timezone

from feedback.models.base import Submission
from publishing.masking import mask
from publishing.models import Availability
from publishing.shelves import of_topic
from taxonomy.models import Province, Topic


class Insurance(models.TextChoices):
    EMPLOYEE = "employee", "职工医保"
    RESIDENT = "resident", "居民医保（含新农合）"
    OTHER = "other", "其他或不清楚"


class Inbox(models.TextChoices):
    """The states of a reader's question; the first two wait for an editor."""

    RECEIVED = "received", "已收到"
    DRAFTING = "drafting", "正在写回答"
    ANSWERED = "answered", "已有答案"
    MERGED = "merged", "并入相同的问题"
    OUT_OF_SCOPE = "out_of_scope", "不在回答范围"
    SPAM = "spam", "垃圾信息"


class QuestionCluster(models.Model):
    """Questions that ask the same; it holds no words of its own."""

    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "相近的提问"

    def __str__(self) -> str:
        first = self.questions.order_by("id").first()
        return first.text[:40] if first else "（已清空）"


class ReaderQuestionQuerySet(models.QuerySet):
    def waiting(self) -> ReaderQuestionQuerySet:
        """What an editor still has to decide about."""
        return self.filter(state=Inbox.RECEIVED)

    def open(self) -> ReaderQuestionQuerySet:
        """What has no answer yet."""
        return self.filter(state__in=[Inbox.RECEIVED, Inbox.DRAFTING])


class ReaderQuestion(Submission):
    """A question from a reader. It is never shown in public; editors write an answer of their own from it."""

    text = models.TextField("问题（已遮住个人信息）")
    insured_in = models.ForeignKey(
        Province, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="参保地"
    )
    treated_in = models.ForeignKey(
        Province, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="就医地"
    )
    insurance = models.CharField("险种", max_length=10, choices=Insurance, blank=True)
    state = models.CharField("状态", max_length=12, choices=Inbox, default=Inbox.RECEIVED, db_index=True)
    cluster = models.ForeignKey(
        QuestionCluster, models.SET_NULL, null=True, blank=True, related_name="questions", verbose_name="相近的提问"
    )
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged", verbose_name="并入"
    )
    # By name, so that this app does not import its sibling.
    answer = models.ForeignKey(
        "faq.Question", models.SET_NULL, null=True, blank=True, related_name="asked_by_readers", verbose_name="回答"
    )
    reply = models.CharField("给读者的一句话", max_length=200, blank=True, help_text="读者凭回执编号能看到。")
    notified_at = models.DateTimeField("邮件通知时间", null=True, blank=True, editable=False)

    objects = ReaderQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "读者提问"
        ordering = ["-received_at", "-id"]

    def __str__(self) -> str:
        return self.text[:40]


class Contact(models.Model):
    """The one address a reader may leave. Kept apart from the words, so that it can go earlier."""

    question = models.OneToOneField(ReaderQuestion, models.CASCADE, related_name="contact")
    email = models.EmailField("邮箱", max_length=120)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "联系方式"


class AskedWordingQuerySet(models.QuerySet):
    def for_readers(self, topic: Topic | None = None) -> AskedWordingQuerySet:
        """Newest first, with the live answer each leads to; of a topic if one is given. The answers are a query of their
        own: joined, SQLite begins with all live questions."""
        questions = self.model._meta.get_field("question").related_model.objects
        found = self.filter(Exists(questions.filter(pk=OuterRef("question"), availability=Availability.LIVE)))
        if topic is not None:
            shelf = questions.shelves().objects.filter(shelf=of_topic(topic))
            found = found.filter(Exists(shelf.filter(document_id=OuterRef("question"))))
        answers = Prefetch("question", questions.live())
        return found.prefetch_related(answers).order_by("-approved_at", "-id")


class AskedWording(models.Model):
    """How editors put in their own words what was asked lately; the only trace of readers' questions in public."""

    wording = models.CharField("说法", max_length=60, help_text="用自己的话写，不要照抄读者的原话。")
    question = models.ForeignKey("faq.Question", models.CASCADE, related_name="asked_wordings", verbose_name="回答")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name="批准人"
    )
    approved_at = models.DateTimeField("批准时间", default=timezone.now, editable=False)

    objects = AskedWordingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "最近被问到"
        ordering = ["-approved_at", "-id"]

    def __str__(self) -> str:
        return self.wording

    def clean(self) -> None:
        if mask(self.wording) != self.wording:
            raise ValidationError({"wording": "这句话里像有姓名或号码，请改成不带个人信息的说法。"})
