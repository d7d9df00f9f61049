"""The address of every page of the editors' admin, found in the resolver, so that no new page can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

SKIPPED = {None, "logout"}  # redirects and the catch-all; leaving the admin takes a POST


def patterns(resolver: Any, inside: bool = False) -> Iterator[URLPattern]:
    """Every named pattern below /admin/."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            if inside and entry.name not in SKIPPED:
                yield entry
        else:
            yield from patterns(entry, inside or str(entry.pattern) == "admin/")


def addresses() -> dict[str, str]:
    """Name and address of every page; a page about a row is left out where the database holds no such row."""
    found = {}
    for pattern in patterns(get_resolver()):
        for number, given in enumerate(_arguments(pattern)):
            try:
                found[f"{pattern.name}{number or ''}"] = reverse(f"admin:{pattern.name}", kwargs=given)
            except NoReverseMatch:
                found[f"{pattern.name}{number or ''}"] = reverse(f"admin:{pattern.name}", args=list(given.values()))
    return found


def _arguments(pattern: URLPattern) -> list[dict[str, Any]]:
    """What to fill into a pattern, once for each page worth seeing."""
    names = list(pattern.pattern.converters) or list(pattern.pattern.regex.groupindex)
    if not names:
        return [{}]
    if names == ["app_label"]:
        return [{"app_label": label} for label in sorted({model._meta.app_label for model in admin.site._registry})]
    row = _row(str(pattern.name))
    choices = {"verb": ["publish", "withdraw", "merge"], "name": ["nothing", "popular"], "content_type_id": [1]}
    others = [name for name in names if name in choices]
    if row is None and not others:
        return []
    key = quote(row.pk) if row else 1
    given: dict[str, Any] = {name: key for name in names if name not in choices}
    return [{**given, others[0]: value} for value in choices[others[0]]] if others else [given]


def _row(name: str) -> Any:
    """A row that the pattern is about, a live one if there is; None where there is none."""
    for model, model_admin in admin.site._registry.items():
        if name.startswith(f"{model._meta.app_label}_{model._meta.model_name}_"):
            rows = model_admin.model._default_manager.all()
            fields = {field.name for field in model._meta.get_fields()}
            return (rows.filter(availability="live").first() if "availability" in fields else None) or rows.first()
    return None
