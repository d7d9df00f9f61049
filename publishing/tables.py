"""Tables that can be read row by row on a narrow screen: each cell knows the heading of its column."""

from __future__ import annotations

import re
from html import unescape

from django.utils.html import escape

from publishing.richtext import without_tags

TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
NOTE = re.compile(r"<sup\b.*?</sup>", re.DOTALL)
HEADING = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)


def label_cells(html: str) -> str:
    """The text with `data-label` on every cell under a heading row; tables with joined cells are left as they are."""
    return TABLE.sub(lambda table: _label_table(table[0]), html)


def _label_table(table: str) -> str:
    rows = ROW.findall(table)
    headings = HEADING.findall(rows[0]) if rows else []
    labels = [unescape(without_tags(NOTE.sub("", heading))).strip() for heading in headings]
    if len(labels) < 2 or "span=" in table or "<td" in rows[0]:
        return table
    return ROW.sub(lambda row: _label_row(row[0], labels), table)


def _label_row(row: str, labels: list[str]) -> str:
    left = iter(labels)
    if "<td" not in row:
        return row
    return re.sub(r"<t[dh]\b", lambda cell: f'{cell[0]} data-label="{escape(next(left, ""))}"', row)
