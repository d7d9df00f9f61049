"""What readers type, made fit to be stored: readable, within its length, without personal numbers."""

from __future__ import annotations

import re
import unicodedata

from publishing.masking import mask

LINK = re.compile(r"(?:https?://|www\.)\S+|\b[a-z0-9-]+\.(?:com|cn|net|top|xyz|vip|cc|shop)\b", re.IGNORECASE)
MAX_LINKS = 1


def tidy(text: str) -> str:
    """The text without control, invisible and direction characters, with at most one empty line in a row."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(character for character in text if character == "\n" or not _is_invisible(character))
    lines = (re.sub(r"[ \t\u00a0\u3000]+", " ", line).strip() for line in kept.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _is_invisible(character: str) -> bool:
    # Joined emoji fall apart into their parts, which is better than words that read backwards.
    return character == "\ufffd" or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}


def safe(text: str) -> str:
    """What may be stored: tidy and masked."""
    return mask(tidy(text))


def links(text: str) -> int:
    """How many web addresses a text holds."""
    return len(LINK.findall(text))


def says_something(text: str) -> bool:
    """Whether there are at least four letters or characters that are not all the same."""
    letters = [character for character in text if character.isalnum()]
    return len(letters) >= 4 and len(set(letters)) >= 3
