"""Related pages for editors: why a link is there, who links here, and which pages say the same."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from publishing import registry
from publishing.models import Availability
from search.kin import PAGE, key_of
from search.models import DuplicatePair, RelatedRow


def why_related(document: Any) -> SafeString:
    """The stored list of a page with place, reason and score, for editors."""
    kind, number = key_of(document)
    rows = RelatedRow.objects.filter(source_kind=kind, source_id=number).order_by("rank")
    items = (
        (
            _change_url(row.target_kind, row.target_id),
            row.title,
            row.get_group_display(),
            row.reason or row.get_group_display(),
            "" if row.pinned else f"，分数{row.score:.2f}",
            "" if row.rank < PAGE else "（第二批）",
        )
        for row in rows
    )
    return _list(items, '<li><a href="{}">{}</a>：{}，{}{}{}</li>', "还没有。发布以后自动算出。")


def linked_from(document: Any) -> SafeString:
    """Who links to a page, for editors."""
    kind, number = key_of(document)
    rows = RelatedRow.objects.filter(target_kind=kind, target_id=number).order_by("rank", "source_kind", "source_id")
    titles = _titles(rows)
    items = (
        (
            _change_url(row.source_kind, row.source_id),
            titles.get((row.source_kind, row.source_id), "?"),
            row.rank + 1,
            row.reason,
        )
        for row in rows
    )
    return _list(items, '<li><a href="{}">{}</a>：排第{}，{}</li>', "没有页面链接到这里。")


def dead_pins(document: Any) -> list[str]:
    """The titles of pinned targets that readers cannot see, so the pin does nothing."""
    links = document.related_links.filter(hidden=False).exclude(target__availability=Availability.LIVE)
    return [str(link.target) for link in links.select_related("target__live")]


def _list(items: Any, form: str, empty: str) -> SafeString:
    inner = format_html_join("", form, items)
    return format_html("<ol>{}</ol>", inner) if inner else format_html("<p>{}</p>", empty)


def _change_url(kind: str, number: int) -> str:
    meta = registry.content_type(kind).model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[number])


def _titles(rows: QuerySet[RelatedRow]) -> dict[tuple[str, int], str]:
    """The live titles of the rows' sources. One query a kind."""
    found: dict[tuple[str, int], str] = {}
    for kind in registry.content_types():
        numbers = [row.source_id for row in rows if row.source_kind == kind.name]
        if numbers:
            live = kind.model.objects.live().filter(pk__in=numbers).values_list("pk", "live__title")
            found.update({(kind.name, number): title for number, title in live})
    return found


@admin.register(DuplicatePair)
class DuplicatePairAdmin(admin.ModelAdmin):
    """Pages that say nearly the same. Merge one into the other, tell them apart, or say that they are no duplicates."""

    list_display = ["pages", "likeness", "dismissed"]
    list_filter = ["dismissed", "kind"]
    list_editable = ["dismissed"]
    list_display_links = None
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[DuplicatePair]:
        pairs = super().get_queryset(request)
        self._titles: dict[tuple[str, int], str] = {}
        for kind in registry.content_types():
            own = pairs.filter(kind=kind.name)
            live = kind.model.objects.live()
            near = live.filter(pk__in=own.values("first_id")) | live.filter(pk__in=own.values("second_id"))
            self._titles.update({(kind.name, number): title for number, title in near.values_list("pk", "live__title")})
        return pairs

    @admin.display(description="两个页面")
    def pages(self, pair: DuplicatePair) -> SafeString:
        numbers = (pair.first_id, pair.second_id)
        items = (
            (_change_url(pair.kind, number), self._titles.get((pair.kind, number), f"#{number}")) for number in numbers
        )
        return format_html_join(" ／ ", '<a href="{}">{}</a>', items)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
