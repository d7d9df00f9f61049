"""Turns a revision into what readers see: figures filled in, footnotes linked, headings given anchors."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from policies.figures import Figures
from publishing.glossary import glossary
from publishing.richtext import TAG, sanitise, without_tags
from publishing.tables import NOTE, label_cells

FOOTNOTE = re.compile(r"\[\^(\d{1,2})\]")
BLOCK_END = re.compile(r"</(?:p|li|td|th|h[2-6]|caption)>")
HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)


@dataclass
class RenderedRevision:
    """The parts of a page, ready for a template; lists hold safe HTML."""

    short_answer: str
    body: SafeString
    headings: list[tuple[str, str]] = field(default_factory=list)
    lines: dict[str, list[SafeString]] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)
    read: Figures = field(default_factory=Figures)  # with those of the texts beside it

    def __getattr__(self, name: str) -> list[SafeString]:
        """`page.steps`, `page.checklist` …: the lines of that field."""
        try:
            return self.__dict__["lines"][name]
        except KeyError:
            raise AttributeError(name) from None


def render(revision: Any, day: dt.date | None = None, beside: Iterable[str] = ()) -> RenderedRevision:
    """The revision as readers see it on the given day (today by default). One query if it shows figures, none if not;
    the same query reads those of the texts `beside` it."""
    beside = list(beside)
    figures = Figures.on(day or timezone.localdate(), [*revision.texts(), *beside])
    headings: list[tuple[str, str]] = []
    body = glossary().link(sanitise(revision.body), revision.title)
    body = _outside_tags(body, lambda text: _footnotes(figures.fill(text, _figure)))
    body = label_cells(HEADING.sub(lambda match: _anchor(match, headings), body))
    return RenderedRevision(
        short_answer=figures.fill(revision.summary),
        body=mark_safe(body),  # noqa: S308 - sanitised two lines above, figures escaped
        headings=headings,
        lines={name: [_line(text, figures) for text in revision.lines(name)] for name in revision.LINE_FIELDS},
        figures=figures.only(revision.texts()) if beside else figures,
        read=figures,
    )


def short_answers(documents: Iterable[Any], day: dt.date | None = None) -> None:
    """Sets `short_answer` on each live document of a list; one query for all of them."""
    documents = list(documents)
    figures = Figures.on(day or timezone.localdate(), [document.live.summary for document in documents])
    for document in documents:
        document.short_answer = figures.fill(document.live.summary)


def plain_text(revision: Any, day: dt.date | None = None) -> str:
    """All text of a revision without markup, with figures filled in: for search and for machines."""
    figures = Figures.on(day or timezone.localdate(), revision.texts())
    *lines, body = revision.texts()
    texts = [*lines, words_of(BLOCK_END.sub("\n", body))]
    return "\n".join(figures.fill(FOOTNOTE.sub("", text)) for text in texts if text)


def words_of(html: str) -> str:
    """The words of sanitised HTML as plain text."""
    return unescape(without_tags(html))


def _outside_tags(html: str, change: Callable[[str], str]) -> str:
    """The HTML with its words changed and its tags left alone: what is put into an attribute could end it."""
    return "".join(part if part.startswith("<") else change(part) for part in TAG.split(html))


def _figure(text: str) -> str:
    return f'<span class="figure">{escape(text)}</span>'


def _line(text: str, figures: Figures) -> SafeString:
    return mark_safe(_footnotes(figures.fill(escape(text), _figure)))  # noqa: S308 - escaped here


def _footnotes(html: str) -> str:
    if "[^" not in html:  # true of most pieces between two tags
        return html
    return FOOTNOTE.sub(r'<sup class="cite"><a href="#source-\1" aria-label="依据第\1条">\1</a></sup>', html)


def _anchor(match: re.Match[str], headings: list[tuple[str, str]]) -> str:
    anchor = f"part-{len(headings) + 1}"
    headings.append((anchor, words_of(NOTE.sub("", match[1]))))
    return format_html('<h2 id="{}">{}</h2>', anchor, mark_safe(match[1]))  # noqa: S308 - part of sanitised text
