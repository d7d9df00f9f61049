"""A calendar entry that reminds of a temporary filing before it may end (RFC 5545)."""

from __future__ import annotations

import datetime as dt
import hashlib

LEAD = dt.timedelta(days=14)
LINE_BYTES = 75


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day some months later, or the last day of that month."""
    year, month = divmod(day.month - 1 + months, 12)
    first = dt.date(day.year + year, month + 1, 1)
    return min(first + dt.timedelta(days=day.day - 1), months_end(first))


def months_end(first: dt.date) -> dt.date:
    """The last day of the month that begins on this day."""
    return (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def calendar(day: dt.date, months: int, summary: str, description: str, url: str) -> str:
    """An all-day entry two weeks before the shortest validity of a filing made on `day` ends."""
    when = months_later(day, months) - LEAD
    uid = hashlib.sha256(f"{url} {when}".encode()).hexdigest()[:32]
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//yibao-site//filing//ZH", "BEGIN:VEVENT", f"UID:{uid}@filing",
        f"DTSTAMP:{day:%Y%m%d}T000000Z", f"DTSTART;VALUE=DATE:{when:%Y%m%d}",
        f"DTEND;VALUE=DATE:{when + dt.timedelta(days=1):%Y%m%d}", f"SUMMARY:{_escape(summary)}",
        f"DESCRIPTION:{_escape(description)}", f"URL:{url}", "TRANSP:TRANSPARENT", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{folded}\r\n" for line in lines for folded in _fold(line))


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _fold(line: str) -> list[str]:
    """The line in pieces of at most 75 bytes; pieces after the first begin with a space."""
    pieces, piece = [], ""
    for character in line:
        if len((piece + character).encode()) > LINE_BYTES:
            pieces.append(piece)
            piece = " "
        piece += character
    return [*pieces, piece]
