"""How fast search is, as ratios to the database's own single lookup in the same run.

    python bench/search_speed.py [--sizes 1000 10000] [--full] [--database URL]

Entries are synthetic but realistic: titles and bodies put together from the site's own sentences, with the common words
of one subject (医保, 异地, 备案 …) in most of them, which is the worst case for an index. SQLite uses a file in a scratch
folder; `--database` (or BENCH_DATABASE_URL) names a PostgreSQL server, on which an own database is made and dropped.
`--full` adds 100,000 entries. Milliseconds are of this machine in this minute: compare the ratios.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django

ROOT = Path(__file__).resolve().parent.parent
SEED = 20261122
BATCH = 1000
PREFIXES = [
    "备",
    "备案",
    "异地",
    "医保",
    "yid",
    "ydj",
    "门",
    "转诊",
    "药店",
    "社保卡",
    "新生",
    "beian",
    "shen",
    "住院",
    "报销",
]
COMMON = ["医保", "异地", "备案", "报销", "住院"]


def prepare(url: str) -> None:
    """Sets up Django on an empty database with the site's reference data and words."""
    sys.path.insert(0, str(ROOT))
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "yibao_site.settings"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_content", ROOT / "fixtures", verbosity=0)


def material() -> tuple[list[str], list[str], list[str]]:
    """Titles, search terms and sentences of the real content."""
    from search.models import IndexEntry

    entries = list(IndexEntry.objects.order_by("id"))
    sentences = [line.strip() for entry in entries for line in entry.text.replace("。", "。\n").split("\n")]
    terms = [line for entry in entries for line in entry.heads.split("\n")[1:]]
    return [entry.title for entry in entries], terms, sorted({line for line in sentences if 8 <= len(line) <= 60})


def synthetic(size: int, start: int, generation: int) -> Iterator[object]:
    """Index rows put together from real sentences; the same ones every time."""
    from search.index import make_entry

    titles, terms, sentences = material()
    for number in range(start, size):
        chance = random.Random(SEED + number)
        first, second = chance.choice(titles), chance.choice(sentences)
        title = f"{chance.choice(COMMON)}{first[: chance.randint(4, 14)]}{second[: chance.randint(4, 12)]}怎么办"
        body = "\n".join(chance.sample(sentences, chance.randint(10, 24)))
        yield make_entry(
            title=title, terms=chance.sample(terms, 4), text=body, topics=["filing"], provinces=[],
            generation=generation, kind="question", object_id=10_000_000 + number, revision_id=1, changed_at=None,
        )  # fmt: skip


def grow(size: int, start: int) -> float:
    """Adds entries up to a size; gives back the seconds it took, counting of words included."""
    from django.db import transaction

    from search import statistics
    from search.index import write
    from search.models import IndexState

    began, batch = time.perf_counter(), []
    for entry in synthetic(size, start, IndexState.current().generation):
        batch.append(entry)
        if len(batch) == BATCH:
            with transaction.atomic():
                write(batch)
            batch = []
    write(batch)
    statistics.refresh()
    _analyse()
    return time.perf_counter() - began


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def timed(work: Callable[[str], object], queries: list[str], rounds: int = 3) -> tuple[list[float], list[float]]:
    """Milliseconds of each query by the clock and by the processor, sorted.

    The fastest of the rounds counts, because other work on the machine only ever adds to it.
    """
    clock, processor = [], []
    for query in queries:
        runs = []
        for _ in range(rounds):
            began, worked = time.perf_counter(), time.thread_time()
            work(query)
            runs.append(((time.perf_counter() - began) * 1000, (time.thread_time() - worked) * 1000))
        clock.append(min(wall for wall, _ in runs))
        processor.append(min(own for _, own in runs))
    return sorted(clock), sorted(processor)


