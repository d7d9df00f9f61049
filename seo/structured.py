"""schema.org and Baidu data, made from the models; editors never type any of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from policies.models import PolicyDocument, PolicyStatus
from publishing import registry
from publishing.pages import Page
from seo.addresses import absolute
from seo.cards import Card, plain
from seo.dates import beijing, iso
from seo.xml import legal

Node = dict[str, Any]
FORCE = {
    PolicyStatus.IN_FORCE: "InForce",
    PolicyStatus.PARTLY_SUPERSEDED: "PartiallyInForce",
    PolicyStatus.REPEALED: "NotInForce",
    PolicyStatus.UPCOMING: "NotInForce",
}
# Inside a script element only these could end it or open a comment; as escapes they mean the same in JSON.
ESCAPES = {sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def script(data: Node) -> SafeString:
    """The data as a script element that no text in it can leave."""
    text = json.dumps(_clean(data), ensure_ascii=False, separators=(",", ":"))
    for sign, escaped in ESCAPES.items():  # on Chinese text a hundred times faster than `translate`
        text = text.replace(sign, escaped)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped in the line above


def _clean(value: Any) -> Any:
    """Without empty entries and without characters that nobody can see."""
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items() if item not in (None, "", [])}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return legal(value) if isinstance(value, str) else value


def organization() -> Node:
    """Who runs the site, in short."""
    return {
        "@type": "Organization",
        "@id": absolute("/#organization"),
        "name": settings.SITE_OPERATOR,
        "url": absolute("/"),
    }


def website() -> Node:
    """The site, in short."""
    return {"@type": "WebSite", "@id": absolute("/#website"), "name": settings.SITE_NAME, "url": absolute("/")}


def breadcrumb(url: str, trail: list[tuple[str, str]]) -> Node:
    """The visible way to the page, from the home page on."""
    items = [
        {"@type": "ListItem", "position": number, "name": name, "item": absolute(path)}
        for number, (name, path) in enumerate(trail, 1)
    ]
    return {"@context": "https://schema.org", "@type": "BreadcrumbList", "@id": f"{url}#way", "itemListElement": items}


def home() -> list[Node]:
    """The site and who runs it; on the home page only."""
    contact = {"@type": "ContactPoint", "contactType": "editorial", "email": settings.CONTACT_EMAIL}
    full = organization() | {"logo": absolute(static("og/logo.png")), "contactPoint": contact}
    site = website() | {"inLanguage": "zh-CN", "publisher": {"@id": full["@id"]}}
    return [{"@context": "https://schema.org", "@graph": [site, full]}]


def collection(url: str, card: Card, documents: list[Any]) -> list[Node]:
    """A list: the addresses in it, never their questions, so that each question is marked up once on the whole site."""
    items = [
        {"@type": "ListItem", "position": number, "url": absolute(document.get_absolute_url())}
        for number, document in enumerate(documents, 1)
    ]
    listed = {"@type": "ItemList", "numberOfItems": len(items), "itemListElement": items} if items else None
    return [_about_page(url, card, "CollectionPage") | {"@context": "https://schema.org", "mainEntity": listed}]


def policy_page(url: str, card: Card, policy: PolicyDocument) -> list[Node]:
    """The page about one policy document."""
    return [_about_page(url, card, "WebPage") | {"@context": "https://schema.org", "about": legislation(policy)}]


def document(url: str, page: Page, card: Card) -> list[Node]:
    """A question or an article for schema.org, then its times for Baidu."""
    main = _question(url, page, card) if registry.name_of(page.document) == "question" else _article(url, page, card)
    return [{"@context": "https://schema.org"} | main, _baidu(url, page, card)]


def legislation(policy: PolicyDocument, clauses: Iterable[str] = ()) -> Node:
    """A policy document, and the clauses of it that a page rests on."""
    return {
        "@type": "Legislation",
        "name": policy.title,
        "legislationIdentifier": policy.number,
        "legislationPassedBy": {"@type": "GovernmentOrganization", "name": policy.issuer} if policy.issuer else None,
        "legislationDate": policy.issued_on and policy.issued_on.isoformat(),
        "datePublished": policy.published_on and policy.published_on.isoformat(),
        "temporalCoverage": _period(policy),
        "legislationLegalForce": _force(policy),
        "url": policy.official_url or absolute(policy.get_absolute_url()),
        "hasPart": [{"@type": "Legislation", "name": clause} for clause in dict.fromkeys(clauses) if clause],
    }


def _period(policy: PolicyDocument) -> str | None:
    if not policy.in_force_from:
        return None
    return f"{policy.in_force_from}/{policy.in_force_until or '..'}"


def _force(policy: PolicyDocument) -> str | None:
    force = FORCE.get(policy.status)
    return force and f"https://schema.org/{force}"


def _about_page(url: str, card: Card, kind: str) -> Node:
    return {
        "@type": kind,
        "@id": url,
        "url": url,
        "name": card.title,
        "description": card.description,
        "inLanguage": "zh-CN",
        "isPartOf": website(),
        "breadcrumb": {"@id": f"{url}#way"},
    }


def _dates(page: Page) -> Node:
    """First publication, and the last major change as readers saw it."""
    return {
        "datePublished": iso(page.document.first_published_at),
        "dateModified": iso(page.document.effective_changed_at),
    }


def _review(page: Page) -> Node:
    verified_on = page.document.verified_on
    return {"lastReviewed": verified_on.isoformat(), "reviewedBy": organization()} if verified_on else {}


def _citations(page: Page) -> list[Node]:
    return [
        legislation(source.policy, [citation.clause for _, citation in source.citations]) for source in page.sources
    ]


def answer_text(page: Page) -> str:
    """The answer as it stands on the page: the short answer, what to do, what to bring, and when it is different."""
    lines = [line for name in ("steps", "checklist", "exceptions") for line in page.text.lines.get(name, [])]
    return "\n".join([page.text.short_answer, *(plain(line) for line in lines)])


def _question(url: str, page: Page, card: Card) -> Node:
    answer = {"@type": "Answer", "text": answer_text(page), "url": url}
    question = {"@type": "Question", "name": page.revision.title, "acceptedAnswer": answer}
    return (
        _about_page(url, card, "FAQPage")
        | _dates(page)
        | _review(page)
        | {"publisher": organization(), "citation": _citations(page), "mainEntity": question}
    )


def _article(url: str, page: Page, card: Card) -> Node:
    return {
        "@type": "Article",
        "@id": f"{url}#article",
        "headline": page.revision.title,
        "description": card.description,
        "image": card.picture,
        "inLanguage": "zh-CN",
        "author": organization(),
        "publisher": organization(),
        **_dates(page),
        "citation": _citations(page),
        "mainEntityOfPage": _about_page(url, card, "WebPage") | _review(page),
    }


def _baidu(url: str, page: Page, card: Card) -> Node:
    """Baidu's own time data: the same instants, in Beijing time without an offset."""
    return {
        "@context": "https://ziyuan.baidu.com/contexts/cambrian.jsonld",
        "@id": url,
        "title": page.revision.title,
        "description": card.description,
        "images": [card.picture],
        "pubDate": beijing(page.document.first_published_at),
        "upDate": beijing(page.document.effective_changed_at),
    }
