"""Every place where texts are shown, as addresses found in the resolver, and what must hold of each answer."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import openpyxl
from defusedxml import ElementTree
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from markdown_it import MarkdownIt

from articles.models import Article
from faq.models import Question
from policies.models import PolicyDocument
from publishing.models import PreviewLink
from taxonomy.models import Province, Topic
from tests.admin_pages import addresses as admin_addresses
from tests.hostile.corpus import CANARY, CANARY_HOST
from tests.hostile.inspection import survivors

QUERY = "备案"
CASE = "insured=jiangsu-cities&treated=shanghai&reason=temporary&insurance=employee&care=inpatient&stage=before"
# Names that show nothing anybody wrote, or take POST only.
SILENT = {
    "search-opened", "ask-nearest", "helpful", "helpful-reason", "view", "healthz", "readyz", "style", "picture", "root-txt", "root-html",
    "root-xml", "metrics", None,
}  # fmt: skip
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Place:
    """An address with the name of its pattern."""

    name: str
    url: str


def public_patterns(resolver: Any = None) -> Iterator[URLPattern]:
    """Every pattern outside the admin."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield entry
        elif str(entry.pattern) != "admin/":
            yield from public_patterns(entry)


def public_places(most: int) -> list[Place]:
    """The public places, with at most so many pages of each kind of document."""
    found = [
        place for pattern in public_patterns() if pattern.name not in SILENT for place in _places_of(pattern, most)
    ]
    lists = ("question-list", "article-list", "search")
    filtered = [
        Place(name, f"{reverse(name)}?topic={topic}")
        for name in lists
        for topic in Topic.objects.values_list("slug", flat=True)[:2]
    ]
    return [*found, *filtered, Place("search", f"/search/?q={quote(QUERY)}"), Place("search", f"/search/?q={quote(QUERY)}&province=jiangsu"),
            Place("search", f"/search/?q={CANARY}"), Place("search", "/search/?q=onerror"), Place("search-suggest", f"/search/suggest/?q={CANARY}"),
            Place("search-suggest", "/search/suggest/?q=script"), Place("question", "/faq/22/?mode=elder"), Place("question", "/faq/22/?related=2")]  # fmt: skip


def _places_of(pattern: URLPattern, most: int) -> Iterator[Place]:
    route, name = f"/{_route(pattern)}", str(pattern.name)
    if "<" not in route:
        yield Place(name, f"{route}?{CASE}" if name in {"filing-plan", "filing-reminder"} else route)
        return
    yield from (Place(name, _filled(route, given)) for given in _given(name, most))


def _filled(route: str, given: dict[str, Any]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(given[match[1]]), route)


def _route(pattern: URLPattern) -> str:
    full = {str(entry.name): str(entry.pattern) for entry in public_patterns()}
    return full[str(pattern.name)]


def _given(name: str, most: int) -> list[dict[str, Any]]:
    """What to fill into the pattern of that name."""
    if name.startswith(("question", "article", "api-question", "api-article")):
        model = Question if "question" in name else Article
        return [{"pk": pk} for pk in _spread(model.objects.order_by("pk").values_list("pk", flat=True), most)]
    if name == "policy":
        return [{"pk": pk} for pk in _spread(PolicyDocument.objects.order_by("pk").values_list("pk", flat=True), most)]
    if name.startswith(("topic", "province")):
        model = Topic if name.startswith("topic") else Province
        return [{"slug": slug} for slug in _spread(model.objects.values_list("slug", flat=True), most)]
    return {
        "filing-question": [{"name": one} for one in ("insured", "treated", "reason")],
        "report": [{"kind": "question", "pk": 22}, {"kind": "article", "pk": 15}],
        "sitemap-child": [{"name": "questions", "block": 1}, {"name": "pages", "block": 1}],
        "api-list": [{"name": one} for one in ("questions", "articles", "policies", "parameters")],
        "shared-preview": [{"token": token} for token in PreviewLink.objects.values_list("token", flat=True)],
    }[name]


