"""Questions in the editors' admin."""

from django.contrib import admin

from faq.models import Question, QuestionCitation, QuestionRevision, RelatedLink
from publishing.admin import CitationInline, DocumentAdmin, RevisionAdmin


class RelatedLinkInline(admin.TabularInline):
    model = RelatedLink
    fk_name = "question"
    autocomplete_fields = ["target"]
    extra = 0


@admin.register(Question)
class QuestionAdmin(DocumentAdmin):
    inlines = [RelatedLinkInline]


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
