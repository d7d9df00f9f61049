"""The text of one version in the admin: saved by hand or by itself, never over somebody else's words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ckeditor.widgets import CKEditorWidget
from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import FileField, QuerySet, TextField
from django.forms import Media, Textarea
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator

from policies.insertable import insert_media
from policies.models import ParameterValue
from publishing import conflicts, presence, verbs, workflow
from publishing.addresses import admin_url, tabs
from publishing.conflicts import Conflict
from publishing.drafts import EDITABLE, open_draft
from publishing.richtext import RichTextField
from publishing.rules import Action, advice, standing_blockers, text_blockers

# CKEditor 4 writes inline scripts and styles into its page; only the change form with an editor is relaxed.
editor_csp = csp_replace(
    {"script-src": [SELF, UNSAFE_INLINE], "style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:", "blob:"], "frame-src": [SELF]}
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


class CitationInline(admin.TabularInline):
    """The sources of a text, in order."""

    extra = 0
    autocomplete_fields = ["policy", "recheck_with"]
    fields = ["position", "policy", "clause", "note", "as_history", "recheck_with"]


class RevisionAdmin(admin.ModelAdmin):
    """The text of one version, in reading order, with the verbs that are possible now."""

    change_form_template = "admin/publishing/revision_form.html"
    formfield_overrides = {TextField: {"widget": Textarea(attrs={"rows": 4, "cols": 60})}}
    prefix = "citations"

    @property
    def media(self) -> Media:
        return super().media + Media(css={"all": ["admin_desk/desk.css"]}, js=["admin_desk/editor.js"]) + insert_media()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if isinstance(db_field, RichTextField):
            options["widget"] = EditorWidget(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_upload"))
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field and db_field.name in HINTS:
            field.help_text = HINTS[db_field.name]
        if field and db_field.name in {"summary", *self.model.LINE_FIELDS}:
            field.widget.attrs["data-figures"] = ""
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("document", "document__live", "author", "reviewer", "edited_by")

    def get_urls(self) -> list:
        from publishing.uploads import upload

        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("<int:pk>/autosave/", self.autosave_view, name=f"{name}_autosave"),
            path("upload/", self.admin_site.admin_view(upload), {"model": self.model}, name=f"{name}_upload"),
            *super().get_urls(),
        ]

    # Opening and saving

    @method_decorator(editor_csp)
    def changeform_view(self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
                        extra_context: dict[str, Any] | None = None) -> HttpResponse:  # fmt: skip
        revision = self.get_object(request, object_id) if object_id else None
        if revision is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST":
            return self._posted(request, revision, lambda: super(RevisionAdmin, self).changeform_view(request, object_id, form_url, self._context(request, revision)))
        presence.opened(revision, request.user)
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **self._context(request, revision)})

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

    # Two editors

    def text_names(self, request: HttpRequest, revision: Any) -> list[str]:
        """The fields of the form that hold text or a tick, without files."""
        fields = (self.model._meta.get_field(name) for row in self.get_fieldsets(request, revision) for name in row[1]["fields"])
        return [field.name for field in fields if not isinstance(field, FileField)]

    def _conflict(self, request: HttpRequest, revision: Any) -> HttpResponse:
        names = self.text_names(request, revision)
        closed = revision.state not in EDITABLE
        differing = conflicts.pairs(revision, names, request.POST)
        context = {
            **self.admin_site.each_context(request),
            "title": "两个人同时改了这一版",
            "opts": self.opts,
            "revision": revision,
            "who": presence.name_of(revision.edited_by or revision.author),
            "missing": "version_token" not in request.POST,
            "closed": closed,
            "pairs": differing,
            "rest": {name: request.POST[name] for name in names if name in request.POST and name not in {pair.name for pair in differing}},
            "rows": conflicts.compare_rows(revision, self.prefix, CitationInline.fields, request.POST),
            "version_token": "new" if closed else conflicts.token(revision),
            "action": admin_url(revision),
        }
        return render(request, "admin/publishing/conflict.html", context, status=409)

    def _resolve(self, request: HttpRequest, revision: Any) -> HttpResponse:
        """Saves what the editor chose on the page that shows both texts, into a new draft if this one is closed."""
        given = request.POST.get("version_token")
        if revision.state not in EDITABLE and given == "new" and super().has_change_permission(request, revision):
            revision = open_draft(revision.document, request.user)
            given = f"{revision.pk}-0"
        data = conflicts.compose(revision, self.text_names(request, revision), self.prefix, CitationInline.fields, request.POST)
        data["version_token"] = given or ""
        request.POST = data
        return self.changeform_view(request, str(revision.pk))

    # Autosave

    def autosave_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Stores what has been typed so far; answers in JSON with the new token, or with a sentence why not."""
        if not self.admin_site.has_permission(request):
            return JsonResponse({"error": "您的登录已过期，请在另一个标签页登录，这一页的内容先不要关。"}, status=401)
        if request.method != "POST":
            return JsonResponse({"error": "只接受保存。"}, status=405)
        try:
            posted = json.loads(request.body)
            data = QueryDict(mutable=True)
            data.update({str(key): str(value) for key, value in posted.items()})
        except (ValueError, AttributeError):
            return JsonResponse({"error": "没有读懂要保存的内容，请刷新页面。"}, status=400)
        with transaction.atomic():
            revision = self.get_queryset(request).select_for_update(of=("self",)).filter(pk=pk).first()
            if revision is None or not self.has_change_permission(request, revision):
                return JsonResponse({"error": "这一版不能再改。请按“保存草稿”，您写的内容会放进对照页。"}, status=403)
            if data.get("version_token") != conflicts.token(revision):
                who = presence.name_of(revision.edited_by)
                return JsonResponse({"error": f"{who}刚刚改过这一版。请按“保存草稿”，对照两份内容再决定。"}, status=409)
            rows = self._store(request, revision, data)
        presence.opened(revision, request.user)
        now = timezone.localtime()
        return JsonResponse({"token": conflicts.token(revision), "saved_at": f"{now:%H:%M:%S}", "rows": rows})

    def _store(self, request: HttpRequest, revision: Any, data: QueryDict) -> dict[str, int]:
        """Writes every field that is valid by itself; gives back the ids of new rows by the name of their input."""
        before = {name: getattr(revision, name) for name in self.text_names(request, revision)}
        form = self.get_form(request, revision)(data, instance=revision)
        form.is_valid()
        fields = [name for name in before if name in form.cleaned_data and _differs(before[name], form.cleaned_data[name])]
        for name in before.keys() - set(fields):
            setattr(revision, name, before[name])
        rows = self._store_rows(request, revision, data)
        if fields or rows:
            self._touch(request, revision, fields, by_hand=False)
        return rows

    def _store_rows(self, request: HttpRequest, revision: Any, data: QueryDict) -> dict[str, int]:
        """Writes the sources that are complete; gives back their ids by the name of their input."""
        if f"{self.prefix}-TOTAL_FORMS" not in data:
            return {}
        inline = self.get_inline_instances(request, revision)[0]
        original = conflicts.renumber(data, self.prefix)
        rows = {}
        for place, row in enumerate(inline.get_formset(request, revision)(data, instance=revision, prefix=self.prefix).forms):
            if row.has_changed() and row.is_valid() and not row.cleaned_data.get("DELETE"):
                citation = row.save(commit=False)
                citation.revision = revision
                citation.save()
                rows[f"{self.prefix}-{original[place]}-id"] = citation.pk
        return rows

    def _touch(self, request: HttpRequest, revision: Any, fields: list[str], *, by_hand: bool) -> None:
        if by_hand or revision.edited_by_id != request.user.pk:
            revision.document.record(request.user, "edit", number=revision.number, fields=fields)
        revision.lock += 1
        revision.edited_by = request.user
        revision.author = revision.author or request.user
        revision.save(update_fields=[*fields, "lock", "edited_by", "author", "updated_at"])

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
        fresh = type(obj).objects.select_for_update().get(pk=obj.pk)
        if request.POST.get("version_token") != conflicts.token(fresh) or fresh.state != obj.state:
            raise Conflict
        form.saved_fields = [name for name in form.changed_data if _differs(getattr(fresh, name), form.cleaned_data[name])]
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


def _differs(before: Any, after: Any) -> bool:
    """Whether a person would call the two values different; the editor rewrites white space by itself."""
    if isinstance(before, str) and isinstance(after, str):
        return not conflicts.same(before, after)
    return before != after


