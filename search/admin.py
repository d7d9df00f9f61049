"""Search in the editors' admin: words, pinned results, and what people searched for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone

from publishing import registry
from search.models import Pin, QueryCount, WordSet
from search.reports import DAYS, Report, add_search_term, report
from search.text import compact


@admin.register(WordSet)
class WordSetAdmin(admin.ModelAdmin):
    """Synonyms, patterns and politeness: a change works with the next search."""

    list_display = ["name", "kind", "preview", "active"]
    list_filter = ["kind", "active"]
    search_fields = ["name", "words"]
    list_per_page = 50

    @admin.display(description="词")
    def preview(self, words: WordSet) -> str:
        return "、".join(words.words.split("\n")[:8])


class PinForm(forms.ModelForm):
    """Checks that what is pinned exists and can be read."""

    kind = forms.ChoiceField(label="类型")

    class Meta:
        model = Pin
        fields = ["query", "kind", "object_id", "position"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = [(kind.name, kind.label) for kind in registry.content_types()]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("kind") and values.get("object_id"):
            live = registry.content_type(values["kind"]).model.objects.live()
            if not live.filter(pk=values["object_id"]).exists():
                self.add_error("object_id", "这个编号的页面不存在或还没有发布，请核对网址里的数字。")
        same = {
            "key": compact(values.get("query", ""))[:60],
            "kind": values.get("kind"),
            "object_id": values.get("object_id"),
        }
        if Pin.objects.filter(**same).exclude(pk=self.instance.pk).exists():
            self.add_error("object_id", "这一页已经置顶在这个查询上了。")
        return values


@admin.register(Pin)
class PinAdmin(admin.ModelAdmin):
    form = PinForm
    list_display = ["query", "kind", "object_id", "position"]
    search_fields = ["query"]


@admin.register(QueryCount)
class QueryCountAdmin(admin.ModelAdmin):
    """What was searched for, a day a row; the reports add the days up. Nothing here can be edited."""

    list_display = ["query", "day", "searches", "empty", "clicks"]
    list_filter = ["day"]
    search_fields = ["query"]
    date_hierarchy = "day"
    change_list_template = "admin/search/query_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list:
        views = [
            path("report/<slug:name>/", self.admin_site.admin_view(self.report_view), name="search_report"),
            path("take/", self.admin_site.admin_view(self.take_view), name="search_take"),
        ]
        return [*views, *super().get_urls()]

    def report_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Queries of the last weeks that found nothing, or whose results nobody opened, with where they may belong."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind = Report(name) if name in Report.values else Report.EMPTY
        since = timezone.localdate() - dt.timedelta(days=DAYS)
        context = {
            **self.admin_site.each_context(request),
            "title": kind.label,
            "rows": report(kind, since),
            "reports": [(one.label, reverse("admin:search_report", args=[one.value]), one == kind) for one in Report],
            "days": DAYS,
            "report": kind,
            "opts": self.opts,
        }
        return render(request, "admin/search/report.html", context)

    def take_view(self, request: HttpRequest) -> HttpResponse:
        """One click: makes a query a search term of a question."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        kind = registry.content_type("question")
        name = f"{kind.model._meta.app_label}.change_{kind.model._meta.model_name}"
        if not request.user.has_perm(name):
            raise PermissionDenied
        number = request.POST.get("question", "")
        question = get_object_or_404(kind.model.objects.live(), pk=int(number) if number.isdecimal() else 0)
        query = request.POST.get("query", "").strip()[:60]
        if query and add_search_term(question, query, request.user):
            messages.success(request, f"“{query}”已经是“{question.live.title}”的检索词，马上能搜到。")
        else:
            messages.warning(request, f"“{question.live.title}”已经有这个检索词。")
        back = request.POST.get("report", "")
        return HttpResponseRedirect(
            reverse("admin:search_report", args=[back if back in Report.values else Report.EMPTY])
        )
