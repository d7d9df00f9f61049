"""How the tests read what the site gives to machines."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.test import Client
from lxml import etree, html

SCHEMAS = Path(__file__).parent / "schemas"
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "a": "http://www.w3.org/2005/Atom"}


@lru_cache
def schema(name: str) -> Any:
    """A schema of this folder."""
    tree = etree.parse(SCHEMAS / name)
    return etree.XMLSchema(tree) if name.endswith(".xsd") else etree.RelaxNG(tree)


def body(response: Any) -> bytes:
    """The bytes of an answer, streamed or not."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def xml(response_or_bytes: Any, schema_name: str) -> Any:
    """The XML, valid against the schema."""
    raw = response_or_bytes if isinstance(response_or_bytes, bytes) else body(response_or_bytes)
    tree = etree.fromstring(raw)
    schema(schema_name).assertValid(tree)
    return tree


def addresses(client: Client, path: str = "/sitemap.xml") -> dict[str, str | None]:
    """Every address in a sitemap or in all children of an index, with its lastmod; all of it valid."""
    tree = xml(client.get(path), "sitemap.xsd")
    found: dict[str, str | None] = {}
    for entry in tree:
        address = entry.findtext("s:loc", namespaces=NAMES)
        if tree.tag.endswith("sitemapindex"):
            found |= addresses(client, local(address))
        else:
            assert address not in found
            found[address] = entry.findtext("s:lastmod", namespaces=NAMES)
    return found


def local(address: str) -> str:
    """The path and query of an address on this site."""
    return "/" + address.split("://", 1)[-1].split("/", 1)[-1]


def page(response: Any) -> Any:
    """An HTML page as a tree."""
    return html.fromstring(body(response).decode())


def squeeze(text: str) -> str:
    """Text without any white space, for comparing what two formats say."""
    return re.sub(r"\s+", "", text)


def visible(tree: Any) -> str:
    """What a person can read in the main part of a page, without footnote marks and white space."""
    main = html.fromstring(html.tostring(tree.get_element_by_id("main"), encoding="unicode"))
    etree.strip_elements(main, "script", "style", "sup", with_tail=False)
    return squeeze(main.text_content())
