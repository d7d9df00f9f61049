"""The inbox: reading a question, seeing its like, and deciding what becomes of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from feedback import triage
from feedback.models import AskedWording, Contact, Inbox, QuestionCluster, ReaderQuestion
from feedback.nearest import nearest
from publishing import registry

OPEN = Q(questions__state__in=[Inbox.RECEIVED, Inbox.DRAFTING])
DONE = {
    "answer": "已答复，读者凭回执编号能看到。", "draft": "草稿已建立，发布后提问的人自动看到。", "merge": "已并入。",
    "spam": "已作为垃圾信息关闭。", "out_of_scope": "已关闭，读者会看到“不在回答范围”。",
}  # fmt: skip


class TriageForm(forms.Form):
    """What the editor decided."""

    verb = forms.ChoiceField(choices=[(verb, verb) for verb in DONE])
    answer = forms.IntegerField(required=False, min_value=1)
    title = forms.CharField(required=False, max_length=120)
    target = forms.IntegerField(required=False, min_value=1)
    reply = forms.CharField(required=False, max_length=200)
    whole_cluster = forms.BooleanField(required=False)


@admin.register(ReaderQuestion)
class ReaderQuestionAdmin(admin.ModelAdmin):
    """Readers' questions, those that most people ask first."""

    list_display = [
        "short_text",
        "alike_link",
        "insured_in",
        "treated_in",
        "insurance",
        "state",
        "received_on",
        "leaves_contact",
    ]
    list_filter = ["state", "insurance", "insured_in", "treated_in"]
    search_fields = ["text", "=id"]
    list_select_related = ["insured_in", "treated_in"]
    list_per_page = 50
    show_full_result_count = False
    actions = ["close_as_spam", "close_as_out_of_scope"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        waiting = ReaderQuestion.objects.open().filter(cluster=OuterRef("cluster")).order_by().values("cluster")
        alike = Coalesce(Subquery(waiting.annotate(count=Count("pk")).values("count")), 0)
        contact = Exists(Contact.objects.filter(question=OuterRef("pk")))
        return ReaderQuestion.objects.annotate(alike=alike, has_contact=contact).order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> list[str]:
        return ["-alike", "cluster", "id"]

    @admin.display(description="问题")
    def short_text(self, question: ReaderQuestion) -> str:
        return question.text[:60]

    @admin.display(description="几个人在等", ordering="alike")
    def alike_link(self, question: Any) -> str:
        return str(question.alike or "–")

    @admin.display(description="收到", ordering="received_at")
    def received_on(self, question: ReaderQuestion) -> str:
        return f"{timezone.localtime(question.received_at):%m-%d %H:%M}"

    @admin.display(description="留了邮箱", boolean=True)
    def leaves_contact(self, question: Any) -> bool:
        return question.has_contact

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Readers delete by receipt, retention by date; an editor closes."""
        return False

    @admin.action(description="关闭：垃圾信息", permissions=["change"])
    def close_as_spam(self, request: HttpRequest, questions: QuerySet) -> None:
        messages.success(request, f"已关闭{triage.put_aside(list(questions), Inbox.SPAM, request.user)}条。")

    @admin.action(description="关闭：不在回答范围", permissions=["change"])
    def close_as_out_of_scope(self, request: HttpRequest, questions: QuerySet) -> None:
        messages.success(request, f"已关闭{triage.put_aside(list(questions), Inbox.OUT_OF_SCOPE, request.user)}条。")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One question with its like, the nearest answers, and the verbs."""
        question = get_object_or_404(self.get_queryset(request), pk=int(object_id) if object_id.isdecimal() else 0)
        if not self.has_view_or_change_permission(request, question):
            return HttpResponse(status=403)
        if request.method == "POST" and self.has_change_permission(request, question):
            return self._decide(request, question)
        alike = (
            ReaderQuestion.objects.filter(cluster=question.cluster).exclude(pk=question.pk) if question.cluster else []
        )
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "question": question, "title": "处理读者提问",
            "alike": list(alike[:30]), "open_alike": question.alike, "nearest": nearest(question.text),
            "can_change": self.has_change_permission(request, question),
            "finished": question.state not in {Inbox.RECEIVED, Inbox.DRAFTING},
        }  # fmt: skip
        return TemplateResponse(request, "admin/feedback/triage.html", context)

    def _decide(self, request: HttpRequest, question: ReaderQuestion) -> HttpResponse:
        form = TriageForm(request.POST)
        here = HttpResponseRedirect(request.path)
        if not form.is_valid():
            messages.error(request, "没有保存：请选一种处理办法，编号只写数字。")
            return here
        words = form.cleaned_data
        questions = [question]
        if words["whole_cluster"] and question.cluster:
            questions = [
                *ReaderQuestion.objects.open().filter(cluster=question.cluster).exclude(pk=question.pk),
                question,
            ]
        try:
            document = self._apply(request, words, question, questions)
        except triage.Refused as refusal:
            messages.error(request, str(refusal))
            return here
        messages.success(request, DONE[words["verb"]])
        if document is not None:
            return HttpResponseRedirect(reverse("admin:faq_question_draft", args=[document.pk]))
        return HttpResponseRedirect(reverse("admin:feedback_readerquestion_changelist") + "?state__exact=received")

    def _apply(
        self, request: HttpRequest, words: dict[str, Any], question: ReaderQuestion, questions: list[ReaderQuestion]
    ) -> Any:
        verb = words["verb"]
        if verb == "answer":
            documents = registry.content_type("question").model.objects.live()
            triage.answer_with(questions, documents.filter(pk=words["answer"]).first(), request.user, words["reply"])
        elif verb == "draft":
            if not request.user.has_perm("faq.add_question"):
                raise triage.Refused("您没有新建问题的权限，请找撰稿或管理员。")
            return triage.write_answer(questions, words["title"], request.user)
        elif verb == "merge":
            target = ReaderQuestion.objects.filter(pk=words["target"]).first()
            if target is None:
                raise triage.Refused("没有这个编号的提问，请从相近的提问里选一条。")
            triage.merge_into(question, target, request.user)
        else:
            triage.put_aside(questions, verb, request.user, words["reply"])
        return None


