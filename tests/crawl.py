"""Follows every internal link of the site with the test client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import html5lib
from django.test import Client

TREE = "{http://www.w3.org/1999/xhtml}"


@dataclass
class Visit:
    """One page that answered, with the links it holds; parsed once, which costs more than to render it."""

    url: str
    status: int
    location: str = ""
    tree: Any = None
    errors: list[Any] = field(default_factory=list)
    """What a strict parser would refuse."""

    @property
    def links(self) -> list[str]:
        """The internal addresses the page links to, without fragments."""
        found = []
        for element in self.tree.iter(f"{TREE}a") if self.tree is not None else ():
            if "nofollow" in element.get("rel", ""):  # other sizes of letters, other batches of the same page
                continue
            target = urldefrag(urljoin(f"http://testserver{self.url}", element.get("href", "")))[0]
            parts = urlsplit(target)
            if parts.netloc == "testserver" and parts.scheme == "http":
                found.append(parts.path + (f"?{parts.query}" if parts.query else ""))
        return list(dict.fromkeys(found))


def visit(client: Client, url: str) -> Visit:
    """One page, with its tree where it is HTML."""
    response = client.get(url)
    seen = Visit(url, response.status_code, response.get("Location", ""))
    if response.get("Content-Type", "").startswith("text/html") and response.status_code == 200:
        parser = html5lib.HTMLParser()
        seen.tree, seen.errors = parser.parse(response.content.decode()), parser.errors
    return seen


def crawl(client: Client, start: str = "/", limit: int = 5000, skip: tuple[str, ...] = ("/admin/",)) -> Iterator[Visit]:
    """Every page reachable from the start, each visited once."""
    waiting, seen = [start], {start}
    while waiting and limit:
        url, limit = waiting.pop(0), limit - 1
        page = visit(client, url)
        yield page
        for link in [*page.links, *([page.location] if page.location.startswith("/") else [])]:
            if link not in seen and not link.startswith(skip):
                seen.add(link)
                waiting.append(link)
