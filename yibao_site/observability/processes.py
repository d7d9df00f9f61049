"""Lets the workers of one machine be counted as one: each writes its numbers into a file, a scrape adds them up.

`begin()` must run before prometheus_client is imported, because it decides on import where numbers are kept. The files
of one run of the server lie in a folder of their own, so a worker that is replaced goes on counting where the old one
stopped, and a new run starts at zero without anybody cleaning up.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
EVERY = 1.0  # seconds between two looks at what the page cache counted


def begin(folder: Path) -> None:
    """Makes the folder of this run and drops those of runs that have ended; without room for it, each worker counts alone."""
    if "prometheus_client" in sys.modules:
        return
    run = folder / f"run-{_identity(os.getppid())}"
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    for other in folder.glob("run-*"):
        if other != run and not _lives(other.name.removeprefix("run-")):
            shutil.rmtree(other, ignore_errors=True)
    os.environ[VARIABLE] = str(run)


def _identity(process: int) -> str:
    """The number of a process with the moment it started, because numbers are used again."""
    try:
        started = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        started = "0"
    return f"{process}-{started}"


def _lives(identity: str) -> bool:
    process = identity.partition("-")[0]
    return process.isdigit() and Path(f"/proc/{process}").exists() and _identity(int(process)) == identity


def workers() -> list[int]:
    """The process numbers of the workers that are alive; of this process alone where nothing is shared."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return [os.getpid()]
    numbers = {int(path.stem.rpartition("_")[2]) for path in Path(folder).glob("counter_*.db")}
    return sorted(number for number in numbers if Path(f"/proc/{number}").exists())


def memory_of(process: int) -> int | None:
    """The bytes that a process has for itself, with its share of what it has in common with others (PSS)."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), None)


def follow_page_cache() -> None:
    """Carries the page cache's plain counters over to metrics once a second, so that counting costs it next to nothing."""
    # Not before `begin()` has said where numbers are kept.
    from yibao_site.observability.metrics import PAGE_CACHE
    from yibao_site.page_cache import counters

    def carry() -> None:
        before: dict[str, int] = {}
        while True:
            time.sleep(EVERY)
            now = counters.read()
            for name, value in now.items():
                if value > before.get(name, 0):
                    PAGE_CACHE.labels(name).inc(value - before.get(name, 0))
            before = now

    threading.Thread(target=carry, name="page-cache-counters", daemon=True).start()