def raw(query: str) -> None:
    """The engine's own single query: one pair of characters, ten rows."""
    from django.db import connection

    from search.text import bigrams, runs

    pair = next((pair for run in runs(query) for pair in bigrams(run)), "医保")
    if connection.vendor == "sqlite":
        sql, value = "SELECT rowid FROM search_fts WHERE search_fts MATCH %s LIMIT 10", f'head_tokens : "{pair}"'
    else:
        sql, value = "SELECT id FROM search_indexentry WHERE head_index @@ %s::tsquery LIMIT 10", f"'{pair}'"
    with connection.cursor() as cursor:
        cursor.execute(sql, [value])
        cursor.fetchall()


def index_size() -> float:
    """Megabytes of the search tables with their indexes; on SQLite, of the whole file."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        else:
            cursor.execute(
                "SELECT pg_total_relation_size('search_indexentry') + pg_total_relation_size('search_termcount')"
            )
        return cursor.fetchone()[0] / 1e6


def percentile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def report(size: int, built: float, queries: list[str]) -> float:
    """Prints one line a size; gives back the 99th percentile of a search by the processor."""
    from search.engine import search
    from search.suggestions import suggest

    search(queries[0])
    unit = percentile(timed(raw, queries)[0], 0.5)
    slowest = 0.0
    for name, work, texts in (("search", search, queries), ("suggest", suggest, PREFIXES)):
        clock, processor = timed(work, texts)
        values = [percentile(clock, share) for share in (0.5, 0.95, 0.99)]
        line = [f"{value:>8.1f}" for value in values] + [f"{percentile(processor, 0.99):>8.1f}"]
        line += [f"{value / unit:>7.0f}" for value in values]
        line += [f"{built:>9.1f}{index_size():>7.0f}"] if name == "search" else []
        print(f"{size:>8}  {name:<8}" + "".join(line), flush=True)
        slowest = slowest or percentile(processor, 0.99)
    return slowest


def run(sizes: list[int]) -> None:
    from django.db import connection

    from search.evaluation.measure import labelled
    from search.models import IndexEntry

    queries = [row.query for half in ("tuning", "held_out") for row in labelled(half, {})]
    real = IndexEntry.objects.count()
    print(
        f"{connection.vendor}: {len(queries)} queries, {real} real entries; milliseconds, then ratios to one raw lookup"
    )
    heads = ["p50", "p95", "p99", "p99 cpu"], ["p50/r", "p95/r", "p99/r"]
    print(f"{'entries':>8}  {'':<8}" + "".join(f"{head:>8}" for head in heads[0])
          + "".join(f"{head:>7}" for head in heads[1]) + f"{'build s':>9}{'MB':>7}")  # fmt: skip
    slowest, start = [], real
    for size in sizes:
        built = grow(size, start)
        slowest.append(report(size, built, queries))
        start = size
    if len(slowest) > 1:
        print(f"growth of p99 (processor) from {sizes[0]} to {sizes[-1]} entries: {slowest[-1] / slowest[0]:.1f} times")


def own_database(server: str) -> tuple[str, str]:
    """A fresh database on a PostgreSQL server: its address and its name."""
    import psycopg

    name = f"bench_search_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    parts = urlsplit(server)
    return urlunsplit(parts._replace(path=f"/{name}")), name


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    arguments.add_argument("--full", action="store_true", help="also 100,000 entries; takes minutes")
    arguments.add_argument("--database", default=os.environ.get("BENCH_DATABASE_URL", ""), help="a PostgreSQL server")
    chosen = arguments.parse_args()
    sizes = sorted({*chosen.sizes, *([100_000] if chosen.full else [])})
    if chosen.database:
        import psycopg

        url, name = own_database(chosen.database)
        try:
            prepare(url)
            run(sizes)
        finally:
            from django.db import connection

            connection.close()
            with psycopg.connect(chosen.database, autocommit=True) as server:
                server.execute(f'DROP DATABASE "{name}"')
    else:
        with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
            prepare(f"sqlite:///{folder}/search.sqlite3")
            run(sizes)


if __name__ == "__main__":
    main()
