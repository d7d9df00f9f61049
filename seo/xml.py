"""XML written piece by piece: whatever an editor typed, the result is well-formed."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from policies.characters import legal

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def element(name: str, content: object = "", **attributes: object) -> str:
    """An element that holds text; an empty one where there is none."""
    inside = escape(legal(content))
    return f"<{name}{_attributes(attributes)}>{inside}</{name}>" if inside else f"<{name}{_attributes(attributes)}/>"


def wrapped(name: str, *parts: str, **attributes: object) -> str:
    """An element that holds finished elements."""
    return f"<{name}{_attributes(attributes)}>{''.join(parts)}</{name}>"


def _attributes(attributes: dict[str, object]) -> str:
    return "".join(f" {name}={quoteattr(legal(value))}" for name, value in attributes.items())
