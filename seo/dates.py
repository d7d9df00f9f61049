"""Moments as machines want them: Beijing time, to the second."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def iso(moment: dt.datetime) -> str:
    """`2026-11-22T09:00:00+08:00`."""
    return timezone.localtime(moment).isoformat(timespec="seconds")


def beijing(moment: dt.datetime) -> str:
    """The same without its offset, as Baidu's time data wants it."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M:%S")
