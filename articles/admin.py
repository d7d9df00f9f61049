"""Articles in the editors' admin."""

from django.contrib import admin

from articles.models import Article, ArticleCitation, ArticleRevision
from publishing.admin import CitationInline, DocumentAdmin, RevisionAdmin


@admin.register(Article)
class ArticleAdmin(DocumentAdmin):
    list_filter = ["kind", *DocumentAdmin.list_filter]
    autocomplete_fields = ["related_questions"]
    fieldsets = [
        (None, {"fields": ["kind", "topics", "nationwide", "provinces", "related_questions"]}),
        *DocumentAdmin.fieldsets[1:],
    ]


class ArticleCitationInline(CitationInline):
    model = ArticleCitation


@admin.register(ArticleRevision)
class ArticleRevisionAdmin(RevisionAdmin):
    inlines = [ArticleCitationInline]
    fieldsets = [
        (None, {"fields": ["title", "summary", "body", "cover", "cover_alt"]}),
        ("这次改了什么", {"fields": ["change_note", "is_minor"]}),
        ("编辑备查", {"fields": ["trace"], "classes": ["collapse"]}),
    ]
