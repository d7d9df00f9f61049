"""Editors' HTML made safe: the only place that knows which tags and attributes may reach a reader."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import nh3
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import models
from django.utils.html import escape, strip_tags

TAGS = {
    "p", "br", "h2", "h3", "h4", "strong", "em", "blockquote", "ul", "ol", "li",
    "table", "caption", "thead", "tbody", "tr", "th", "td", "a", "img", "figure", "figcaption",
}  # fmt: skip
ATTRIBUTES = {
    "*": set(),  # or the cleaner's own `title` and `lang` would be allowed everywhere
    "a": {"href", "title", "rel"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "img": {"src", "alt", "width", "height"},
}
SCHEMES = {"http", "https", "tel", "mailto"}
TAG = re.compile(r"(<[^>]*>)")
VOID = {"br", "img"}
# What is left out where it holds nothing.
HOLDERS = {"p", "h2", "h3", "h4", "strong", "em", "li"}
EMPTY = re.compile(r"<(p|h[2-4]|strong|em|li)>(?:\s|&nbsp;)*</\1>")
# No honest text is nested so deep; without a limit, what is made of the text grows with the square of its length.
DEEPEST = 40
# A parser's time grows with the square of what stands open, and hostile text leaves all open. No page has so many tags.
MOST_TAGS = 6000
START = re.compile(r"<[a-z]", re.IGNORECASE)
# How often the cleaner reads its own writing until it agrees with itself; twice is enough for all that is known.
READINGS = 5
TOP_HEADING = re.compile(r"<(/?)h1\b[^<>]*>", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
# An address of this site, or one of another with its scheme; anything else is read differently by different readers.
ADDRESS = re.compile(r"(?:[/?#.](?!/)|[a-z]+:)", re.IGNORECASE)
EXTERNAL_REL = "noopener noreferrer"


def without_tags(text: str) -> str:
    """The words between the tags, whatever else the text holds."""
    try:
        return strip_tags(text)
    # What the parser of some Python versions says to a broken `<![`, and Django to tags that never end.
    except (AssertionError, SuspiciousOperation):
        return re.sub(r"<[^<>]*>?", "", text)


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Drops addresses that leave the site without saying so, and images that are not our own."""
    cleaned = re.sub(r"\s", "", value)
    if name in {"href", "src"} and ("\\" in cleaned or not ADDRESS.match(cleaned)):
        return None
    if tag == "img" and name == "src" and not cleaned.startswith(settings.MEDIA_URL):
        return None
    if name in {"colspan", "rowspan", "width", "height"} and not re.fullmatch(r"[0-9]{1,4}", value):
        return None
    if tag == "a" and name == "rel":
        return value if value == EXTERNAL_REL else None
    return value


# One cleaner for the whole process: building it costs more than a page.
_cleaner = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags={
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "template",
        "noscript",
        "title",
        "textarea",
        "select",
    },
    attributes=ATTRIBUTES,
    url_schemes=SCHEMES,
    attribute_filter=_attribute,
    link_rel=None,
    strip_comments=True,
)


def sanitise(html: str) -> str:
    """The HTML with nothing in it that could run, load or restyle; sanitising twice changes nothing more."""
    html = TOP_HEADING.sub(r"<\1h2>", CONTROL.sub("", html.replace("\r\n", "\n")))
    html = _clean(escape(html) if len(START.findall(html)) > MOST_TAGS else html)
    html = re.sub(r"<a\b([^>]*)>", _link, html)
    if EMPTY.search(html) or html.count("</") > DEEPEST:
        html = _pruned(html)
    return html.strip()


def _clean(html: str) -> str:
    """Cleaned again until nothing changes: what is written must be read as it was meant by the next parser too."""
    for _ in range(READINGS):
        html, before = CONTROL.sub("", _cleaner.clean(html)), html
        if html == before:
            return html
    return escape(html)


def _pruned(html: str) -> str:
    """Clean HTML without elements that hold nothing and without what is nested too deep; in one pass."""
    kept: list[str] = []
    starts: list[int] = []  # where in `kept` each open element begins
    skipped = 0
    for part in TAG.split(html):
        name = part.strip("</>").split(" ")[0] if part.startswith("<") else ""
        if skipped or (name and name not in VOID and not part.startswith("</") and len(starts) >= DEEPEST):
            skipped += 0 if not name or name in VOID else -1 if part.startswith("</") else 1
            continue
        kept.append(part)
        if part.startswith("</"):
            start = starts.pop()
            if name in HOLDERS and kept[start] == f"<{name}>" and all(map(_is_blank, kept[start + 1 : -1])):
                del kept[start:]
        elif name and name not in VOID:
            starts.append(len(kept) - 1)
    return "".join(kept)


def _is_blank(text: str) -> bool:
    return not text.replace("&nbsp;", "").strip()


def _link(match: re.Match[str]) -> str:
    """An external link says nothing of where the reader came from; an internal one needs no rel."""
    attributes = re.sub(r' rel="[^"]*"', "", match[1])
    href = re.search(r'href="([^"]*)"', attributes)
    if href and is_external(href[1]):
        attributes += f' rel="{EXTERNAL_REL}"'
    return f"<a{attributes}>"


def is_external(href: str) -> bool:
    """Whether the address leads to another site."""
    parts = urlsplit(href.replace("&amp;", "&"))
    own = urlsplit(settings.SITE_URL).hostname
    return parts.scheme in {"http", "https"} and parts.hostname != own


class RichTextField(models.TextField):
    """HTML from editors. Sanitised on every way into the database: form, shell, fixture, import, bulk and update."""

    def get_prep_value(self, value: object) -> object:
        value = super().get_prep_value(value)
        return sanitise(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> object:
        """Leaves the clean text on the instance too, so that what was saved is what the caller holds."""
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = sanitise(value)
            setattr(model_instance, self.attname, value)
        return value

    def value_from_object(self, obj: models.Model) -> object:
        """What a form opens with: clean even where a row came into the database past all of the above."""
        value = super().value_from_object(obj)
        return sanitise(value) if isinstance(value, str) else value
