"""What related questions cost: publishing one question, and rebuilding all lists, as the site grows.

    python bench/related_speed.py                 # 1,000 and 10,000 questions
    python bench/related_speed.py --full          # and 100,000
    DATABASE_URL=postgres://… python bench/related_speed.py   # an empty database of its own

Prints milliseconds and, because machines differ, the growth against the first size.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

PUBLISHED = 40


def publish_times(numbers: list[int]) -> list[float]:
    """Milliseconds to update the index and the lists for each of some questions, in a transaction that is undone."""
    from django.db import transaction

    from faq.models import Question
    from publishing.registry import Change
    from search import index, relations

    times = []
    for question in Question.objects.live().filter(pk__in=numbers):
        with transaction.atomic():
            index.follow(question, Change.PUBLISHED)
            start = time.perf_counter()
            relations.follow(question, Change.PUBLISHED)
            times.append((time.perf_counter() - start) * 1000)
            transaction.set_rollback(True)
    return times


def measure(size: int) -> dict[str, float]:
    """The figures at one size; the corpus grows to it first."""
    from bench.make_corpus import FIRST, make
    from search import rebuild, rebuild_related

    make(size)
    rebuild.rebuild()
    start = time.perf_counter()
    done = rebuild_related.rebuild()
    seconds = time.perf_counter() - start
    step = max(size // PUBLISHED, 1)
    times = sorted(publish_times(list(range(FIRST, FIRST + size, step))))
    return {
        "questions": done.pages, "rebuild s": seconds, "publish p50 ms": statistics.median(times),
        "publish p95 ms": times[int(len(times) * 0.95) - 1], "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    folder = tempfile.TemporaryDirectory()
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder.name}/related.sqlite3")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("load_content", settings.BASE_DIR / "fixtures", verbosity=0)
    first: dict[str, float] = {}
    for size in [1_000, 10_000, *([100_000] if "--full" in sys.argv else [])]:
        figures = measure(size)
        first = first or figures
        print(
            ", ".join(f"{name} {value:,.1f} (x{value / first[name]:.1f})" for name, value in figures.items()),
            flush=True,
        )
    folder.cleanup()


if __name__ == "__main__":
    main()
