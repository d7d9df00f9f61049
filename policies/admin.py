"""Policy documents and figures in the editors' admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from import_export.formats.base_formats import CSV

from policies.forms import ColumnsForm, ValueForm, ValueFormSet
from policies.impact import Reading, by_page, read_parameter, read_policy
from policies.imports import BoundedImportMixin, Sheet
from policies.insertable import insertable_view
from policies.models import Parameter, ParameterValue, PolicyDocument
from policies.rehearsal import UsedAdmin
from policies.tables import PolicyTable, ValueTable


class TableMixin(BoundedImportMixin):
    """Import with a preview, and export, of one table; nothing is written where one row is wrong."""

    formats = [Sheet, CSV]
    from_encoding = "utf-8-sig"
    to_encoding = "utf-8-sig"
    skip_export_form = False
    export_form_class = ColumnsForm
    import_template_name = "admin/policies/import.html"

    def has_import_permission(self, request: HttpRequest) -> bool:
        wanted = [f"{self.opts.app_label}.{verb}_{self.opts.model_name}" for verb in ("add", "change")]
        return request.user.has_perms(wanted)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_import_data_kwargs(self, **options: Any) -> dict[str, Any]:
        return {**super().get_import_data_kwargs(**options), "rollback_on_validation_errors": True}

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Between preview and confirmation somebody may have changed a row: then nothing was written, and that is said."""
        if result.has_errors() or result.has_validation_errors():
            messages.error(request, "预览以后资料变了，这份文件现在有行对不上，一行也没有写入。请重新上传再看预览。")
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_import"))
        return super().process_result(result, request)

    def import_action(self, request: HttpRequest, **options: Any) -> HttpResponse:
        """The preview, with what it changes for readers page by page."""
        response = super().import_action(request, **options)
        result = getattr(response, "context_data", {}).get("result")
        response.context_data["pages"] = by_page(getattr(result, "changes", []))
        return response


@admin.register(PolicyDocument)
class PolicyDocumentAdmin(TableMixin, UsedAdmin):
    resource_classes = [PolicyTable]
    list_display = ["code", "title", "number", "published_on", "in_force_from", "status_label", "confidence"]
    list_filter = ["kind", "confidence", "historical"]
    list_select_related = ["superseded_by", "partly_superseded_by"]
    search_fields = ["code", "title", "number"]
    autocomplete_fields = ["superseded_by", "partly_superseded_by"]
    ordering = ["code"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    @admin.display(description="今天的状态")
    def status_label(self, policy: PolicyDocument) -> str:
        return policy.status_text

    def reading(self, subject: PolicyDocument) -> Reading:
        return read_policy(subject)


def standing(value: ParameterValue) -> str:
    """Whether the value holds today, will, or did, as words."""
    today = timezone.localdate()
    if value.holds_on(today):
        return "今天的值"
    if value.in_force_from and value.in_force_from > today:
        return f"{value.in_force_from:%Y-%m-%d} 起生效"
    return f"{value.in_force_until:%Y-%m-%d} 后不再有效"


class ParameterValueInline(admin.StackedInline):
    """A figure's history: the nation first, newest value first."""

    model = ParameterValue
    form = ValueForm
    formset = ValueFormSet
    autocomplete_fields = ["policy", "province"]
    fields = [
        "standing",
        ("value", "province"),
        ("in_force_from", "in_force_until"),
        ("policy", "clause"),
        ("source_note", "confidence", "verified_on"),
    ]
    readonly_fields = ["standing"]
    ordering = [models.F("province__code").asc(nulls_first=True), models.F("in_force_from").desc(nulls_last=True)]
    extra = 0

    @admin.display(description="今天看")
    def standing(self, value: ParameterValue) -> str:
        return standing(value) if value.pk else "新的值"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who keeps figures up to date may give up a planned value; the formset keeps what readers have seen."""
        return self.has_change_permission(request, obj)


@admin.register(Parameter)
class ParameterAdmin(UsedAdmin):
    list_display = ["label", "key", "today", "note"]
    fields = ["label", "key", "unit", "note"]
    search_fields = ["label", "key"]
    inlines = [ParameterValueInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        national = ParameterValue.objects.in_force(timezone.localdate()).filter(province=None)
        return super().get_queryset(request).prefetch_related(Prefetch("values", national, to_attr="values_today"))

    @admin.display(description="今天的全国值")
    def today(self, figure: Parameter) -> str:
        return "、".join(f"{value.value}{figure.unit}" for value in figure.values_today) or "没有"

    def reading(self, subject: Parameter) -> Reading:
        return read_parameter(subject)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list, dict, set, list]:
        """Values go with their figure: who may delete one may delete the other."""
        to_delete, counts, missing, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, missing - {ParameterValue._meta.verbose_name}, protected

    def get_readonly_fields(self, request: HttpRequest, obj: Parameter | None = None) -> list[str]:
        """Texts hold the key, so it never changes once it is there."""
        return ["key"] if obj else []

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(insertable_view)
        return [path("insertable/", view, name="policies_parameter_insertable"), *super().get_urls()]


@admin.register(ParameterValue)
class ParameterValueAdmin(TableMixin, admin.ModelAdmin):
    """Every value of every figure, as a list to read, to export and to import; a value is edited with its figure."""

    resource_classes = [ValueTable]
    list_display = ["figure", "province", "text", "standing", "in_force_from", "in_force_until", "source", "confidence"]
    list_display_links = None
    list_filter = ["confidence", "province", ("in_force_until", admin.EmptyFieldListFilter)]
    list_select_related = ["parameter", "province", "policy"]
    search_fields = ["parameter__label", "parameter__key", "value", "clause", "policy__title"]
    ordering = ["parameter__label", "province", "-in_force_from"]

    @admin.display(description="政策数字", ordering="parameter__label")
    def figure(self, value: ParameterValue) -> str:
        address = reverse("admin:policies_parameter_change", args=[value.parameter_id])
        return format_html('<a href="{}">{}</a>', address, value.parameter.label)

    @admin.display(description="值", ordering="value")
    def text(self, value: ParameterValue) -> str:
        return value.text

    @admin.display(description="今天看")
    def standing(self, value: ParameterValue) -> str:
        return standing(value)

    @admin.display(description="依据")
    def source(self, value: ParameterValue) -> str:
        policy = value.policy
        return f"{policy.number or policy.title} {value.clause}" if policy else value.source_note

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
