"""How the text of a version is saved: by itself while somebody types, and never over somebody else's words."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.db.models import FileField
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from publishing import conflicts, presence
from publishing.addresses import admin_url
from publishing.drafts import EDITABLE, open_draft

CITATION_FIELDS = ["position", "policy", "clause", "note", "as_history", "recheck_with"]


class Saving:
    """Mixed into the admin of a text; uses its forms, inlines and permissions."""

    prefix = "citations"

    # Two editors

    def text_names(self, request: HttpRequest, revision: Any) -> list[str]:
        """The fields of the form that hold text or a tick, without files."""
        fields = (self.model._meta.get_field(name) for row in self.fieldsets for name in row[1]["fields"])
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
            "rest": {
                name: request.POST[name]
                for name in names
                if name in request.POST and name not in {pair.name for pair in differing}
            },
            "rows": conflicts.compare_rows(revision, self.prefix, CITATION_FIELDS, request.POST),
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
        data = conflicts.compose(
            revision, self.text_names(request, revision), self.prefix, CITATION_FIELDS, request.POST
        )
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
            data.update({_writable(key): _writable(value) for key, value in posted.items()})
        except (ValueError, AttributeError, RecursionError):
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
        marks = conflicts.base(revision, self.text_names(request, revision))
        return JsonResponse(
            {"base": marks, "token": conflicts.token(revision), "saved_at": f"{now:%H:%M:%S}", "rows": rows}
        )

    def _store(self, request: HttpRequest, revision: Any, data: QueryDict) -> dict[str, int]:
        """Writes every field that is valid by itself; gives back the ids of new rows by the name of their input."""
        before = {name: getattr(revision, name) for name in self.text_names(request, revision)}
        form = self.get_form(request, revision)(data, instance=revision)
        form.is_valid()
        fields = [
            name for name in before if name in form.cleaned_data and differs(before[name], form.cleaned_data[name])
        ]
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
        for place, row in enumerate(
            inline.get_formset(request, revision)(data, instance=revision, prefix=self.prefix).forms
        ):
            if row.has_changed() and row.is_valid() and not row.cleaned_data.get("DELETE"):
                citation = row.save(commit=False)
                citation.revision = revision
                citation.save()
                rows[f"{self.prefix}-{original[place]}-id"] = citation.pk
        return rows

    def _touch(self, request: HttpRequest, revision: Any, fields: list[str], *, by_hand: bool) -> None:
        if by_hand or revision.edited_by_id != request.user.pk:
            labels = [str(self.model._meta.get_field(name).verbose_name) for name in fields]
            revision.document.record(request.user, "edit", number=revision.number, fields=labels or ["依据"])
        revision.lock += 1
        revision.edited_by = request.user
        revision.author = revision.author or request.user
        revision.save(update_fields=[*fields, "lock", "edited_by", "author", "updated_at"])


def _writable(value: Any) -> str:
    """As text that every database takes: an emoji that a limit of length cut in half is a sign no encoding knows."""
    return str(value).encode("utf-8", "replace").decode()


def differs(before: Any, after: Any) -> bool:
    """Whether a person would call the two values different; the editor rewrites white space by itself."""
    if isinstance(before, str) and isinstance(after, str):
        return not conflicts.same(before, after)
    return before != after
