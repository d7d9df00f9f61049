"""Spreadsheets in and out of the admin: a dry run first, all rows or none, sentences for what is wrong."""

from __future__ import annotations

from typing import Any

import tablib
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import connection, transaction
from django.http import HttpRequest
from import_export.formats.base_formats import CSV
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource
from import_export.results import RowResult

from policies.cells import as_meant, harmless
from policies.imports import BoundedImportMixin, Sheet
from publishing.registry import ContentType, content_type, name_of
from publishing.rows import Outcome, Row, RowError, columns, label_of, row_of, store


class DocumentResource(Resource):
    """One row a document. Headings are Chinese; the English field names are read as well."""

    class Meta:
        instance_loader_class = BaseInstanceLoader

    def __init__(self, kind: ContentType, user: Any = None) -> None:
        super().__init__()
        self.kind, self.user = kind, user

    @classmethod
    def get_display_name(cls) -> str:
        return "一行一页"

    def get_export_headers(self, selected_fields: Any = None) -> list[str]:
        return [label_of(self.kind, name) for name in columns(self.kind)]

    def export_resource(self, instance: Any, selected_fields: Any = None, **options: Any) -> list[str]:
        row = row_of(self.kind, instance)
        return [harmless(row[name]) for name in columns(self.kind)]

    def get_diff_headers(self) -> list[str]:
        return ["编号", "标题", "改动"]

    def get_user_visible_fields(self) -> list[Any]:
        return []

    def before_import(self, dataset: tablib.Dataset, **options: Any) -> None:
        """Refuses a file in which no row could be read."""
        headers = set(dataset.headers or [])
        if not {"title", label_of(self.kind, "title")} & headers:
            raise RowError(f"第一行里没有“{label_of(self.kind, 'title')}”这一栏，请用导出的表格来改。")

    def import_row(self, row: dict[str, Any], instance_loader: Any, **options: Any) -> RowResult:
        result = RowResult()
        try:
            with transaction.atomic():
                outcome = store(self.kind, self._read(row), self.user)
        except (RowError, ValidationError) as error:
            sentence = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            result.import_type = RowResult.IMPORT_TYPE_ERROR
            result.errors.append(
                self.get_error_result_class()(RowError(sentence), row=row, number=options["row_number"])
            )
            return result
        result.import_type = _import_type(outcome)
        labels = "、".join(label_of(self.kind, name) for name in outcome.changed)
        result.diff = [outcome.document.pk, outcome.title, labels or "没有变化"]
        result.object_id, result.object_repr = outcome.document.pk, outcome.title
        return result

    def _read(self, row: dict[str, Any]) -> Row:
        names = {label_of(self.kind, name): name for name in columns(self.kind)}
        return {names.get(str(key).strip(), str(key).strip()): _cell(value) for key, value in row.items() if key}

    def after_import(self, dataset: tablib.Dataset, result: Any, **options: Any) -> None:
        """Lets PostgreSQL count on from the highest id where rows brought their own."""
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [self.kind.model]):
                cursor.execute(statement)


def _cell(value: Any) -> str:
    """A cell as text; spreadsheets turn whole numbers into fractions and dates into moments."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return as_meant(str(value))


def _import_type(outcome: Outcome) -> str:
    if outcome.is_new:
        return RowResult.IMPORT_TYPE_NEW
    return RowResult.IMPORT_TYPE_UPDATE if outcome.changed else RowResult.IMPORT_TYPE_SKIP


class ExchangeMixin(BoundedImportMixin):
    """Import and export on the list of a document type."""

    resource_classes = [DocumentResource]
    formats = [Sheet, CSV]
    export_formats = [Sheet]
    skip_export_form = True
    skip_admin_log = True
    import_template_name = "admin/publishing/import.html"

    def _kind(self) -> ContentType:
        return content_type(name_of(self.model()))

    def get_resource_kwargs(self, request: HttpRequest, *args: Any, **options: Any) -> dict[str, Any]:
        return {"kind": self._kind(), "user": request.user}

    get_import_resource_kwargs = get_export_resource_kwargs = get_resource_kwargs

    def get_export_queryset(self, request: HttpRequest) -> Any:
        return super().get_export_queryset(request).select_related("owner")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def add_success_message(self, result: Any, request: HttpRequest) -> None:
        totals = result.totals
        messages.success(
            request,
            f"导入完成：新建{totals['new']}页，更新{totals['update']}页，没有变化{totals['skip']}页。都是草稿，读者看到的页面没有变。",
        )