@admin.register(QuestionCluster)
class QuestionClusterAdmin(admin.ModelAdmin):
    """What most people ask: clusters by the number of those who wait."""

    list_display = ["words", "waiting", "everyone"]
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        first = ReaderQuestion.objects.filter(cluster=OuterRef("pk")).order_by("id").values("text")[:1]
        counted = super().get_queryset(request).annotate(
            waiting=Count("questions", filter=OPEN), everyone=Count("questions"), first_text=Subquery(first),
            first_id=Subquery(ReaderQuestion.objects.filter(cluster=OuterRef("pk")).order_by("id").values("pk")[:1]),
        )  # fmt: skip
        return counted.filter(everyone__gt=0).order_by("-waiting", "-everyone", "-id")

    @admin.display(description="问的是")
    def words(self, cluster: Any) -> str:
        return cluster.first_text[:60]

    @admin.display(description="几个人在等", ordering="waiting")
    def waiting(self, cluster: Any) -> int:
        return cluster.waiting

    @admin.display(description="一共几个人问", ordering="everyone")
    def everyone(self, cluster: Any) -> int:
        return cluster.everyone

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A cluster is handled through its first question."""
        cluster = get_object_or_404(self.get_queryset(request), pk=int(object_id) if object_id.isdecimal() else 0)
        return HttpResponseRedirect(reverse("admin:feedback_readerquestion_change", args=[cluster.first_id]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AskedWording)
class AskedWordingAdmin(admin.ModelAdmin):
    """What readers may see of the inbox: the editors' own words, approved by whoever saves them."""

    list_display = ["wording", "question", "approved_by", "approved_at"]
    list_select_related = ["question__live", "approved_by"]
    fields = ["wording", "question"]
    autocomplete_fields = ["question"]

    def save_model(self, request: HttpRequest, obj: AskedWording, form: Any, change: bool) -> None:
        obj.approved_by, obj.approved_at = request.user, timezone.now()
        super().save_model(request, obj, form, change)
        registry.announce(obj.question, registry.Change.IDENTITY)

    def delete_model(self, request: HttpRequest, obj: AskedWording) -> None:
        question = obj.question
        super().delete_model(request, obj)
        registry.announce(question, registry.Change.IDENTITY)
