"""Identity in the editors' admin: what a page is about, who owns it, when it is reviewed. The text has its own page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.html import format_html

from publishing import (
    audit_admin,  # noqa: F401 - registers the record of who did what
    desk,
    verbs,
)
from publishing.accounts import users  # noqa: F401 - registers the accounts
from publishing.addresses import admin_url, tabs
from publishing.bounded import BoundedPaginator, found_by, is_large
from publishing.document_pages import DocumentPages
from publishing.drafts import first_draft, open_draft
from publishing.exchange import ExchangeMixin
from publishing.forms import IdentityForm, NewDocumentForm
from publishing.models import Availability, State
from publishing.registry import Change, announce
from publishing.revision_admin import CitationInline, RevisionAdmin
from publishing.rules import may_publish
from publishing.workflow import identity_of

__all__ = ["CitationInline", "DocumentAdmin", "RevisionAdmin"]

# Promises about a page are made by those who publish it, even before it is published.
DECIDED = ["review_due_on", "owner"]
TRACKED = ["nationwide", "review_due_on", "owner_id", "search_terms", "origin"]


class DraftStateFilter(admin.SimpleListFilter):
    title = "草稿"
    parameter_name = "draft"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, state.label) for state in (State.DRAFT, State.SUBMITTED, State.REJECTED, State.SCHEDULED)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        revisions = queryset.model._meta.get_field("live").related_model.objects.filter(state=self.value())
        return queryset.filter(pk__in=revisions.values("document_id"), working_state=self.value())


class QueueFilter(admin.SimpleListFilter):
    """The queues of the desk as a filter, so that a count and its list cannot differ."""

    title = "工作台"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(selection.name, selection.label) for selection in desk.SELECTIONS.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        selection = desk.SELECTIONS.get(self.value() or "")
        return selection.pick(queryset, request.user) if selection else queryset


class DocumentAdmin(ExchangeMixin, DocumentPages, admin.ModelAdmin):
    """Identity: what a page is about, who owns it, when it is reviewed. The title opens the text."""

    form = IdentityForm
    change_form_template = "admin/publishing/document_form.html"
    list_display = [
        "id",
        "edit_link",
        "availability",
        "working_label",
        "topic_names",
        "province_names",
        "verified_on",
        "review_due_on",
    ]
    list_display_links = ["id"]
    list_filter = ["availability", QueueFilter, DraftStateFilter, "topics", "provinces", "owner"]
    search_fields = ["revisions__title", "search_terms", "=id"]
    readonly_fields = ["verified_on"]
    list_per_page = 50
    list_max_show_all = 0
    paginator = BoundedPaginator
    # Only what an index keeps in order: any other order would read every page.
    sortable_by = ["id", "availability", "review_due_on"]
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": ["topics", "nationwide", "provinces"]}),
        ("核对", {"fields": ["verified_on", "review_due_on", "owner"]}),
        ("检索", {"fields": ["search_terms", "origin"], "classes": ["collapse"]}),
    ]

    @property
    def media(self) -> Media:
        return super().media + Media(css={"all": ["admin_desk/desk.css"]}, js=["admin_desk/similar.js"])

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        revisions = self.model._meta.get_field("live").related_model.objects.filter(document=OuterRef("pk"))
        working = revisions.exclude(state__in=[State.PUBLISHED, State.SUPERSEDED]).order_by("-number")
        return (
            super().get_queryset(request)
            .select_related("live")
            .prefetch_related("topics", "provinces")
            .annotate(newest_title=Subquery(revisions.order_by("-number").values("title")[:1]),
                      working_state=Subquery(working.values("state")[:1]))
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Enforced for what is posted, not only for what is shown."""
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, *([] if may_publish(request.user, self.model) else DECIDED)]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """On a large site the search index finds what a look at every title would."""
        text = search_term.strip()
        if not text or not is_large(self.model):
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(pk__in=found_by(self.model, text)), False

    def get_form(self, request: HttpRequest, obj: Any = None, **options: Any) -> type:
        if obj is None:
            options["form"] = NewDocumentForm
        return super().get_form(request, obj, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list:
        if obj:
            return self.fieldsets
        return [(None, {"fields": ["title", "duplicate_reason"]}), *self.fieldsets]

    @admin.display(description="标题", ordering="live__title")
    def edit_link(self, document: Any) -> str:
        title = document.live.title if document.live else document.newest_title or f"#{document.pk}"
        return format_html('<a href="{}">{}</a>', admin_url(document, "draft"), title)

    @admin.display(description="草稿", ordering="working_state")
    def working_label(self, document: Any) -> str:
        return State(document.working_state).label if document.working_state else "–"

    @admin.display(description="栏目")
    def topic_names(self, document: Any) -> str:
        return "、".join(topic.name for topic in document.topics.all())

    @admin.display(description="地区")
    def province_names(self, document: Any) -> str:
        return (
            "全国" if document.nationwide else "、".join(province.short_name for province in document.provinces.all())
        )

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        pages = {"draft": self.draft_view, "preview": self.preview_view, "page": self.page_view}
        return [
            *(
                path(f"<int:pk>/{page}/", self.admin_site.admin_view(view), name=f"{name}_{page}")
                for page, view in pages.items()
            ),
            path("<int:pk>/verb/<str:verb>/", self.admin_site.admin_view(self.verb_view), name=f"{name}_verb"),
            path("<int:pk>/similar/", self.admin_site.admin_view(self.similar_view), name=f"{name}_similar"),
            path("similar/", self.admin_site.admin_view(self.similar_view), name=f"{name}_similar_new"),
            *super().get_urls(),
        ]

    def draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Opens the text: the draft in work, or what readers see, or (by POST) a new draft made from it."""
        document = get_object_or_404(self.model, pk=pk)
        working, live = document.working_revision, document.live
        may_write = super().has_change_permission(request, document)
        if not may_write or (request.method != "POST" and working is None and live):
            return HttpResponseRedirect(admin_url(working or live or document.revisions.first()))
        return HttpResponseRedirect(admin_url(open_draft(document, request.user)))

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
                        extra_context: dict[str, Any] | None = None) -> HttpResponse:  # fmt: skip
        document = self.get_object(request, object_id) if object_id else None
        context = dict(extra_context or {})
        if document:
            context |= {"tabs": tabs(document, "identity"), "document": document, "buttons": verbs.buttons(document, request.user),
                        "reader_sees": self._reader_sees(request, document)}  # fmt: skip
        return super().changeform_view(request, object_id, form_url, context)

    def _reader_sees(self, request: HttpRequest, document: Any) -> str:
        if document.availability == Availability.WITHDRAWN:
            return f"这一页已经撤回，读者打开网址先看到原因：{document.withdrawn_note}"
        if document.availability == Availability.MERGED:
            return f"这一页已经合并，读者打开网址会到“{document.replaced_by}”。"
        if document.availability == Availability.GONE:
            return "这一页已经删除，读者打开网址只看到一句说明。"
        if document.availability != Availability.LIVE:
            return ""
        if self.has_change_permission(request, document):
            return "这里的改动保存后，读者马上看到。"
        return "页面已经发布，它的栏目、地区和复核日期由审核人修改。"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.before = self._identity(self.model.objects.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)
        if not change:
            first_draft(obj, form.cleaned_data["title"], request.user)
            obj.record(
                request.user,
                "create",
                title=form.cleaned_data["title"],
                why_not_the_same=form.cleaned_data["duplicate_reason"],
            )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        document = form.instance
        after = self._identity(self.model.objects.get(pk=document.pk))
        changes = {
            name: [form.before.get(name), value] for name, value in after.items() if form.before.get(name) != value
        }
        if change and changes:
            document.record(request.user, "identity", **changes)
        if document.availability == Availability.LIVE:
            announce(document, Change.IDENTITY)

    def _identity(self, document: Any) -> dict[str, Any]:
        """Everything that this page edits, as plain values for the record."""
        values = {name: str(getattr(document, name)) for name in TRACKED}
        rows = {inline.model._meta.model_name: [str(row) for row in inline.model.objects.filter(**{inline.fk_name or "document": document})]
                for inline in self.inlines}  # fmt: skip
        return {**values, **identity_of(document), **rows}

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, "已建立，现在写正文。")
        return HttpResponseRedirect(admin_url(obj, "draft"))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return HttpResponseRedirect(admin_url(obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What readers see of a live page, its topics and places too, is decided by a reviewer."""
        allowed = super().has_change_permission(request, obj)
        if obj is None or obj.availability == Availability.UNPUBLISHED:
            return allowed
        return allowed and may_publish(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A page that readers have seen is withdrawn, merged or removed, never deleted from the database."""
        if obj is not None and obj.availability != Availability.UNPUBLISHED:
            return False
        return super().has_delete_permission(request, obj)
