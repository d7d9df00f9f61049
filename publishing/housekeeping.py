"""Work that is done from time to time by `manage.py housekeeping`, which a timer runs every minute.

Each app adds its own jobs when it loads. A job must be safe to repeat and safe to be killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

Job = Callable[[], str]
_jobs: dict[str, Job] = {}


def register(name: str, job: Job) -> None:
    """Adds a job; it gives back one sentence about what it did, or nothing to say as an empty text."""
    _jobs[name] = job


def jobs() -> Iterator[tuple[str, Job]]:
    """All jobs by name, in a stable order."""
    yield from sorted(_jobs.items())
