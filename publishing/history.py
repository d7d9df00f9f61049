"""What changed between two versions, character by character, in words that a person can read."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from diff_match_patch import diff_match_patch
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from publishing.models import State
from publishing.richtext import RichTextField, without_tags
from publishing.workflow import identity_of

HIDDEN = {"trace"}
LINK = re.compile(r'<a\b[^>]*\bhref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
IMAGE = re.compile(r"<img\b[^>]*>")
ATTRIBUTE = re.compile(r'\b(src|alt)="([^"]*)"')
# What a reader sees of a tag, as plain marks, so that a change of form shows as well.
MARKS = [
    (re.compile(r"<h2\b[^>]*>"), "\n\u3010"), (re.compile(r"</h2>"), "\u3011\n"),
    (re.compile(r"<h[34]\b[^>]*>"), "\n\u3014"), (re.compile(r"</h[34]>"), "\u3015\n"),
    (re.compile(r"<li\b[^>]*>"), "\n• "), (re.compile(r"</?strong>"), "**"), (re.compile(r"</?em>"), "*"),
    (re.compile(r"</t[dh]>"), " | "), (re.compile(r"<br ?/?>|</(?:p|tr|ul|ol|table|blockquote|caption|figure|figcaption)>"), "\n"),
]  # fmt: skip


@dataclass(frozen=True)
class FieldDiff:
    """One field of two versions, ready for a template."""

    name: str
    label: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after

    @property
    def html(self) -> SafeString:
        """The later text with what was taken out and put in."""
        return diff_html(self.before, self.after)


def readable(markup: str) -> str:
    """HTML as plain lines that still show headings, lists, links and pictures."""
    text = LINK.sub(lambda match: f"{match[2]}〔{match[1]}〕", markup)
    text = IMAGE.sub(lambda match: _picture(dict(ATTRIBUTE.findall(match[0]))), text)
    for tag, mark in MARKS:
        text = tag.sub(mark, text)
    text = html.unescape(without_tags(text))
    return re.sub(r"\n{2,}", "\n", "\n".join(line.strip() for line in text.splitlines())).strip()


def _picture(attributes: dict[str, str]) -> str:
    return f"\n〔图\uff1a{attributes.get('alt', '')} {attributes.get('src', '')}〕\n"


def diff_html(before: str, after: str) -> SafeString:
    """A character diff as safe HTML with `<del>` and `<ins>`."""
    engine = diff_match_patch()
    engine.Diff_Timeout = 1.0
    parts = engine.diff_main(before, after)
    engine.diff_cleanupSemantic(parts)
    tags = {-1: "del", 1: "ins"}
    shown = (f"<{tags[kind]}>{escape(text)}</{tags[kind]}>" if kind in tags else escape(text) for kind, text in parts)
    return mark_safe("".join(shown).replace("\n", "<br>"))  # noqa: S308 - every piece is escaped above


def shown_fields(revision: Any) -> list[Any]:
    """The model fields of a text that editors write, in the order of the model."""
    plain = {"title", "summary", "body", "cover", "cover_alt", "change_note", *type(revision).LINE_FIELDS, *HIDDEN}
    order = ["title", "summary", *type(revision).LINE_FIELDS[:-1], "body", *type(revision).LINE_FIELDS[-1:]]
    fields = [field for field in revision._meta.concrete_fields if field.name in plain]
    return sorted(fields, key=lambda field: order.index(field.name) if field.name in order else len(order))


def text_of(revision: Any, field: Any) -> str:
    """A field as a person reads it."""
    value = getattr(revision, field.name)
    return readable(value) if isinstance(field, RichTextField) else str(value or "").replace("\r\n", "\n").strip()


def sources_of(revision: Any) -> str:
    """The sources of a text, one a line."""
    rows = revision.citations.select_related("policy", "recheck_with")
    return "\n".join(source_line(number, row) for number, row in enumerate(rows, 1))


def source_line(number: int, row: Any) -> str:
    """One source with everything that is said of it."""
    parts = [f"[{number}] {row.policy} {row.clause}", row.note, "作为历史引用" if row.as_history else "",
             f"到时按《{row.recheck_with.title}》复核" if row.recheck_with else ""]  # fmt: skip
    return "\uff1b".join(part for part in parts if part)


def identity_lines(revision: Any) -> dict[str, str]:
    """Topics and provinces at the time of publishing; for a text that is not published, those of now."""
    published = revision.state in {State.PUBLISHED, State.SUPERSEDED} and revision.identity
    identity = revision.identity if published else identity_of(revision.document)
    return {name: "、".join(values) for name, values in identity.items()}


def compare(before: Any, after: Any) -> list[FieldDiff]:
    """Every field of two versions of the same page, with sources, topics and provinces."""
    found = [
        FieldDiff(field.name, str(field.verbose_name), text_of(before, field), text_of(after, field))
        for field in shown_fields(after)
    ]
    old, new = identity_lines(before), identity_lines(after)
    return [
        *found,
        FieldDiff("citations", "依据", sources_of(before), sources_of(after)),
        FieldDiff("topics", "栏目", old["topics"], new["topics"]),
        FieldDiff("provinces", "地区", old["provinces"], new["provinces"]),
    ]
