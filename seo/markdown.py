"""Our own small HTML as Markdown (CommonMark with tables), so that the words stay exactly the same."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser

from policies.characters import legal
from seo.addresses import absolute

SPECIAL = re.compile(r"([\\`*_\[\]<>|~&!])")
# What would start a heading, a list, a quote or a rule at the beginning of a line.
LEADING = re.compile(r"^(\d{1,9}(?=[.)])|(?=[#+\-=]))")
HEADINGS = {"h1": "#", "h2": "##", "h3": "###", "h4": "####"}
BLOCKS = {"p", "h1", "h2", "h3", "h4", "blockquote", "ul", "ol", "li", "table", "tr", "caption", "figure", "figcaption"}


def inline(text: str) -> str:
    """Plain text as one line of Markdown that reads back as the same text."""
    return _line(_escape(text))


def link(address: str) -> str:
    """An address as a link to itself; nothing in it can end the link."""
    return f"<{_target(address)}>"


def _escape(text: str) -> str:
    return SPECIAL.sub(r"\\\1", legal(text))


def _line(markdown: str) -> str:
    """One line with single blanks, and nothing at its start that Markdown would read as a sign."""
    flat = " ".join(markdown.split())
    return re.sub(r"^(\d{1,9})([.)])", r"\1\\\2", flat) if flat[:1].isdigit() else LEADING.sub(r"\\", flat, count=1)


def from_html(html: str) -> str:
    """The Markdown of sanitised HTML. Footnote marks become `[^n]`; links become absolute."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.finish()


@dataclass(eq=False)
class _Container:
    """A list entry or a quote that is open: what its first line begins with, and each further one."""

    first: str
    further: str
    begun: bool = False  # whether its first line is written


class _Reader(HTMLParser):
    """Collects blocks; the text of the one being read is in `words`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.words: list[str] = []
        self.path: list[_Container] = []
        self.written: list[_Container] = []  # the path of the block before
        self.heading = ""
        self.lists: list[int] = []  # one counter for each open list; 0 for bullets
        self.row: list[str] | None = None
        self.rows: list[list[str]] = []
        self.marks: list[tuple[str, int]] = []  # open strong, em, a: where it leads, and where its words begin

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self._end_block()
        given = dict(attrs)
        if tag in HEADINGS:
            self.heading = HEADINGS[tag] + " "
        elif tag in {"ul", "ol"}:
            self.lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            marker = self._marker()
            self.path.append(_Container(marker, " " * len(marker)))
        elif tag == "blockquote":
            self.path.append(_Container("> ", "> "))
        elif tag == "tr":
            self._end_row()  # of a table around this one
            self.row = []
        elif tag == "br":
            self.words.append(" ")
        elif tag == "img":
            self.words.append(f"![{_escape(given.get('alt') or '')}](<{_target(given.get('src') or '')}>)")
        elif tag in {"strong", "em", "a", "sup"}:
            self.marks.append((given.get("href") or "", len(self.words)))

    def handle_endtag(self, tag: str) -> None:
        if tag in {"strong", "em", "a", "sup"} and self.marks:
            self._close_mark(tag)
        elif tag in {"td", "th"} and self.row is not None:
            self.row.append(self._take())
        elif tag == "tr":
            self._end_row()
        elif tag in BLOCKS:
            self._end_block()
            self._close(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(_escape(data))

    def finish(self) -> str:
        """Everything read so far, blocks apart by an empty line."""
        self._end_block()
        return self.text

    def _marker(self) -> str:
        number = self.lists[-1] if self.lists else 0
        if number:
            self.lists[-1] += 1
        return f"{number}. " if number else "- "

    def _close(self, tag: str) -> None:
        if tag in {"li", "blockquote"} and self.path:
            self.path.pop()
        elif tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
        elif tag == "table" and self.rows:
            self._write(_table(self.rows))
            self.rows = []
        self.heading = ""

    def _close_mark(self, tag: str) -> None:
        target, start = self.marks.pop()
        inside = "".join(self.words[start:])
        if tag == "a" and target.startswith("#source-"):
            inside = f"[^{target.removeprefix('#source-')}]"
        elif tag == "a" and target:
            inside = f"[{inside}](<{_target(target)}>)"
        elif tag in {"strong", "em"} and _may_be_marked(inside):
            sign = "**" if tag == "strong" else "*"
            inside = f"{sign}{inside}{sign}"
        self.words[start:] = [inside]

    def _take(self) -> str:
        text = _line("".join(self.words))
        self.words.clear()
        self.marks.clear()
        return text

    def _end_row(self) -> None:
        if self.row is not None:
            self.rows.append(self.row)
            self.row = None

    def _end_block(self) -> None:
        if text := self._take():
            self._write(self.heading + text)

    def _write(self, block: str) -> None:
        """Adds a block after an empty line that keeps open the quotes and entries which both have in common."""
        if self.text:
            shared = [old.further for old, new in zip(self.written, self.path, strict=False) if old is new]
            self.text += f"\n{''.join(shared).rstrip()}\n"
        further = "\n" + "".join(part.further for part in self.path)
        self.text += "".join(part.further if part.begun else part.first for part in self.path)
        self.text += block.replace("\n", further)
        self.written = list(self.path)
        for part in self.path:
            part.begun = True


def _target(address: str) -> str:
    """A link's address, absolute and without the characters that would end it."""
    return re.sub(r"[<>\\\s]", "", absolute(address))


def _may_be_marked(inside: str) -> bool:
    """Whether the signs would be read as signs: not beside a blank or punctuation, which CommonMark refuses."""
    return bool(inside) and all(unicodedata.category(end)[0] in "LN" for end in (inside[0], inside[-1]))


def _table(rows: list[list[str]]) -> str:
    width = max(len(row) for row in rows)
    full = [row + [""] * (width - len(row)) for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in full]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])
