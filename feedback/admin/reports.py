"""Error reports with their day, and the corrections that come of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from feedback.models import Correction, ErrorReport, ReportState
from publishing import registry
from publishing.masking import mask


class ReportForm(forms.ModelForm):
    """What was found, what the reader is told, and what the page says about it."""

    correction = forms.CharField(
        label="更正说明", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="选“已更正”时必填：原来错在哪里，现在改成什么。会公开显示在那一页上。页面正文请另外改好发布。",
    )  # fmt: skip
    wrong_since = forms.DateField(
        label="从哪天起是错的", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = ErrorReport
        fields = ["state", "reply"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        state = cleaned.get("state")
        if state == ReportState.CORRECTED and self.instance.state != state and not cleaned.get("correction"):
            self.add_error("correction", "请写更正说明：读者有权知道原来错在哪里。")
        if state == ReportState.CONFIRMED and not cleaned.get("reply"):
            self.add_error("reply", "没有改，请告诉读者为什么。")
        for name in ("correction", "reply"):
            if cleaned.get(name) and mask(cleaned[name]) != cleaned[name]:
                self.add_error(name, "里面像有姓名或号码，请去掉个人信息。")
        return cleaned


@admin.register(ErrorReport)
class ErrorReportAdmin(admin.ModelAdmin):
    """Reports in the order in which they are due."""

    form = ReportForm
    list_display = ["what", "due", "page", "state", "handled_by"]
    list_filter = ["state", "kind"]
    list_select_related = ["handled_by"]
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = [
        "page_link",
        "revision",
        "doing",
        "wrong",
        "quote",
        "received_at",
        "due_on",
        "handled_by",
        "closed_at",
    ]
    fieldsets = [
        ("读者说", {"fields": ["page_link", "revision", "doing", "wrong", "quote", "received_at", "due_on"]}),
        ("处理", {"fields": ["state", "correction", "wrong_since", "reply", "handled_by", "closed_at"]}),
    ]

    @admin.display(description="哪里不对")
    def what(self, report: ErrorReport) -> str:
        return report.wrong[:60]

    @admin.display(description="期限", ordering="due_on")
    def due(self, report: ErrorReport) -> str:
        left = (report.due_on - timezone.localdate()).days
        if report.state != ReportState.OPEN:
            return "已处理"
        text = f"超过{-left}天" if left < 0 else "今天" if left == 0 else f"还有{left}天"
        return format_html("<strong>{}</strong>", text) if left <= 0 else text

    @admin.display(description="页面")
    def page(self, report: ErrorReport) -> str:
        return f"{report.kind} {report.object_id}"

    @admin.display(description="页面")
    def page_link(self, report: ErrorReport) -> str:
        document = report.document
        if document is None:
            return "页面已删除"
        edit = reverse(f"admin:{document._meta.app_label}_{document._meta.model_name}_draft", args=[document.pk])
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">改正文</a>', document.get_absolute_url(), document.current_title, edit
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ErrorReport, form: Any, change: bool) -> None:
        if "state" in form.changed_data:
            obj.handled_by = request.user
            obj.closed_at = None if obj.state == ReportState.OPEN else timezone.now()
        super().save_model(request, obj, form, change)
        text = form.cleaned_data.get("correction")
        if obj.state == ReportState.CORRECTED and text and (document := obj.document):
            Correction.objects.create(
                kind=obj.kind,
                object_id=obj.object_id,
                text=text,
                wrong_since=form.cleaned_data["wrong_since"],
                report=obj,
            )
            document.record(request.user, "correction", text=text)
            registry.announce(document, registry.Change.IDENTITY)


class CorrectionForm(forms.ModelForm):
    """A correction is about a page that is there."""

    kind = forms.ChoiceField(
        label="类型", choices=lambda: [(kind.name, kind.label) for kind in registry.content_types()]
    )

    class Meta:
        model = Correction
        fields = ["kind", "object_id", "text", "wrong_since", "corrected_on"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"kind", "object_id"} <= cleaned.keys():
            pages = registry.content_type(cleaned["kind"]).model.objects
            if not pages.filter(pk=cleaned["object_id"]).exists():
                self.add_error("object_id", "没有这一页。编号是网址末尾的数字。")
        return cleaned


@admin.register(Correction)
class CorrectionAdmin(admin.ModelAdmin):
    """What pages say about their own mistakes."""

    form = CorrectionForm
    list_display = ["text", "kind", "object_id", "wrong_since", "corrected_on"]
    list_filter = ["kind"]

    def save_model(self, request: HttpRequest, obj: Correction, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._tell(obj)

    def delete_model(self, request: HttpRequest, obj: Correction) -> None:
        super().delete_model(request, obj)
        self._tell(obj)

    def _tell(self, correction: Correction) -> None:
        if document := correction.document:
            registry.announce(document, registry.Change.IDENTITY)
