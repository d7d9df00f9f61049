"""Absolute addresses, and the pages that are neither documents nor reference data."""

from __future__ import annotations

from django.conf import settings
from django.urls import NoReverseMatch, reverse

# Pages that search engines may list, by the name of their address.
SECTIONS = (
    "home",
    "question-list",
    "article-list",
    "topic-list",
    "province-list",
    "policy-list",
    "filing",
    "ask",
    "glossary",
    "site-map",
    "about",
    "corrections",
    "privacy",
    "accessibility",
    "editors",
)
# Those of them that show what changed last; of the others nobody records when their text changes.
DATED = {"home", "question-list", "article-list", "topic-list", "province-list", "site-map"}


def absolute(path: str) -> str:
    """The public address of a path on this site."""
    return path if path.startswith(("http://", "https://")) else settings.SITE_URL + path


def sections() -> dict[str, str]:
    """The path of every section by its name."""
    found = {}
    for name in SECTIONS:
        try:
            found[name] = reverse(name)
        except NoReverseMatch:  # an app that the operator switched off
            continue
    return found


def markdown_path(document_path: str) -> str:
    """The Markdown twin of a page: `/faq/28/` has `/faq/28.md`."""
    return document_path.rstrip("/") + ".md"
