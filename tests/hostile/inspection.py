"""What is left of hostile texts in an answer: parsed as a browser parses it, and looked at place by place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import html5lib

from tests.hostile.corpus import CANARY, CANARY_HOST

NAMESPACE = re.compile(r"^\{[^}]*\}")
# Elements that no editor's text may bring, wherever they stand.
FORBIDDEN = {
    "script", "style", "iframe", "frame", "frameset", "object", "embed", "applet", "base", "meta", "link", "form", "input", "button",
    "textarea", "select", "svg", "math", "video", "audio", "source", "track", "template", "noscript", "marquee", "dialog", "details",
    "portal", "image", "isindex", "layer", "bgsound", "xml", "listing", "plaintext", "xmp", "noembed", "noframes",
}  # fmt: skip
# Attributes whose value the browser asks for by itself, or where a click leads.
LOADING = {
    "src",
    "srcset",
    "poster",
    "background",
    "data",
    "lowsrc",
    "dynsrc",
    "manifest",
    "profile",
    "code",
    "archive",
    "ping",
}
ADDRESSES = LOADING | {"href", "action", "formaction", "cite", "longdesc", "usemap", "content", "to", "values", "from"}
PROGRAM = re.compile(
    r"^(?:javascript|vbscript|livescript|mocha|data|feed|jar|view-source|blob|filesystem|file|intent|x-javascript)"
)
IGNORED = re.compile(r"[\x00-\x20\u200b\u00ad\ufeff]")
DATA_TYPES = ("application/ld+json", "application/json")


def survivors(html: str, *, fragment: bool = False) -> list[str]:
    """What in the page could run, load or lead somewhere by a payload's will; empty where nothing could."""
    tree = html5lib.parseFragment(html) if fragment else html5lib.parse(html)
    return [
        finding for element in tree.iter() if isinstance(element.tag, str) for finding in _findings(element, fragment)
    ]


def _findings(element: Any, fragment: bool) -> Iterator[str]:
    name = NAMESPACE.sub("", element.tag).lower()
    words = "".join(element.itertext()) if name in {"script", "style"} else ""
    if (
        name in {"script", "style"}
        and element.get("type") not in DATA_TYPES
        and (CANARY in words or CANARY_HOST in words)
    ):
        yield f"<{name}> holding {words[:80]!r}"
    if fragment and name in FORBIDDEN:
        yield f"<{name}> in a text"
    for attribute, value in element.attrib.items():
        attribute = NAMESPACE.sub("", str(attribute)).lower().rpartition(":")[2]
        if finding := _bad_attribute(name, attribute, value, fragment):
            yield f"<{name} {finding}>"


def _bad_attribute(element: str, name: str, value: str, fragment: bool) -> str:
    shown = f"{name}={value[:80]!r}"
    if re.match(r"on[a-z]", name) and (fragment or CANARY in value):
        return shown
    if name in {"style", "srcdoc"} and (fragment or CANARY in value or CANARY_HOST in value):
        return shown
    # `content` of <meta> and the like hold words as well; there only a program matters, and where it leads by itself.
    address = IGNORED.sub("", value).lower()
    if name in ADDRESSES and name not in {"content", "data"} and PROGRAM.match(address):
        return "" if address.startswith("data:image/") and not fragment else shown
    if name in LOADING and CANARY_HOST in value:
        return shown
    if element in {"meta", "base", "link", "form"} and CANARY_HOST in value and name in {"href", "action"}:
        return shown
    if element == "meta" and name == "http-equiv" and value.lower() in {"refresh", "set-cookie"}:
        return shown
    return shown if fragment and name == "href" and _leaves_unseen(address) else ""


def _leaves_unseen(address: str) -> bool:
    """An address that leads to another host without naming a scheme."""
    return address.startswith(("//", "\\", "/\\")) or (
        not urlsplit(address).scheme and CANARY_HOST in address.split("/")[0]
    )
