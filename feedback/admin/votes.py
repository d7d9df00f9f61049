"""Whether pages help, by version and over time; and how often they are read."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from feedback.helpfulness import Score, documents_of, scores, unhelpful
from feedback.models import DailyViews, HelpfulVote, Reason

LATELY = dt.timedelta(days=28)
SHOWN = 200


@admin.register(HelpfulVote)
class HelpfulVoteAdmin(admin.ModelAdmin):
    """One table of pages instead of a list of votes."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Pages by how little they help: this version, the one before, the last four weeks, the reasons."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        only_bad = request.GET.get("only") == "unhelpful"
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": "有没有帮助", "only_bad": only_bad,
            "rows": page_rows(unhelpful() if only_bad else None),
        }  # fmt: skip
        return TemplateResponse(request, "admin/feedback/votes.html", context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def page_rows(chosen: list[Score] | None) -> list[dict[str, Any]]:
    """A row a page: six queries, whatever the number of pages."""
    versions: dict[tuple[str, int], list[Score]] = defaultdict(list)
    for score in scores():
        versions[score.kind, score.object_id].append(score)
    newest = chosen if chosen is not None else sorted((own[0] for own in versions.values()), key=lambda one: -one.no)
    newest = newest[:SHOWN]
    documents, lately, reasons = documents_of(newest), _lately(), _reasons()
    rows = []
    for score in newest:
        page = (score.kind, score.object_id)
        earlier = [one for one in versions[page] if one.revision < score.revision]
        rows.append({
            "score": score, "document": documents.get(page), "earlier": earlier[0] if earlier else None,
            "lately": lately.get(page), "reasons": reasons.get((*page, score.revision), []),
        })  # fmt: skip
    return rows


def _lately() -> dict[tuple[str, int], dict[str, int]]:
    votes = HelpfulVote.objects.filter(day__gte=timezone.localdate() - LATELY).order_by()
    rows = votes.values("kind", "object_id").annotate(
        yes=Count("id", Q(helpful=True)), no=Count("id", Q(helpful=False))
    )
    return {(row["kind"], row["object_id"]): {"yes": row["yes"], "no": row["no"]} for row in rows}


def _reasons() -> dict[tuple[str, int, int], list[str]]:
    """The reasons for "no" with their counts, most frequent first, then what readers added in words."""
    found: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    votes = HelpfulVote.objects.filter(helpful=False).order_by()
    counted = (
        votes.exclude(reason="").values_list("kind", "object_id", "revision", "reason").annotate(count=Count("id"))
    )
    for kind, object_id, revision, reason, count in counted.order_by("-count", "reason"):
        found[kind, object_id, revision].append(f"{Reason(reason).label} {count}")
    words = votes.exclude(comment="").order_by("-id").values_list("kind", "object_id", "revision", "comment")[:500]
    for kind, object_id, revision, comment in words:
        found[kind, object_id, revision].append(f"“{comment}”")
    return found


@admin.register(DailyViews)
class DailyViewsAdmin(admin.ModelAdmin):
    """Read-only."""

    list_display = ["day", "kind", "object_id", "views", "weight"]
    list_filter = ["kind"]
    date_hierarchy = "day"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
