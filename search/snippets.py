"""The passage of a page that says most about a query, with the query's words marked."""

from __future__ import annotations

import re

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from search.text import normalise
from search.understanding import Kind, Query

WIDTH = 90
ENDS = "。！？；：，、…"
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")


def needles(query: Query) -> list[str]:
    """What is worth marking: the query's words and their other names, the longest first."""
    found: dict[str, None] = {}
    for segment in query.segments:
        if segment.kind == Kind.PATTERN:
            continue
        wanted = [segment.text, *segment.others]
        if segment.kind == Kind.REST:
            wanted += [term for term in segment.terms() if len(term) > 1]
        found.update(dict.fromkeys(word for word in wanted if len(word) > 1))
    return sorted(found, key=len, reverse=True)


def marked(text: str, words: list[str]) -> SafeString:
    """The text as safe HTML with every one of the words in <mark>."""
    if not words:
        return format_html_join("", "{}", [(text,)])
    pattern = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)
    pieces, position = [], 0
    for match in pattern.finditer(text):
        pieces.append(("", text[position : match.start()], ""))
        pieces.append(("<mark>", match[0], "</mark>"))
        position = match.end()
    pieces.append(("", text[position:], ""))
    return SafeString("".join(f"{before}{_escaped(piece)}{after}" for before, piece, after in pieces))


def _escaped(text: str) -> str:
    return format_html_join("", "{}", [(text,)])


def passage(text: str, words: list[str]) -> str:
    """The best passage below the short answer (the first line); empty where no word stands there."""
    if not words:
        return ""
    best, best_value = "", 0.0
    body = text.partition("\n")[2]
    sentences = [match[0].strip() for match in _SENTENCE.finditer(body) if match[0].strip()]
    for position, sentence in enumerate(sentences):
        value = _value(sentence, words)
        if value > best_value:
            best, best_value = _widened(sentences, position), value
    return best if len(best) <= WIDTH * 2 else _around(best, words)


def _value(sentence: str, words: list[str]) -> float:
    """Different words count, long ones more; a very short line is a heading and says little."""
    plain = normalise(sentence)
    found = [word for word in words if word in plain]
    return sum(len(word) for word in found) * (1.0 if len(plain) > 8 else 0.5)


def _widened(sentences: list[str], position: int) -> str:
    """The sentence, a short one with the next; between them a full stop, which lines such as steps go without."""
    text = sentences[position]
    if len(text) < WIDTH // 2 and position + 1 < len(sentences):
        text = (text if text[-1] in ENDS else f"{text}。") + sentences[position + 1]
    return text


def _around(text: str, words: list[str]) -> str:
    """A long passage cut around its first word."""
    at = min((place for word in words if (place := text.lower().find(word)) >= 0), default=0)
    start = max(0, at - WIDTH // 2)
    cut = text[start : start + WIDTH * 2]
    return ("…" if start else "") + cut + ("…" if start + WIDTH * 2 < len(text) else "")
