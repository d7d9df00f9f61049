"""The Markdown twin of each page, from the same model, for assistants and for copying."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase

from publishing import pages, registry
from publishing.models import Availability
from seo.addresses import absolute, markdown_path
from seo.conditional import whole
from seo.dates import iso
from seo.markdown import from_html, inline, link

MARKDOWN = "text/markdown; charset=utf-8"
# The line fields of a revision under the words that the page shows them with, and whether their order matters.
SECTIONS = (("scope", "适用", False), ("steps", "怎么办", True), ("checklist", "要带什么", False))
EXCEPTIONS = ("exceptions", "这些情况不一样", False)
DISCLAIMER = "各地做法会有不同，以参保地医保部门最新规定为准，可拨打12393询问。"


def twin(request: HttpRequest, kind: str, pk: int) -> HttpResponseBase:
    """`/faq/28.md`: the page's words, dates and sources; it ends as the page itself ends."""
    document = pages.find(registry.content_type(kind).model, pk)
    if document.availability == Availability.MERGED:
        return HttpResponsePermanentRedirect(markdown_path(document.replaced_by.get_absolute_url()))
    if document.availability == Availability.GONE:
        return HttpResponse("这一页已经删除。\n", content_type=MARKDOWN, status=settings.GONE_STATUS)
    page = pages.build(document)
    response = whole(request, markdown(page), MARKDOWN)
    response["Link"] = f'<{absolute(document.get_absolute_url())}>; rel="canonical"'
    if page.withdrawn:
        response["X-Robots-Tag"] = "noindex"
    return response


def markdown(page: pages.Page) -> str:
    """The page in reading order."""
    parts = [_front(page), f"# {inline(page.revision.title)}", _withdrawal(page), inline(page.text.short_answer)]
    parts += [f"> {inline(sentence)}" for sentence in page.notices]
    for section in SECTIONS:
        parts += _lines(page, *section)
    if page.provinces:
        parts.append("地区：" + "、".join(inline(province.short_name) for province in page.provinces))
    parts.append(from_html(page.text.body))
    parts += _lines(page, *EXCEPTIONS)
    parts += [DISCLAIMER, "## 依据", *_sources(page)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _front(page: pages.Page) -> str:
    """Dates and origin, as the front matter that such files usually begin with."""
    document = page.document
    facts = {
        "url": absolute(document.get_absolute_url()),
        "published": iso(document.first_published_at),
        "changed": iso(document.effective_changed_at),
        "verified": document.verified_on,
        "review_due": document.review_due_on,
        "licence": settings.DATA_LICENCE,
    }
    return "\n".join(["---", *(f"{name}: {value}" for name, value in facts.items() if value), "---"])


def _withdrawal(page: pages.Page) -> str:
    """What comes before the answer of a withdrawn page; empty for others."""
    if not page.withdrawn:
        return ""
    day, note = page.document.withdrawn_on, page.document.withdrawn_note
    return "> " + inline(f"这一页已于{day.year}年{day.month}月{day.day}日撤回，请不要照着办。原因：{note}")


def _lines(page: pages.Page, name: str, heading: str, ordered: bool) -> list[str]:
    lines = page.text.lines.get(name, [])
    if not lines:
        return []
    items = [from_html(f"<p>{line}</p>") for line in lines]
    marked = [f"{number}. {item}" if ordered else f"- {item}" for number, item in enumerate(items, 1)]
    return [f"## {heading}", "\n".join(marked)]


def _sources(page: pages.Page) -> list[str]:
    notes = [f"[^{number}]: {_source(citation)}" for number, citation in enumerate(page.citations, 1)]
    figures = [_figure(value) for value in page.text.figures.used()]
    return ["\n".join(notes), figures and "## 本页的数字从哪里来", "\n".join(figures)]


def _figure(value: Any) -> str:
    place = f"（{value.province.short_name}）" if value.province else ""
    basis = (value.policy.number or f"《{value.policy.title}》") + value.clause if value.policy else value.source_note
    return f"- {inline(value.parameter.label)}{place}：{inline(value.text)}。{inline(basis)}"


def _source(citation: Any) -> str:
    policy = citation.policy
    parts = [policy.number, f"《{policy.title}》", citation.clause, f"（{policy.status_text}）", citation.note]
    said = inline(" ".join(part for part in parts if part))
    return f"{said} {link(policy.official_url or policy.get_absolute_url())}"
