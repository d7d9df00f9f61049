"""Policy documents and figures in the editors' admin."""

from __future__ import annotations

from django.contrib import admin

from policies.models import Parameter, ParameterValue, PolicyDocument


@admin.register(PolicyDocument)
class PolicyDocumentAdmin(admin.ModelAdmin):
    list_display = ["code", "title", "number", "published_on", "in_force_from", "status_text", "confidence"]
    list_filter = ["kind", "confidence", "historical"]
    list_select_related = ["superseded_by", "partly_superseded_by"]
    search_fields = ["code", "title", "number"]
    autocomplete_fields = ["superseded_by", "partly_superseded_by"]
    ordering = ["code"]


class ParameterValueInline(admin.TabularInline):
    model = ParameterValue
    autocomplete_fields = ["policy", "province"]
    extra = 0


@admin.register(Parameter)
class ParameterAdmin(admin.ModelAdmin):
    list_display = ["label", "key", "unit", "note"]
    search_fields = ["label", "key"]
    inlines = [ParameterValueInline]
