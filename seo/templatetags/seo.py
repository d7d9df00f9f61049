"""What the head of a page says to machines."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from publishing.pages import Page
from seo import structured
from seo.addresses import SECTIONS, absolute, markdown_path
from seo.cards import Card, card
from seo.dates import iso

register = template.Library()
# The variable without which a page of this name is an error page.
NEEDS = {
    "question": "page",
    "article": "page",
    "topic": "topic",
    "province": "province",
    "policy": "policy",
    "question-list": "listing",
    "article-list": "listing",
}
# Pages that list documents, and the variable that holds them.
LISTS = {"topic": "questions", "province": "questions", "topic-list": "", "province-list": "", "policy-list": ""}


@register.simple_tag(takes_context=True)
def page_description(context: template.Context) -> str:
    """A description of 40 to 80 characters for this page."""
    return _card(context).description


@register.inclusion_tag("seo/head.html", takes_context=True)
def structured_data(context: template.Context) -> dict[str, Any]:
    """Feeds, sharing and structured data; nothing for error pages and withdrawn pages but the feed."""
    page, name = context.get("page"), _url_name(context)
    page = page if isinstance(page, Page) and not page.withdrawn and page.document.first_published_at else None
    is_withdrawn = context.get("page") is not None and page is None and name in {"question", "article"}
    made = _card(context) if name and not is_withdrawn and _is_complete(context, name) else None
    return {
        "site_name": context.get("site_name"),
        "url": _url(context),
        "card": made,
        "published": page and iso(page.document.first_published_at),
        "updated": page and iso(page.document.effective_changed_at),
        "markdown": page and absolute(markdown_path(page.document.get_absolute_url())),
        "feeds": _feeds(context, name),
        "scripts": [structured.script(node) for node in _nodes(context, name, page, made)] if made else [],
    }


@register.simple_tag(takes_context=True)
def breadcrumb_data(context: template.Context) -> SafeString:
    """The breadcrumb of this page for machines, from the very variables that the visible one is made of."""
    trail = [("首页", reverse("home"))]
    if context.get("parent_url"):
        trail.append((context["parent"], context["parent_url"]))
    if topic := context.get("topic"):
        trail.append((topic.name, topic.get_absolute_url()))
    return structured.script(structured.breadcrumb(_url(context), trail)) if len(trail) > 1 else mark_safe("")


def _card(context: template.Context) -> Card:
    return card(_url_name(context), context.flatten())


def _url_name(context: template.Context) -> str | None:
    request = context.get("request")
    match = request.resolver_match if request else None
    return match.url_name if match else None


def _url(context: template.Context) -> str:
    """The canonical address of this page."""
    listing = context.get("listing")
    own = getattr(listing, "own_url", "") if listing else ""
    return f"{context.get('canonical', '')}{own}"


def _is_complete(context: template.Context, name: str) -> bool:
    """Whether the page is what its address promises, and not an error page in its place."""
    return NEEDS[name] in context if name in NEEDS else name in SECTIONS


def _feeds(context: template.Context, name: str | None) -> list[tuple[str, str]]:
    feeds = [(context.get("site_name") or "", absolute(reverse("feed")))]
    for kind in ("topic", "province"):
        if name == kind and (item := context.get(kind)):
            feeds.append((item.name, absolute(reverse(f"{kind}-feed", args=[item.slug]))))
    return feeds


def _nodes(context: template.Context, name: str, page: Page | None, made: Card) -> list[structured.Node]:
    url = _url(context)
    if page:
        return structured.document(url, page, made)
    if name == "home":
        return structured.home()
    if name == "policy":
        return structured.policy_page(url, made, context["policy"])
    if name in LISTS:
        return structured.collection(url, made, context.get(LISTS[name]) or [])
    if name in {"question-list", "article-list"}:
        return structured.collection(url, made, list(context["listing"].page.object_list))
    return []