def _spread(values: Any, most: int, ends: int = 4) -> list[Any]:
    """So many of the values from the first on, and so many from the end, where a scene has withdrawn and merged some."""
    values = list(values)
    return values[:: max(1, len(values) // most)][:most] + values[-ends:] if len(values) > most + ends else values


def admin_places(most: int, ends: int = 4) -> list[Place]:
    """The pages of the admin, and the texts, histories and previews of so many documents."""
    found = [Place(name, url) for name, url in admin_addresses().items()]
    for kind, model in (("faq_question", Question), ("articles_article", Article)):
        for document in _spread(model.objects.order_by("pk"), most, ends):
            for page in ("change", "history", "preview", "page", "draft"):
                found.append(Place(f"{kind}_{page}", reverse(f"admin:{kind}_{page}", args=[document.pk])))
            revision = document.revisions.order_by("-number").first()
            found.append(Place(f"{kind}revision_change", reverse(f"admin:{kind}revision_change", args=[revision.pk])))
        found.append(Place(f"{kind}_similar_new", reverse(f"admin:{kind}_similar_new") + f"?title={CANARY}"))
    return found


def look(client: Client, place: Place) -> tuple[int, list[str]]:
    """The status of the place and what is wrong with it."""
    response = client.get(place.url, follow=True)
    wrong = [f"{place.name} {place.url}: {response.status_code}"] if response.status_code >= 500 else []
    content = response.getvalue() if response.streaming else response.content
    found = judged(response.get("Content-Type", ""), content)
    return response.status_code, wrong + [f"{place.name} {place.url}: {finding}" for finding in found]


def judged(content_type: str, content: bytes) -> list[str]:
    """What is wrong with an answer of this type, whatever it is."""
    kind = content_type.partition(";")[0].strip()
    if not content:
        return []
    if kind == "text/html":
        return survivors(content.decode())
    if kind.endswith("json"):
        return _json(content.decode())
    if kind.endswith("xml"):
        return _xml(content)
    if kind == "text/markdown":
        return survivors(MARKDOWN.render(content.decode()), fragment=True)
    if kind == "text/calendar":
        return _calendar(content.decode())
    if kind.endswith("sheet"):
        return _sheet(content)
    return (
        []
        if kind in {"text/plain", "image/svg+xml", "text/javascript", "image/webp"}
        else [f"unexpected type {content_type!r}"]
    )


def _json(text: str) -> list[str]:
    """JSON that parses; a body in it is HTML for others to show, so it is judged as such."""
    data = json.loads(text)
    item = data.get("item", {}) if isinstance(data, dict) else {}
    bodies = (
        [item["body"], *(line for name in ("scope", "steps", "checklist", "exceptions") for line in item.get(name, []))]
        if item
        else []
    )
    return [finding for body in bodies for finding in survivors(body, fragment=True)]


def _xml(content: bytes) -> list[str]:
    """Well-formed, without entities of its own, and with no element or address that a payload brought."""
    tree = ElementTree.fromstring(content)
    found = []
    for element in tree.iter():
        name = element.tag.rpartition("}")[2]
        if name in {"script", "svg", "img", "iframe"}:
            found.append(f"<{name}>")
        if element.get("type") == "html" and element.text:
            found += survivors(element.text, fragment=True)
        found += [
            f"<{name} href={href!r}>" for href in [element.get("href", "")] if href and not href.startswith("http")
        ]
    return found


def _calendar(text: str) -> list[str]:
    """Only the lines that we write; every line of a payload is part of one of them."""
    names = {re.split(r"[:;]", line)[0] for line in re.sub(r"\r\n[ \t]", "", text).split("\r\n") if line}
    known = {"BEGIN", "END", "VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "URL", "TRIGGER", "ACTION",
             "CALSCALE", "METHOD", "TRANSP", "DURATION"}  # fmt: skip
    return [f"line {name!r}" for name in sorted(names - known)] + ["a bare line break"] * bool(
        re.search(r"(?<!\r)\n|\r(?!\n)", text)
    )


def _sheet(content: bytes) -> list[str]:
    """No cell that a spreadsheet program would compute."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    return [
        f"cell {cell.coordinate}: {cell.value[:40]!r}"
        for cell in cells
        if cell.data_type == "f" or cell.value.startswith(FORMULA)
    ]


def raw_in(content: bytes) -> bool:
    """Whether a payload's own markup stands in the bytes as it was sent."""
    text = content.decode(errors="replace")
    return any(
        mark in text
        for mark in (f"<script>{CANARY}", f"<svg onload={CANARY}", f"onerror={CANARY}(", f"<script src=//{CANARY_HOST}")
    )
