"""Which addresses may be kept, and how each is written: known parameters only, in one order, with one spelling."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from yibao_site.modes import LABELS, STANDARD

LONGEST_PATH, LONGEST_QUERY, MOST_PARAMETERS = 200, 1000, 40
SLUG = re.compile(r"[-a-z0-9_]{1,60}")
PAGE = re.compile(r"[1-9][0-9]{0,6}")
BATCH = re.compile(r"[2-9]")


class Unclear(Exception):
    """A value that only the view can judge; its answer is not kept."""


def _mode(value: str) -> str:
    return value if value in LABELS and value != STANDARD else ""


def _batch(value: str) -> str:
    """Any other number shows the first batch."""
    return value if BATCH.fullmatch(value) else ""


def _page(value: str) -> str:
    if value in {"", "1"}:
        return ""
    return _matching(PAGE, value)


def _slug(value: str) -> str:
    return _matching(SLUG, value) if value else ""


def _deep(value: str) -> str:
    """A page far down a long list: there are too many of them to keep, and each is read once, by a crawler."""
    if value:
        raise Unclear
    return ""


def _matching(pattern: re.Pattern[str], value: str) -> str:
    if not pattern.fullmatch(value):
        raise Unclear
    return value


Readers = dict[str, Callable[[str], str]]
PLAIN: Readers = {}
READING: Readers = {"mode": _mode}
LIST: Readers = {**READING, "topic": _slug, "province": _slug, "page": _page, "after": _deep}
DOCUMENT: Readers = {**READING, "related": _batch}
# By the first part of the path: what the views below it read from the query string.
ROOMS: dict[str, Readers] = {
    "": READING, "topics": READING, "provinces": READING, "policies": READING, "glossary": READING,
    "site-map": READING, "about": READING, "faq": DOCUMENT, "articles": DOCUMENT,
    "sitemap.xml": PLAIN, "sitemap.txt": PLAIN, "robots.txt": PLAIN, "llms.txt": PLAIN, ".well-known": PLAIN,
    "feed.atom": PLAIN, "feed.json": PLAIN,
}  # fmt: skip
LISTS = {"/faq/", "/articles/"}
# What a reader says there is nobody else's business: only the page without it is kept.
ASKING: dict[str, Readers] = {"/ask/": READING, "/filing/": READING}
DATA = "/api/v1/"
FILE_OF_PAGE = (".md", ".ics", ".atom")


def canonical_query(path: str, query: str) -> str | None:
    """The query string under which a page is rendered and kept; None where the page must not be kept.

    Parameters that no view reads are dropped, so that they neither fill the cache nor reach a page.
    """
    readers = _readers(path)
    if readers is None or len(path) > LONGEST_PATH:
        return None
    if not query:
        return ""
    if len(query) > LONGEST_QUERY or not query.isascii() or "%00" in query:
        return None
    try:
        given = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS))
        if path in ASKING and given.keys() - readers.keys():
            return None
        if path.startswith(DATA) and given:
            return None
        values = {name: readers[name](given[name]) for name in sorted(readers.keys() & given.keys())}
    except (Unclear, ValueError):
        return None
    return urlencode({name: value for name, value in values.items() if value})


def _readers(path: str) -> Readers | None:
    """What is read from the query string of a path; None where the path is not kept at all."""
    if path in LISTS:
        return LIST
    if path in ASKING:
        return ASKING[path]
    if path.startswith(DATA):
        return PLAIN
    if path.endswith(FILE_OF_PAGE):
        return PLAIN
    room = path[1:].partition("/")[0]
    if room.startswith("sitemap-") and room.endswith(".xml"):
        return PLAIN
    return ROOMS.get(room)
