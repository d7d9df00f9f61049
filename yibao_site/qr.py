"""A QR code as an SVG inside the page, so that it also prints."""

from __future__ import annotations

from functools import lru_cache

import segno
from django.utils.safestring import SafeString, mark_safe


@lru_cache(maxsize=4096)
def qr(address: str) -> SafeString:
    """The code of an address: dark on white whatever the page's colours, because scanners want that."""
    code = segno.make(address, error="m", micro=False, boost_error=False)
    svg = code.svg_inline(scale=4, border=2, dark="#000", light="#fff", svgclass=None, lineclass=None, omitsize=True)
    return mark_safe(svg.replace("<svg ", '<svg role="img" aria-label="本页网址的二维码" ', 1))  # noqa: S308 - made of digits
