"""Which characters a text may hold where it is written as XML: in sheets, feeds, sitemaps and pages for machines."""

from __future__ import annotations

import re

# Everything outside the Char production of XML 1.0: control characters, lone surrogates, two non-characters.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: object) -> str:
    """The text without the characters that XML forbids and that no reader can see."""
    text = str(text)
    # What can be printed is allowed, and this question costs much less than looking for what is forbidden.
    return text if text.isprintable() else FORBIDDEN.sub("", text)
