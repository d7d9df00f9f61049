"""Small files at fixed addresses: robots.txt, security.txt, llms.txt, and files that prove ownership."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from publishing import registry
from publishing.rendering import short_answers
from seo.addresses import absolute, markdown_path
from seo.conditional import streamed, whole
from seo.dates import iso
from seo.markdown import inline
from taxonomy.models import Topic

# A guide, not a list: what lies beyond is in the sitemap and in the open data, to which it leads.
MOST_TOLD = 300
TEXT = "text/plain; charset=utf-8"
OWNERSHIP_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
OWNERSHIP_TYPES = {"html": "text/html; charset=utf-8", "txt": TEXT, "xml": "application/xml; charset=utf-8"}
OWNERSHIP_LIMIT = 10_000  # such files hold one line; anything longer was put there by mistake


def robots(request: HttpRequest) -> HttpResponseBase:
    """`/robots.txt`: everything may be crawled but the editors' rooms; styles and scripts too."""
    lines = [
        "# 搜索引擎和 AI 助手都可以抓取、引用本站。引用时请写明出处和核对日期。",
        f"# 给程序用的数据：{absolute(reverse('api-index'))}",
        "User-agent: *",
        "Disallow: /admin/",
        "",
        f"Sitemap: {absolute(reverse('sitemap'))}",
    ]
    return whole(request, "\n".join(lines) + "\n", TEXT)


def security(request: HttpRequest) -> HttpResponseBase:
    """`/.well-known/security.txt` (RFC 9116); the day it expires is a promise that somebody made, not a sum."""
    expires = timezone.make_aware(dt.datetime.combine(settings.SECURITY_TXT_EXPIRES, dt.time()))
    lines = [
        f"Contact: mailto:{settings.CONTACT_EMAIL}",
        f"Expires: {iso(expires)}",
        "Preferred-Languages: zh, en",
        f"Canonical: {absolute(reverse('security'))}",
    ]
    return whole(request, "\n".join(lines) + "\n", TEXT)


def llms(request: HttpRequest) -> HttpResponseBase:
    """`/llms.txt`: what the site holds, for assistants; each page as its Markdown twin."""
    return streamed(request, _llms_parts, "text/markdown; charset=utf-8")


def _llms_parts() -> Iterator[str]:
    yield f"# {inline(settings.SITE_NAME)}\n\n"
    yield (
        "> 中国基本医疗保险异地就医的问答和指南。每页先给结论，再写步骤、材料和例外，并写明依据的文件、条款和核对日期。"
        "起付线、支付比例、封顶线由参保地定，本站不给全国数。引用时请写明出处和核对日期。\n"
    )
    for kind in registry.content_types():
        found = list(kind.model.objects.among(kind.model.objects.numbers(MOST_TOLD)))
        short_answers(found)
        yield f"\n## {kind.label}\n\n"
        for document in found:
            address = absolute(markdown_path(document.get_absolute_url()))
            yield f"- [{inline(document.live.title)}]({address}): {inline(document.short_answer)}\n"
    yield "\n## 栏目\n\n"
    for topic in Topic.objects.order_by("order", "slug"):
        yield f"- [{inline(topic.name)}]({absolute(topic.get_absolute_url())}): {inline(topic.description)}\n"
    yield "\n## Optional\n\n"
    for label, name in (
        ("政策文件", "policy-list"),
        ("开放数据", "api-index"),
        ("最近更新", "feed"),
        ("全部网址", "sitemap-text"),
    ):
        yield f"- [{label}]({absolute(reverse(name))})\n"


def root_file(request: HttpRequest, name: str, suffix: str) -> HttpResponseBase:
    """IndexNow's key file, or a file of the operator's that proves ownership; 404 for any other name."""
    if settings.INDEXNOW_KEY and (name, suffix) == (settings.INDEXNOW_KEY, "txt"):
        return whole(request, settings.INDEXNOW_KEY, TEXT)
    path = settings.VERIFICATION_DIR / f"{name}.{suffix}"
    if not OWNERSHIP_NAME.fullmatch(name) or not path.is_file() or path.stat().st_size > OWNERSHIP_LIMIT:
        raise Http404("没有这个文件")
    return whole(request, path.read_text(encoding="utf-8-sig"), OWNERSHIP_TYPES[suffix])
