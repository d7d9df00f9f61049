"""XML written piece by piece: whatever an editor typed, the result is well-formed."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Everything outside the Char production of XML 1.0: control characters, lone surrogates, two non-characters.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: object) -> str:
    """The text without the characters that XML forbids and that no reader can see."""
    return FORBIDDEN.sub("", str(text))


def element(name: str, content: object = "", **attributes: object) -> str:
    """An element that holds text; an empty one where there is none."""
    inside = escape(legal(content))
    return f"<{name}{_attributes(attributes)}>{inside}</{name}>" if inside else f"<{name}{_attributes(attributes)}/>"


def wrapped(name: str, *parts: str, **attributes: object) -> str:
    """An element that holds finished elements."""
    return f"<{name}{_attributes(attributes)}>{''.join(parts)}</{name}>"


def _attributes(attributes: dict[str, object]) -> str:
    return "".join(f" {name}={quoteattr(legal(value))}" for name, value in attributes.items())
