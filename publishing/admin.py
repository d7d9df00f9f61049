"""The editors' admin that all content types share: identity on one page, the text on another."""

from __future__ import annotations

from typing import Any

from ckeditor.widgets import CKEditorWidget
from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery, TextField
from django.forms import Textarea
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html

from publishing import workflow
from publishing.drafts import copy_revision, first_draft, open_draft
from publishing.forms import IdentityForm, NewDocumentForm
from publishing.models import AuditEvent, Availability, State
from publishing.registry import Change, announce
from publishing.richtext import RichTextField

# CKEditor 4 writes inline scripts and styles into its page; only the change form with an editor is relaxed.
editor_csp = csp_replace(
    {"script-src": [SELF, UNSAFE_INLINE], "style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"], "frame-src": [SELF]}
)
EDITABLE = {State.DRAFT, State.SUBMITTED, State.REJECTED, State.SCHEDULED}


def admin_url(instance: Any, page: str = "change") -> str:
    """The address of an object's admin page."""
    return reverse(f"admin:{instance._meta.app_label}_{instance._meta.model_name}_{page}", args=[instance.pk])


class DraftStateFilter(admin.SimpleListFilter):
    title = "草稿"
    parameter_name = "draft"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, state.label) for state in (State.DRAFT, State.SUBMITTED, State.REJECTED, State.SCHEDULED)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(working_state=self.value()) if self.value() else queryset


class DocumentAdmin(admin.ModelAdmin):
    """Identity: what a page is about, who owns it, when it is reviewed. The title opens the text."""

    form = IdentityForm
    list_display = ["id", "edit_link", "availability", "working_label", "topic_names", "province_names", "verified_on", "review_due_on"]
    list_display_links = ["id"]
    list_filter = ["availability", DraftStateFilter, "topics", "provinces", "owner"]
    search_fields = ["revisions__title", "search_terms", "=id"]
    list_per_page = 50
    show_full_result_count = False
    fieldsets = [
        (None, {"fields": ["topics", "nationwide", "provinces"]}),
        ("核对", {"fields": ["verified_on", "review_due_on", "owner"]}),
        ("检索", {"fields": ["search_terms", "origin"], "classes": ["collapse"]}),
    ]

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

    def get_form(self, request: HttpRequest, obj: Any = None, **options: Any) -> type:
        if obj is None:
            options["form"] = NewDocumentForm
        return super().get_form(request, obj, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list:
        return self.fieldsets if obj else [(None, {"fields": ["title"]}), *self.fieldsets]

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
        return "全国" if document.nationwide else "、".join(province.short_name for province in document.provinces.all())

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        draft = path("<int:pk>/draft/", self.admin_site.admin_view(self.draft_view), name=f"{name}_draft")
        return [draft, *super().get_urls()]

    def draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Opens the text: the draft in work, or a new one made from what readers see."""
        document = get_object_or_404(self.model, pk=pk)
        if not self.has_change_permission(request, document):
            revision = document.live or document.revisions.first()
            return HttpResponseRedirect(admin_url(revision))
        if request.method != "POST" and document.working_revision is None and document.live:
            return HttpResponseRedirect(admin_url(document.live))
        return HttpResponseRedirect(admin_url(open_draft(document, request.user)))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            first_draft(obj, form.cleaned_data["title"], request.user)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        changed = sorted(set(form.changed_data))
        if changed:
            form.instance.record(request.user, "identity", fields=changed)
        if form.instance.availability == Availability.LIVE:
            announce(form.instance, Change.IDENTITY)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, "已建立，现在写正文。")
        return HttpResponseRedirect(admin_url(obj, "draft"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A page that readers have seen is withdrawn, merged or removed, never deleted from the database."""
        if obj is not None and obj.availability != Availability.UNPUBLISHED:
            return False
        return super().has_delete_permission(request, obj)


class CitationInline(admin.TabularInline):
    """The sources of a text, in order."""

    extra = 0
    autocomplete_fields = ["policy", "recheck_with"]
    fields = ["position", "policy", "clause", "note", "as_history", "recheck_with"]


class RevisionAdmin(admin.ModelAdmin):
    """The text of one version, in reading order, with the verbs that are possible now."""

    change_form_template = "admin/publishing/revision_form.html"
    formfield_overrides = {  # noqa: RUF012 - Django's own way
        RichTextField: {"widget": CKEditorWidget},
        TextField: {"widget": Textarea(attrs={"rows": 4, "cols": 60})},
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("document", "document__live", "author", "reviewer")

    @method_decorator(editor_csp)
    def changeform_view(self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
                        extra_context: dict[str, Any] | None = None) -> HttpResponse:  # fmt: skip
        revision = self.get_object(request, object_id) if object_id else None
        if revision is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        if "_edit" in request.POST:
            return self._new_draft(request, revision)
        context = {
            **(extra_context or {}),
            "editable": revision.state in EDITABLE,
            "publish_blockers": workflow.blockers(workflow.Action.PUBLISH, revision, request.user),
            "submit_blockers": workflow.blockers(workflow.Action.SUBMIT, revision, request.user),
            "identity_url": admin_url(revision.document),
        }
        return super().changeform_view(request, object_id, form_url, context)

    def _new_draft(self, request: HttpRequest, revision: Any) -> HttpResponse:
        if not self.has_change_permission(request):
            return HttpResponseRedirect(request.path)
        draft = revision.document.working_revision or copy_revision(revision, request.user)
        return HttpResponseRedirect(admin_url(draft))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Texts are reached through their document, so the index lists documents only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What readers have seen stays as it was; a new draft is made instead."""
        return super().has_change_permission(request, obj) and (obj is None or obj.state in EDITABLE)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.author is None:
            obj.author = request.user
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        workflow.record_figures(form.instance)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        verbs = {"_publish": (workflow.publish, "已发布，读者现在看到的就是这一版。"), "_submit": (workflow.submit, "已提交，等另一位编辑审核。")}
        for name, (verb, done) in verbs.items():
            if name not in request.POST:
                continue
            try:
                verb(obj, request.user)
            except workflow.Blocked as refusal:
                for reason in refusal.reasons:
                    messages.error(request, reason)
            else:
                messages.success(request, done)
            return HttpResponseRedirect(admin_url(obj))
        messages.success(request, "草稿已保存，读者看到的页面没有变。")
        return HttpResponseRedirect(admin_url(obj))


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    """The record of who did what: rows can be read, never changed."""

    list_display = ["at", "actor", "action", "content_type", "object_id", "details"]
    list_filter = ["action", "content_type"]
    list_select_related = ["actor", "content_type"]
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
