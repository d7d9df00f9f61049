"""Absolute addresses, and the pages that are neither documents nor reference data."""

from __future__ import annotations

from django.conf import settings
from django.urls import NoReverseMatch, reverse

# Pages that search engines may list, by the name of their address, with what to call them when they are shared.
SECTIONS = {
    "home": "首页",
    "question-list": "全部问答",
    "article-list": "办事指南和政策解读",
    "topic-list": "全部栏目",
    "province-list": "按地区找",
    "policy-list": "政策文件时间线",
    "filing": "备案向导",
    "site-map": "站点地图",
    "about": "关于本站",
    "corrections": "更正办法",
    "privacy": "隐私说明",
    "accessibility": "无障碍声明",
}
# Sections whose text is ours and does not follow the content: nobody records when they change.
UNDATED = {"filing", "about", "corrections", "privacy", "accessibility", "policy-list"}


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
