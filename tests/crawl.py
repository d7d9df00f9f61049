"""Follows every internal link of the site with the test client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

import html5lib
from django.test import Client

TREE = "{http://www.w3.org/1999/xhtml}"


@dataclass
class Visit:
    """One page that answered, with the links it holds."""

    url: str
    status: int
    html: str
    links: list[str]
    location: str = ""


def links_of(url: str, html: str) -> list[str]:
    """The internal addresses a page links to, without fragments."""
    tree = html5lib.parse(html)
    found = []
    for element in tree.iter(f"{TREE}a"):
        if "nofollow" in element.get("rel", ""):  # other sizes of letters, other batches of the same page
            continue
        target = urldefrag(urljoin(f"http://testserver{url}", element.get("href", "")))[0]
        parts = urlsplit(target)
        if parts.netloc == "testserver" and parts.scheme == "http":
            found.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return list(dict.fromkeys(found))


def crawl(client: Client, start: str = "/", limit: int = 5000, skip: tuple[str, ...] = ("/admin/",)) -> Iterator[Visit]:
    """Every page reachable from the start, each visited once."""
    waiting, seen = [start], {start}
    while waiting and limit:
        url, limit = waiting.pop(0), limit - 1
        response = client.get(url)
        is_page = response.get("Content-Type", "").startswith("text/html") and response.status_code == 200
        html = response.content.decode() if is_page else ""
        visit = Visit(
            url, response.status_code, html, links_of(url, html) if html else [], response.get("Location", "")
        )
        yield visit
        for link in [*visit.links, *([visit.location] if visit.location.startswith("/") else [])]:
            if link not in seen and not link.startswith(skip):
                seen.add(link)
                waiting.append(link)
