"""Questions in the editors' admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from faq.models import Question, QuestionCitation, QuestionRevision, RelatedLink
from publishing.admin import CitationInline, DocumentAdmin, RevisionAdmin
from search.related_admin import dead_pins, linked_from, why_related


class RelatedLinkInline(admin.TabularInline):
    model = RelatedLink
    fk_name = "question"
    autocomplete_fields = ["target"]
    extra = 0


@admin.register(Question)
class QuestionAdmin(DocumentAdmin):
    inlines = [RelatedLinkInline]
    readonly_fields = [*DocumentAdmin.readonly_fields, "why_related", "linked_from"]
    fieldsets = [
        *DocumentAdmin.fieldsets,
        ("相关链接", {"fields": ["why_related", "linked_from"], "classes": ["collapse"]}),
    ]

    @admin.display(description="这一页链接到")
    def why_related(self, question: Question) -> SafeString:
        return why_related(question)

    @admin.display(description="谁链接到我")
    def linked_from(self, question: Question) -> SafeString:
        return linked_from(question)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list:
        """A question that does not exist yet has no links to show."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else [part for part in fieldsets if part[0] != "相关链接"]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **options: Any) -> HttpResponse:
        question = self.get_object(request, object_id)
        if question and request.method == "GET":
            for title in dead_pins(question):
                messages.warning(request, f"您指定的相关问题“{title}”已经不在线上，读者看不到它，请换一个。")
        return super().change_view(request, object_id, *args, **options)


class QuestionCitationInline(CitationInline):
    model = QuestionCitation


@admin.register(QuestionRevision)
class QuestionRevisionAdmin(RevisionAdmin):
    inlines = [QuestionCitationInline]
    fieldsets = [
        (None, {"fields": ["title", "summary", "scope", "steps", "checklist", "body", "exceptions"]}),
        ("这次改了什么", {"fields": ["change_note", "is_minor"]}),
        ("编辑备查", {"fields": ["trace"], "classes": ["collapse"]}),
    ]
