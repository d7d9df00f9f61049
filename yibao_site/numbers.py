"""Numbers in addresses."""

from __future__ import annotations

from django.urls.converters import IntConverter


class Number(IntConverter):
    """`<number:pk>`: a number in its one spelling. `/faq/007/` would be a second page like `/faq/7/`, to keep and to index,
    and there are as many of them as zeros fit into an address."""

    regex = "0|[1-9][0-9]*"
