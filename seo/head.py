"""What the head of a page says to machines: functions that its template calls."""

from __future__ import annotations

from html import unescape
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from jinja2 import pass_context
from jinja2.runtime import Context

from publishing.pages import Page
from seo import structured
from seo.addresses import SECTIONS, absolute, markdown_path
from seo.cards import HOME, LISTS, Card, describe_document, describe_list, fit, picture
from seo.dates import iso
from taxonomy.addresses import address

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
COLLECTIONS = {"topic", "province", "topic-list", "province-list", "policy-list", "question-list", "article-list"}


def title_text(block: str) -> str:
    """A title as one line of text, from what a page's template gives as HTML."""
    return " ".join(unescape(block).split())


def description_text(block: str) -> str:
    """A description likewise, no longer than search results show."""
    return fit(title_text(block))


@pass_context
def page_description(context: Context) -> str:
    """A description for pages whose template gives none."""
    page, name = context.get("page"), _url_name(context)
    if isinstance(page, Page):
        return describe_document(page)
    if name in LISTS and "listing" in context:
        return describe_list(context["listing"], name)
    return HOME if name == "home" else f"{_title(context)}\u3002"


@pass_context
def page_head(context: Context) -> dict[str, Any]:
    """Feeds, sharing and structured data; of error pages, previews and withdrawn pages nothing but the feed."""
    name, page = _url_name(context), _live_page(context)
    is_known = name in SECTIONS or (name in NEEDS and NEEDS[name] in context)
    card = _card(context, page) if is_known and (page or NEEDS.get(name) != "page") else None
    return {
        "url": _url(context),
        "card": card,
        "published": page and iso(page.document.first_published_at),
        "updated": page and iso(page.document.effective_changed_at),
        "markdown": page and absolute(markdown_path(page.document.get_absolute_url())),
        "feeds": _feeds(context, name),
        "scripts": [structured.script(node) for node in _nodes(context, name, page, card)] if card else [],
    }


@pass_context
def breadcrumb_data(context: Context) -> SafeString:
    """The breadcrumb of this page for machines, from the very variables that the visible one is made of."""
    trail = [("首页", address("home"))]
    if context.get("parent_url"):
        trail.append((context["parent"], context["parent_url"]))
    if topic := context.get("topic"):
        trail.append((topic.name, topic.get_absolute_url()))
    return structured.script(structured.breadcrumb(_url(context), trail)) if len(trail) > 1 else mark_safe("")


def _live_page(context: Context) -> Page | None:
    """The document of this page if it is one that readers may rely on."""
    page = context.get("page")
    is_live = isinstance(page, Page) and not page.withdrawn and hasattr(page.document, "effective_changed_at")
    return page if is_live and page.document.first_published_at else None


def _card(context: Context, page: Page | None) -> Card:
    topic = page.topic if page else context.get("topic") or getattr(context.get("listing"), "topic", None)
    title = page.revision.title if page else _title(context)
    return Card(title, context.get("said_description", ""), picture(topic), is_article=page is not None)


def _title(context: Context) -> str:
    """The title without section and site."""
    return str(context.get("said_title") or context.get("site_name") or "").split(" - ")[0]


def _url_name(context: Context) -> str:
    request = context.get("request")
    match = request.resolver_match if request else None
    return match.url_name or "" if match else ""


def _url(context: Context) -> str:
    """The canonical address of this page."""
    own = getattr(context.get("listing"), "own_url", "")
    return f"{context.get('canonical', '')}{own}"


def _feeds(context: Context, name: str) -> list[tuple[str, str]]:
    feeds = [(context.get("site_name") or "", absolute(address("feed")))]
    for kind in ("topic", "province"):
        if name == kind and (item := context.get(kind)):
            feeds.append((item.name, absolute(address(f"{kind}-feed", item.slug))))
    return feeds


def _nodes(context: Context, name: str, page: Page | None, card: Card) -> list[structured.Node]:
    url = _url(context)
    if page:
        return structured.document(url, page, card)
    if name == "home":
        return structured.home()
    if name == "policy":
        return structured.policy_page(url, card, context["policy"])
    return structured.collection(url, card, _listed(context, name)) if name in COLLECTIONS else []


def _listed(context: Context, name: str) -> list[Any]:
    """The documents that this page lists, in its own order."""
    if "listing" in context:
        return list(context["listing"].page.object_list)
    if name == "topic":
        return [document for _, members in context.get("groups") or [] for document in members]
    return list(context.get("questions") or []) if name == "province" else []
