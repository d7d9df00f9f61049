"""The rules of the filing guide in the editors' admin: rows with sources, a preview before saving, a history."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from filing import book
from filing.forms import ExemptionForm, PreviewForm
from filing.impact import Change, changes, with_exemption, with_statement
from filing.models import Exemption, Override, Rule, Sourced
from filing.places import Gazetteer
from filing.vocabulary import CONDITIONS
from publishing.models import AuditEvent

SOURCE = ("来源", {"fields": ["policy", "clause", "source_note", "confidence", "in_force_from", "in_force_until"]})
WHEN = ("什么情形", {"fields": [f"when_{name}" for name in CONDITIONS]})


class SourcedAdmin(admin.ModelAdmin):
    """Saves only what was previewed; writes what changed into the record."""

    form = PreviewForm
    change_form_template = "admin/filing/change_form.html"
    delete_confirmation_template = "admin/filing/delete_confirmation.html"
    autocomplete_fields = ["policy"]
    list_select_related = ["policy"]
    actions = None  # deleting many at once would skip the preview

    def save_model(self, request: HttpRequest, obj: Sourced, form: Any, change: bool) -> None:
        obj.__dict__["_before"] = _plain(form.initial, form.changed_data) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        names = [name for name in form.changed_data if name != "confirmed"]
        if names:
            details = {"before": form.instance.__dict__["_before"], "after": _plain(form.cleaned_data, names)}
            _record(request, form.instance, "filing.changed" if change else "filing.added", details, form.impact)

    def delete_model(self, request: HttpRequest, obj: Sourced) -> None:
        _record(request, obj, "filing.deleted", {"code": obj.code}, self.impact_of_deleting(obj))
        super().delete_model(request, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        impact = self.impact_of_deleting(obj) if obj else []
        return super().delete_view(request, object_id, {**(extra_context or {}), "impact": impact})

    def impact_of_deleting(self, obj: Sourced) -> list[Change]:
        """What readers would see differently without this row."""
        now = book.load()
        without = with_exemption if isinstance(obj, Exemption) else with_statement
        return changes(now, without(now, None, obj.code), timezone.localdate(), Gazetteer())

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: dict[str, Any] | None = None) -> HttpResponse:  # fmt: skip
        kind = ContentType.objects.get_for_model(self.model)
        query = urlencode({"content_type__id__exact": kind.pk, "object_id": object_id})
        url = f"{reverse('admin:publishing_auditevent_changelist')}?{query}"
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "audit_url": url})


def _plain(data: dict[str, Any], names: list[str]) -> dict[str, str]:
    """Field values as texts."""
    return {name: _text(data.get(name)) for name in names if name != "confirmed"}


def _text(value: Any) -> str:
    return (
        "、".join(str(item) for item in value)
        if hasattr(value, "__iter__") and not isinstance(value, str)
        else str(value)
    )


def _record(request: HttpRequest, obj: Sourced, action: str, details: dict[str, Any], impact: list[Change]) -> None:
    outcomes = sum(len(change.cases) for change in impact)
    AuditEvent.objects.create(
        actor=request.user, action=action, content_type=ContentType.objects.get_for_model(obj), object_id=obj.pk,
        details={**details, "outcomes": outcomes},
    )  # fmt: skip


@admin.register(Rule)
class RuleAdmin(SourcedAdmin):
    list_display = ["code", "slot", "verdict", "policy", "clause", "confidence", "in_force_from", "in_force_until"]
    list_filter = ["slot", "verdict", "confidence"]
    search_fields = ["code", "text", "clause"]
    fieldsets = [
        (None, {"fields": ["code", "slot", "verdict", "text", "time", "cost", "questions"]}),
        WHEN,
        SOURCE,
    ]


@admin.register(Override)
class OverrideAdmin(SourcedAdmin):
    list_display = [
        "code",
        "province",
        "city",
        "slot",
        "policy",
        "source_note",
        "confidence",
        "in_force_from",
        "in_force_until",
    ]
    list_filter = ["province", "slot", "confidence"]
    list_select_related = ["policy", "province", "city"]
    search_fields = ["code", "text", "clause", "source_note"]
    autocomplete_fields = ["policy", "province", "city"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "code",
                    "province",
                    "city",
                    "direct_only",
                    "slot",
                    "verdict",
                    "text",
                    "time",
                    "cost",
                    "questions",
                ]
            },
        ),
        WHEN,
        SOURCE,
    ]


@admin.register(Exemption)
class ExemptionAdmin(SourcedAdmin):
    form = ExemptionForm
    list_display = [
        "code",
        "name",
        "within",
        "partial",
        "policy",
        "source_note",
        "confidence",
        "in_force_from",
        "in_force_until",
    ]
    list_filter = ["confidence", "within", "partial"]
    search_fields = ["code", "name", "text"]
    autocomplete_fields = ["policy", "city", "provinces"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "code",
                    "name",
                    "provinces",
                    "within",
                    "city",
                    "cares",
                    "partial",
                    "text",
                    "limit",
                ]
            },
        ),
        SOURCE,
    ]
