"""The names of backups, and which of them are still wanted."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from django.utils import timezone

NAME = re.compile(r"yibao-(\d{8}T\d{6}\.\d{3})Z\.tar\.gz(?:\.age)?")
DAILY, WEEKLY, MONTHLY = 7, 5, 12

PERIODS: list[Callable[[dt.date], object]] = [
    lambda day: day,
    lambda day: day.isocalendar()[:2],
    lambda day: (day.year, day.month),
]


def name_for(moment: dt.datetime) -> str:
    """The name of a backup made at that moment, without the ending of an encrypted one."""
    return f"yibao-{moment.astimezone(dt.UTC):%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03}Z.tar.gz"


def made_at(path: Path) -> dt.datetime | None:
    """When a backup was made, by its name; None for every other file."""
    found = NAME.fullmatch(path.name)
    return dt.datetime.strptime(f"{found[1]}000+0000", "%Y%m%dT%H%M%S.%f%z") if found else None


def backups(folder: Path) -> list[Path]:
    """The whole backups in a folder, oldest first."""
    return sorted(path for path in folder.glob("yibao-*") if made_at(path)) if folder.is_dir() else []


def wanted(moments: Iterable[dt.datetime], keep: Iterable[int] = (DAILY, WEEKLY, MONTHLY)) -> set[dt.datetime]:
    """The last backup of each of so many days, weeks and months in China that have one."""
    newest_first = sorted(moments, reverse=True)
    kept = set(newest_first[:1])
    for count, period in zip(keep, PERIODS, strict=True):
        last: dict[object, dt.datetime] = {}
        for moment in newest_first:
            last.setdefault(period(timezone.localdate(moment)), moment)
        kept |= set(list(last.values())[:count])
    return kept


def rotate(folder: Path, keep: Iterable[int]) -> list[Path]:
    """Deletes what is no longer wanted; gives back what it was. Other files are never touched."""
    found = {path: moment for path in backups(folder) if (moment := made_at(path))}
    kept = wanted(found.values(), keep)
    gone = [path for path, moment in found.items() if moment not in kept]
    for path in gone:
        path.unlink()
    return gone
