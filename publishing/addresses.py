"""Where the pages of one document are in the admin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse


def admin_url(instance: Any, page: str = "change", *more: Any) -> str:
    """The address of an object's admin page."""
    return reverse(f"admin:{instance._meta.app_label}_{instance._meta.model_name}_{page}", args=[instance.pk, *more])


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    url: str
    current: bool


def tabs(document: Any, current: str) -> list[Tab]:
    """The four pages of a document as tabs: its text, its identity, its history, its preview."""
    pages = [
        ("text", "正文", "draft"),
        ("identity", "栏目、地区与复核", "change"),
        ("history", "历史", "history"),
        ("preview", "预览", "preview"),
    ]
    return [Tab(name, label, admin_url(document, page), name == current) for name, label, page in pages]
