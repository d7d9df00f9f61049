"""The text of one version in the admin: saved by hand or by itself, never over somebody else's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckeditor.widgets import CKEditorWidget
from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import admin, messages
from django.db.models import ImageField, QuerySet, TextField
from django.forms import BaseInlineFormSet, Media, Textarea
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import linebreaksbr
from django.urls import path, reverse
from django.utils import timezone

from policies.insertable import insert_media
from policies.models import ParameterValue
from publishing import conflicts, presence, verbs, workflow
from publishing.addresses import admin_url, tabs
from publishing.conflicts import Conflict
from publishing.drafts import EDITABLE, open_draft
from publishing.history import readable
from publishing.richtext import RichTextField, sanitise
from publishing.rules import Action, advice, standing_blockers, text_blockers
from publishing.saving import CITATION_FIELDS, Saving, differs
from publishing.uploads import PictureField, upload

# CKEditor 4 writes inline scripts and styles into its page; only a change form that really holds the editor is relaxed.
editor_csp = csp_replace(
    {
        "script-src": [SELF, UNSAFE_INLINE],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "frame-src": [SELF],
    }
)
IN_FORM = {
    "_publish": (workflow.publish, "已发布，读者现在看到的就是这一版。"),
    "_submit": (workflow.submit, "已提交，等另一位编辑审核。"),
}
HINTS = {
    "title": "读者会怎么问，就怎么写。网页标题和搜索结果里都是这一句。",
    "summary": "读者打开页面第一眼看到的就是它：先说能不能，再说怎么办。最多 120 字，搜索引擎也用它作简介。",
    "scope": "每行一条，如“险种：职工医保、居民医保”。读者靠它判断说的是不是自己。",
    "steps": "每行一步，按先后次序。读者会看到 1、2、3 的编号。",
    "checklist": "每行一样。读者会照着它收拾材料。",
    "body": "讲为什么、常见情形和容易出错的地方，不要重复上面的步骤。",
    "exceptions": "每行一条：什么情况下答案不一样。",
    "trace": "只有编辑看得到，每行一段：这一段依据哪几条事实。",
}


class EditorWidget(CKEditorWidget):
    """CKEditor with this site's picture upload."""

    def __init__(self, upload_url: str = "", **options: Any) -> None:
        super().__init__(**options)
        if upload_url:
            self.config = {**self.config, "uploadUrl": upload_url, "filebrowserImageUploadUrl": upload_url}

    def format_value(self, value: Any) -> str | None:
        """Clean HTML only: what was posted and refused for another field would reach the editor as it was typed."""
        return sanitise(value) if isinstance(value, str) else super().format_value(value)


class CitationInline(admin.TabularInline):
    """The sources of a text, in order."""

    extra = 0
    max_num = 99  # a footnote's mark has two digits
    autocomplete_fields = ["policy", "recheck_with"]
    fields = CITATION_FIELDS

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> type[BaseInlineFormSet]:
        """No more rows are made than there may be, whatever number is posted: each costs time."""
        return super().get_formset(request, obj, absolute_max=self.max_num, **options)


