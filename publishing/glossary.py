"""Links the first use of each term of the trade to its explanation: never in headings or links, once a page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.html import escape

from publishing.version import per_version
from taxonomy.models import Term

MOST = 8  # links a page; more would be noise
SHORTEST = 3  # shorter wordings are everyday words
TAG = re.compile(r"(<[^>]*>)")
CLOSED = {"a", "h2", "h3", "h4", "sup", "th", "caption"}


@dataclass(frozen=True)
class Glossary:
    """The wordings to link, longest first, and where each leads."""

    pattern: re.Pattern[str] | None
    addresses: dict[str, tuple[str, str]]

    def link(self, html: str, title: str = "") -> str:
        """The HTML with the first use of each term linked; terms that the title names already are left alone."""
        if self.pattern is None:
            return html
        done = {self.addresses[word][1] for word in self.pattern.findall(escape(title))}
        closed, parts = 0, TAG.split(html)
        for number, part in enumerate(parts):
            if part.startswith("<"):
                name = part.strip("</>").split()[0].lower() if part.strip("</>") else ""
                if name in CLOSED:
                    closed += -1 if part.startswith("</") else 1
            elif not closed and len(done) < MOST:
                parts[number] = self.pattern.sub(lambda match: self._first(match[0], done), part)
        return "".join(parts)

    def _first(self, word: str, done: set[str]) -> str:
        address, name = self.addresses[word]
        if name in done or len(done) >= MOST:
            return word
        done.add(name)
        return f'<a class="term" href="{address}">{word}</a>'


@per_version
def glossary() -> Glossary:
    """The terms of the trade; one query a content version and process."""
    addresses: dict[str, tuple[str, str]] = {}
    for term in Term.objects.all():
        for word in term.words:
            if len(word) >= SHORTEST:
                addresses.setdefault(escape(word), (term.get_absolute_url(), term.name))
    if not addresses:
        return Glossary(None, {})
    longest_first = sorted(addresses, key=lambda word: (-len(word), word))
    return Glossary(re.compile("|".join(map(re.escape, longest_first))), addresses)
