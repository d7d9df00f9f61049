"""Whether a page costs more when the site is larger."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.site.databases import run
from bench.site.report import Section

MOST = 1.2
# A page that differs by less than this is as good as the same: the clock itself is not steadier.
NOISE_MS = 0.3
TURNS = 3  # small and large are measured in turn, because a machine is not equally busy all the time
SEARCHES = {"search", "suggestions"}  # their targets and their benchmark are their own: bench/search_speed.py


def growth(database: str, small: Path | str, large: dict[int, Path | str], rounds: int, folder: Path) -> Section:
    """Every type of page on the small database and on the large ones; the processor's time on SQLite, the clock's
    on PostgreSQL, where another process does part of the work."""
    measure = "processor" if database == "SQLite" else "clock"
    section = Section(
        f"Growth on {database}",
        f"Milliseconds of {'processor time' if measure == 'processor' else 'time by the clock'} for a page, page cache off, "
        f"without a server: the least of {TURNS} turns of {rounds} rounds, median of up to five pages of the type. Then the ratio to "
        "300 questions, and the first time after something was published, when a process has nothing in memory.",
        unit=" ×",
    )
    found = _in_turn({0: small, **large}, rounds, folder)
    before = found.pop(0)
    for size, after in found.items():
        for name, cost in after.items():
            first, now = before[name][measure], cost[measure]
            ratio = now / first
            met = None if name in SEARCHES else ratio <= MOST or now - first < NOISE_MS
            figure = f"{first:.1f} → {now:.1f} ms = {ratio:.2f} (first {cost['first']:.0f})"
            section.add(f"{name}, {size:,}", figure, "its own issue" if met is None else f"<= {MOST}", met)
            if size == max(large):
                section.bars.append((f"{name}, {size:,}", ratio))
    return section


Costs = dict[str, dict[str, float]]  # by page, then by measure


def _in_turn(databases: dict[int, Path | str], rounds: int, folder: Path) -> dict[int, Costs]:
    """What the pages cost on each database, the least of all turns."""
    with ExitStack() as stack:
        urls = {size: stack.enter_context(_ready(where, folder)) for size, where in databases.items()}
        found: dict[int, Costs] = {}
        for _ in range(TURNS):
            for size, url in urls.items():
                costs = json.loads(run(["-m", "bench.site.growth", str(rounds)], url, folder).splitlines()[-1])
                found[size] = _least(found.get(size, costs), costs)
        return found


def _least(one: Costs, other: Costs) -> Costs:
    return {
        page: {measure: min(one[page][measure], cost) for measure, cost in costs.items()}
        for page, costs in other.items()
    }


@contextmanager
def _ready(where: Path | str, folder: Path) -> Iterator[str]:
    """The address of a database with all migrations; of a file a copy, because searching writes and migrations may be due."""
    copy = folder / f"growth-{where.name}" if isinstance(where, Path) else None
    if copy:
        shutil.copyfile(where, copy)
    url = f"sqlite:///{copy}" if copy else str(where)
    try:
        run(["manage.py", "migrate", "--verbosity=0"], url, folder)
        yield url
    finally:
        if copy:
            copy.unlink()
