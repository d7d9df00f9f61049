"""Before a change is saved, the editor sees what it does to readers: it is saved, read, undone, and shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from policies.impact import Changed, Reading, by_page, compare, fingerprint
from policies.usage import uses_of

PAGES_SHOWN = 50
CONFIRMED = "_confirmed"


class UsedAdmin(admin.ModelAdmin):
    """Admin of something that pages rest on: shows where, asks before readers see a change, and never deletes it in use."""

    def reading(self, subject: Any) -> Reading:
        """What readers see of the subject now, from the database."""
        raise NotImplementedError

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
                        extra_context: dict[str, Any] | None = None) -> HttpResponse:  # fmt: skip
        subject = self.get_object(request, object_id) if object_id and request.method == "POST" else None
        if subject is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        response, changes = self._rehearse(request, subject, object_id, form_url, extra_context)
        if changes is None:
            return response
        if changes and request.POST.get(CONFIRMED) != fingerprint(changes):
            return self._ask(request, subject, changes)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _rehearse(self, request: HttpRequest, subject: Any, *view: Any) -> tuple[HttpResponse, list[Changed] | None]:
        """The answer of the normal save, and what it would have changed; nothing of it stays. None: it was not saved."""
        with transaction.atomic():
            before = self.reading(subject)
            request.is_rehearsal = True
            response = super().changeform_view(request, *view)
            request.is_rehearsal = False
            saved = response.status_code == 302
            changes = compare(before, self.reading(subject), timezone.localdate()) if saved else None
            transaction.set_rollback(True)
        return response, changes

    def _ask(self, request: HttpRequest, subject: Any, changes: list[Changed]) -> HttpResponse:
        """The confirmation page: it holds the same form, to be sent again as it was."""
        pages = by_page(changes)
        again = [(name, value) for name, values in request.POST.lists() for value in values]
        context = {
            **self.admin_site.each_context(request),
            "title": f"影响 {len(pages)} 个页面",
            "subtitle": str(subject),
            "opts": self.opts,
            "subject": subject,
            "pages": pages[:PAGES_SHOWN],
            "more": max(0, len(pages) - PAGES_SHOWN),
            "loses_figure": any(change.loses_figure for change in changes),
            "again": [(name, value) for name, value in again if name not in {"csrfmiddlewaretoken", CONFIRMED}],
            "fingerprint": fingerprint(changes),
        }
        return TemplateResponse(request, "admin/policies/confirm_change.html", context)

    def message_user(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        """A rehearsal says nothing: what it saved was undone."""
        if not getattr(request, "is_rehearsal", False):
            super().message_user(request, *args, **options)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        subject = context.get("original")
        context["uses"] = uses_of(subject) if subject else []
        return super().render_change_form(request, context, *args, **options)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list, dict, set, list]:
        """What Django would delete, and, as sentences, why it must not."""
        to_delete, counts, missing, protected = super().get_deleted_objects(objs, request)
        reasons = []
        for subject in objs:
            if used := len(uses_of(subject)):
                reasons.append(f"“{subject}”正用在{used}个页面或草稿里，不能删除。请先把它从那些文字里去掉。")
        if protected and not reasons:
            reasons = ["旧版本的文字或别的政策资料还指着它，删了修改记录就不完整，所以不能删除。"]
        return to_delete, counts, missing, reasons
