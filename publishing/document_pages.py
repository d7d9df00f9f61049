"""The pages of one document in the admin besides its forms: history, preview, verbs, and what is nearly the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.decorators import method_decorator
from django.views.decorators.clickjacking import xframe_options_sameorigin

from publishing import conflicts, history, previews, similar, workflow
from publishing.addresses import admin_url, tabs
from publishing.drafts import restore_revision
from publishing.models import AuditEvent, State
from publishing.verbs import VERBS


class PreviewForm(forms.Form):
    date = forms.DateField(
        label="哪一天的样子", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ShareForm(forms.Form):
    days = forms.TypedChoiceField(
        label="有效期", coerce=int, choices=[(1, "一天"), (7, "一星期"), (30, "一个月")], initial=7
    )


class DocumentPages:
    """Mixed into the admin of a document type; uses its `model`, `opts`, `admin_site` and permissions."""

    def _page(self, request: HttpRequest, document: Any, tab: str, title: str, **context: Any) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": document.current_title,
            "opts": self.opts,
            "document": document,
            "original": document,
            "tabs": tabs(document, tab),
            **context,
        }

    def _document(self, request: HttpRequest, pk: Any) -> Any:
        # The admin's own addresses give the number as text, and any text at all.
        number = int(pk) if str(pk).isdecimal() and len(str(pk)) < 19 else 0
        document = get_object_or_404(self.model.objects.select_related("live"), pk=number)
        if not self.has_view_permission(request, document):
            raise PermissionDenied
        return document

    def _may_write(self, request: HttpRequest) -> bool:
        model = self.model._meta.get_field("live").related_model
        return request.user.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}")

    # Verbs

    def verb_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Says what will happen, asks what is needed, and does it."""
        document = self._document(request, pk)
        if verb not in VERBS:
            raise Http404("没有这个操作")
        chosen = VERBS[verb]
        revision = chosen.revision_of(document)
        if revision is None:
            messages.error(request, f"现在没有可以“{chosen.label}”的内容。")
            return HttpResponseRedirect(admin_url(document, "draft"))
        revision.document = document
        form = chosen.form(request.POST or None, document=document)
        if request.method == "POST" and form.is_valid():
            reasons = self._act(request, chosen, revision, form.cleaned_data)
            if not reasons:
                messages.success(request, chosen.done)
                return HttpResponseRedirect(admin_url(document, "change" if not chosen.on_text else "draft"))
            form.add_error(None, reasons)
        context = self._page(
            request, document, "text" if chosen.on_text else "identity", chosen.label, verb=chosen, form=form, revision=revision,
            reasons=chosen.reasons(revision, request.user), version_token=conflicts.token(revision), media=form.media,
        )  # fmt: skip
        return render(request, "admin/publishing/verb.html", context)

    def _act(self, request: HttpRequest, verb: Any, revision: Any, data: dict[str, Any]) -> list[str]:
        """Does it; gives back why not where it was refused."""
        if request.POST.get("version_token") != conflicts.token(revision):
            return ["这一版在您打开之后又有人改过，请刷新页面，看过再决定。"]
        if reasons := verb.reasons(revision, request.user):
            return reasons
        try:
            verb.run(revision, request.user, data)
        except workflow.Blocked as refusal:
            return refusal.reasons
        return []

    # History

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All versions, the differences between two of them, and everything that was done to the page."""
        document = self._document(request, object_id)
        revisions = list(
            document.revisions.select_related("author", "reviewer", "edited_by", "forced_approved_by").order_by(
                "-number"
            )
        )
        for revision in revisions:
            revision.document = document
        if request.method == "POST":
            return self._bring_back(request, document, revisions)
        before, after = self._two(request, revisions)
        events = AuditEvent.objects.filter(content_type__app_label=self.opts.app_label, content_type__model=self.opts.model_name,
                                           object_id=document.pk).select_related("actor")[:100]  # fmt: skip
        diffs = history.compare(before, after) if before and after else []
        context = self._page(
            request, document, "history", "历史", revisions=revisions, before=before, after=after, events=events,
            diffs=diffs, unchanged=[diff for diff in diffs if not diff.changed], may_write=self._may_write(request),
        )  # fmt: skip
        return render(request, "admin/publishing/history.html", context)

    def _two(self, request: HttpRequest, revisions: list[Any]) -> tuple[Any, Any]:
        """The versions to compare: those asked for by number, or the two newest; the older one first."""
        by_number = {str(revision.number): revision for revision in revisions}
        asked = [by_number.get(request.GET.get(name, "")) for name in ("from", "to")]
        if not all(asked):
            asked = revisions[1::-1] if len(revisions) > 1 else [None, None]
        return (asked[0], asked[1])

    def _bring_back(self, request: HttpRequest, document: Any, revisions: list[Any]) -> HttpResponse:
        if not self._may_write(request):
            raise PermissionDenied
        source = next((revision for revision in revisions if str(revision.pk) == request.POST.get("restore")), None)
        if source is None:
            messages.error(request, "没有找到这一版，请刷新页面再试。")
            return HttpResponseRedirect(request.path)
        draft = restore_revision(source, request.user)
        messages.success(request, f"已用第{source.number}版建立新草稿（第{draft.number}版）。读者看到的页面没有变。")
        return HttpResponseRedirect(admin_url(draft))

    # Preview

    def _previewed(self, request: HttpRequest, document: Any) -> Any:
        asked = request.GET.get("version", "")
        if asked.isdecimal() and len(asked) < 9:
            return get_object_or_404(document.revisions, number=int(asked))
        return document.working_revision or document.live or document.revisions.order_by("-number").first()

    @method_decorator(previews.frame_csp)
    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The draft in a frame as wide as a phone, for any day, and links to share it."""
        document = self._document(request, pk)
        revision = self._previewed(request, document)
        if request.method == "POST":
            return self._share(request, document, revision)
        form = PreviewForm(request.GET or None)
        day = form.cleaned_data["date"] if form.is_valid() else None
        query = previews.query(revision, day)
        context = self._page(
            request, document, "preview", "预览", revision=revision, form=form, share_form=ShareForm(), day=day,
            page_url=admin_url(document, "page") + query, links=previews.links_of(revision), may_write=self._may_write(request),
            is_live=revision.state == State.PUBLISHED,
        )  # fmt: skip
        return render(request, "admin/publishing/preview.html", context)

    def _share(self, request: HttpRequest, document: Any, revision: Any) -> HttpResponse:
        if not self._may_write(request):
            raise PermissionDenied
        if "revoke" in request.POST:
            previews.revoke(revision, request.POST["revoke"])
            document.record(request.user, "revoke_preview", number=revision.number)
            messages.success(request, "链接已作废，再打开会说明已失效。")
            return HttpResponseRedirect(request.get_full_path())
        form = ShareForm(request.POST)
        day = PreviewForm(request.GET)
        if form.is_valid() and day.is_valid():
            previews.share(
                revision, request.user, dt.timedelta(days=form.cleaned_data["days"]), day.cleaned_data["date"]
            )
            document.record(request.user, "share_preview", number=revision.number, days=form.cleaned_data["days"])
            messages.success(request, "链接已建好，拿到链接的人不用登录就能看。")
        return HttpResponseRedirect(request.get_full_path())

    @method_decorator(xframe_options_sameorigin)
    @method_decorator(previews.framed_csp)
    def page_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The draft exactly as readers will see it: same template, same code."""
        document = self._document(request, pk)
        form = PreviewForm(request.GET)
        return previews.response(
            request, self._previewed(request, document), form.cleaned_data["date"] if form.is_valid() else None
        )

    # Near-duplicates

    def similar_view(self, request: HttpRequest, pk: int | None = None) -> JsonResponse:
        """The five existing pages nearest to a title that is being typed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = similar.nearest(self.model, request.GET.get("title", "")[:200], exclude=pk)
        rows = [{"title": near.title, "url": admin_url(near.document, "draft"), "state": near.document.get_availability_display(),
                 "same": near.is_same} for near in found]  # fmt: skip
        return JsonResponse({"similar": rows})
