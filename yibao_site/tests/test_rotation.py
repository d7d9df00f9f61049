"""Which backups are kept: seven days, five weeks, twelve months, and never none."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from yibao_site.backup.rotation import backups, made_at, name_for, rotate, wanted

START = dt.datetime(2026, 1, 1, 19, 0, tzinfo=dt.UTC)  # three at night in China
moments = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2027, 12, 31), timezones=st.just(dt.UTC))


def test_a_year_of_nights() -> None:
    """Every night one more, every night rotated: at least 120 days back, in at most 24 files, never a gap in a week."""
    kept: set[dt.datetime] = set()
    for night in range(500):
        now = START + dt.timedelta(days=night)
        kept = wanted({*kept, now})
        assert now in kept
        assert len(kept) <= 24
        days = sorted({(now - moment).days for moment in kept})
        assert days[: min(night + 1, 7)] == list(range(min(night + 1, 7)))
        if night >= 155:
            assert days[-1] >= 120
        if night > 40:
            assert max(later - earlier for earlier, later in itertools.pairwise(days)) <= 31


@given(st.lists(moments, max_size=40), st.tuples(*[st.integers(0, 9)] * 3))
def test_any_times_and_any_counts(found: list[dt.datetime], keep: tuple[int, int, int]) -> None:
    kept = wanted(found, keep)
    assert kept <= set(found)
    assert not found or max(found) in kept
    assert len(kept) <= sum(keep) + 1
    assert wanted(kept, keep) == kept, "rotating twice deletes nothing more"
    newest_days = sorted({timezone.localdate(moment) for moment in found}, reverse=True)[: keep[0]]
    assert all(max(m for m in found if timezone.localdate(m) == day) in kept for day in newest_days)


@given(moments)
def test_names_say_when(moment: dt.datetime) -> None:
    read = made_at(Path(name_for(moment)))
    assert read is not None
    assert abs(read - moment) < dt.timedelta(milliseconds=1)
    assert made_at(Path(name_for(moment) + ".age")) == read


def test_only_backups_are_ever_deleted(tmp_path: Path) -> None:
    for night in range(30):
        (tmp_path / name_for(START + dt.timedelta(days=night))).touch()
    others = ["notes.txt", "yibao-old.tar.gz", ".lock", "backup.prom", "yibao-20260101T190000.000Z.tar.gz.part"]
    for name in others:
        (tmp_path / name).touch()
    gone = rotate(tmp_path, (3, 0, 0))
    assert len(gone) == 27
    assert len(backups(tmp_path)) == 3
    assert all((tmp_path / name).exists() for name in others)
