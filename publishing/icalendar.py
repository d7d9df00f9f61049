"""A reminder as a calendar file (RFC 5545) that phones open with their own calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils import timezone


@dataclass(frozen=True)
class Reminder:
    """An all-day entry; `uid` stays the same when the day moves, so that calendars replace the old one."""

    uid: str
    day: dt.date
    title: str
    text: str
    url: str
    written_at: dt.datetime

    def as_calendar(self) -> str:
        """The file's text, with an alarm at nine in the morning."""
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//yibao-site//reminder//ZH",
            "BEGIN:VEVENT",
            f"UID:{self.uid}",
            f"DTSTAMP:{self.written_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{self.day:%Y%m%d}",
            f"SUMMARY:{_escape(self.title)}",
            f"DESCRIPTION:{_escape(self.text)}",
            f"URL:{self.url}",
            "TRANSP:TRANSPARENT",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_escape(self.title)}",
            "TRIGGER:PT9H",
            "END:VALARM",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
        return "".join(_fold(line) + "\r\n" for line in lines)

    def response(self, filename: str) -> HttpResponse:
        """The file as a download."""
        response = HttpResponse(self.as_calendar(), content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{filename}"'
        response["X-Robots-Tag"] = "noindex"
        return response


def review_reminder(document: object, url: str) -> Reminder:
    """The reminder to look at a page again on the day until which its editors promised to check it."""
    title = document.live.title
    return Reminder(
        uid=f"{document._meta.label_lower}-{document.pk}-review",
        day=document.review_due_on,
        title=f"再看一遍：{title}",
        text=f"“{title}”应在这天前重新核对。打开网页看看有没有变化：{url}",
        url=url,
        written_at=document.changed_at or document.first_published_at or timezone.now(),
    )


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\r", "").replace("\n", "\\n")


def _fold(line: str) -> str:
    """The line cut into pieces of at most 75 octets, never inside a character."""
    pieces, size = [""], 0
    for character in line:
        width = len(character.encode())
        if size + width > 74:
            pieces.append("")
            size = 0
        pieces[-1] += character
        size += width
    return "\r\n ".join(pieces)
