"""The record of who did what, for those who may read it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest

from publishing import registry
from publishing.bounded import BoundedPaginator
from publishing.models import AuditEvent
from publishing.records import DEEDS


class DeedFilter(admin.SimpleListFilter):
    """What was done, in the words of the list."""

    title = "动作"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(DEEDS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(action=self.value()) if self.value() else queryset


class AboutFilter(admin.SimpleListFilter):
    """What it was done to: a kind of page, or an account."""

    title = "对象"
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, str(model._meta.verbose_name)) for name, model in self._models().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        model = self._models().get(self.value() or "")
        return queryset.filter(content_type=ContentType.objects.get_for_model(model)) if model else queryset

    def _models(self) -> dict[str, Any]:
        return {kind.name: kind.model for kind in registry.content_types()} | {"account": get_user_model()}


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    """The record of who did what: rows can be read, never changed."""

    list_display = ["at", "actor", "action_name", "content_type", "object_id", "said"]
    fields = list_display
    list_filter = [DeedFilter, AboutFilter]
    list_select_related = ["actor", "content_type"]
    show_full_result_count = False
    paginator = BoundedPaginator
    date_hierarchy = "at"

    @admin.display(description="动作", ordering="action")
    def action_name(self, event: AuditEvent) -> str:
        return event.label

    @admin.display(description="详情")
    def said(self, event: AuditEvent) -> str:
        return "\uff1b".join(event.lines())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