class RevisionAdmin(Saving, admin.ModelAdmin):
    """The text of one version, in reading order, with the verbs that are possible now."""

    change_form_template = "admin/publishing/revision_form.html"
    formfield_overrides = {TextField: {"widget": Textarea(attrs={"rows": 4, "cols": 60})}}

    @property
    def media(self) -> Media:
        return (
            super().media
            + Media(css={"all": ["admin_desk/desk.css"]}, js=["admin_desk/editor.js", "admin_desk/similar.js"])
            + insert_media()
        )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if isinstance(db_field, RichTextField):
            options["widget"] = EditorWidget(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_upload"))
        elif isinstance(db_field, ImageField):
            options["form_class"] = PictureField
        elif db_field.name == "summary":
            options["widget"] = Textarea(attrs={"rows": 3, "cols": 60})
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field and db_field.name in HINTS:
            field.help_text = HINTS[db_field.name]
        if field and db_field.name in {"summary", *self.model.LINE_FIELDS}:
            field.widget.attrs["data-figures"] = ""
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .select_related("document", "document__live", "author", "reviewer", "edited_by")
        )

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("<int:pk>/autosave/", self.autosave_view, name=f"{name}_autosave"),
            path("upload/", self.admin_site.admin_view(upload), {"model": self.model}, name=f"{name}_upload"),
            *super().get_urls(),
        ]

    # Opening and saving

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
                        extra_context: dict[str, Any] | None = None) -> HttpResponse:  # fmt: skip
        revision = self.get_object(request, object_id) if object_id else None
        if revision is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST":
            return self._posted(
                request,
                revision,
                lambda: super(RevisionAdmin, self).changeform_view(
                    request, object_id, form_url, self._context(request, revision)
                ),
            )
        presence.opened(revision, request.user)
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **self._context(request, revision)}
        )

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *options: Any, obj: Any = None,
                           **named: Any) -> HttpResponse:  # fmt: skip
        render_page = super().render_change_form
        if obj is not None and self.has_change_permission(request, obj):
            render_page = editor_csp(render_page)
        return render_page(request, context, *options, obj=obj, **named)

    def _posted(self, request: HttpRequest, revision: Any, save: Callable[[], HttpResponse]) -> HttpResponse:
        if "_edit" in request.POST:
            return self._new_draft(request, revision)
        if "_resolve" in request.POST:
            return self._resolve(request, revision)
        if not self.has_change_permission(request, revision):
            # Somebody published or scheduled it while this form was open: what was typed must not be lost.
            mine = "version_token" in request.POST and super().has_change_permission(request, revision)
            return self._conflict(request, revision) if mine else save()
        if request.POST.get("version_token") != conflicts.token(revision):
            return self._conflict(request, revision)
        request.POST = request.POST.copy()
        conflicts.renumber(request.POST, self.prefix)
        try:
            return save()
        except Conflict:  # somebody was faster by milliseconds; nothing was written
            return self._conflict(request, self.get_object(request, str(revision.pk)))

    def _context(self, request: HttpRequest, revision: Any) -> dict[str, Any]:
        """What the template needs to say where this text stands and what can be done with it."""
        text = text_blockers(revision)
        return {
            "editable": revision.state in EDITABLE,
            "version_token": conflicts.token(revision),
            "base": conflicts.base(revision, self.text_names(request, revision)),
            "autosave_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_autosave", args=[revision.pk]),
            "similar_url": admin_url(revision.document, "similar"),
            "publish_reasons": standing_blockers(Action.PUBLISH, revision, request.user),
            "submit_reasons": standing_blockers(Action.SUBMIT, revision, request.user),
            "text_blockers": text,
            "advice": [] if text else advice(revision)[:8],
            "buttons": verbs.buttons(revision.document, request.user),
            "presence": presence.others(revision, request.user),
            "figures": figures_today(),
            "tabs": tabs(revision.document, "text"),
            "document": revision.document,
        }

    def _new_draft(self, request: HttpRequest, revision: Any) -> HttpResponse:
        if not super().has_change_permission(request):
            return HttpResponseRedirect(request.path)
        return HttpResponseRedirect(admin_url(open_draft(revision.document, request.user)))

    # A text that cannot be edited is shown as words, not as markup

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list:
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return [
            (title, {**options, "fields": ["body_in_words" if name == "body" else name for name in options["fields"]]})
            for title, options in self.fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        closed = obj is not None and not self.has_change_permission(request, obj)
        return [*super().get_readonly_fields(request, obj), *(["body_in_words"] if closed else [])]

    @admin.display(description="正文")
    def body_in_words(self, revision: Any) -> str:
        return linebreaksbr(readable(revision.body))

    # Permissions

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Texts are reached through their document, so the index lists documents only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What readers have seen, or what waits for its moment, stays as it is; a new draft is made instead."""
        return super().has_change_permission(request, obj) and (obj is None or obj.state in EDITABLE)

    # Saving by hand

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # First the page, then the text: the order in which the verbs lock, or two editors could wait for each other.
        type(obj.document).objects.select_for_update().get(pk=obj.document_id)
        fresh = type(obj).objects.select_for_update().get(pk=obj.pk)
        if request.POST.get("version_token") != conflicts.token(fresh) or fresh.state != obj.state:
            raise Conflict
        form.saved_fields = [
            name for name in form.changed_data if differs(getattr(fresh, name), form.cleaned_data[name])
        ]
        for name in set(form.changed_data) - set(form.saved_fields):
            setattr(obj, name, getattr(fresh, name))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.saved_fields or any(formset.has_changed() for formset in formsets):
            self._touch(request, form.instance, form.saved_fields, by_hand=True)
        workflow.record_figures(form.instance)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        for name, (verb, done) in IN_FORM.items():
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

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return HttpResponseRedirect(admin_url(obj))


def figures_today() -> dict[str, str]:
    """Every national figure as readers see it today, so that the counter counts what they see."""
    values = ParameterValue.objects.in_force(timezone.localdate()).filter(province__isnull=True)
    return {value.parameter.key: value.text for value in values.select_related("parameter")}
