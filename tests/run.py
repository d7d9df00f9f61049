"""`make test`: all tests on SQLite and on PostgreSQL with Redis, those of the browser, and at the end what ran and what did not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
import redis

DATABASE_URL = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS_URL = "redis://127.0.0.1:6379/9"
# CI must run everything; elsewhere what is missing is left out and said.
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1" or os.environ.get("CI") == "true"
LANES = 2  # runs side by side: each keeps a core busy


def postgres_answers(url: str) -> bool:
    """Whether the tests' PostgreSQL can be reached."""
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.Error:
        return False
    return True


def redis_answers(url: str) -> bool:
    """Whether the tests' Redis can be reached."""
    try:
        with redis.from_url(url, socket_connect_timeout=3) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


@dataclass(frozen=True)
class Result:
    """What became of one run of pytest, and what it printed."""

    title: str
    passed: bool
    remark: str = ""
    printed: bytes = b""

    def line(self) -> str:
        """A line for the summary."""
        return f"{'passed' if self.passed else 'FAILED'}{self.remark}: {self.title}"

    def show(self) -> None:
        """Prints what the run printed, where that was kept back."""
        if self.printed:
            print(f"\n== {self.title}", flush=True)
            sys.stdout.buffer.write(self.printed)
            sys.stdout.flush()


def run(title: str, *arguments: str, later: bool = True, **environment: str) -> Result:
    """Runs pytest in a process of its own; without `later` it prints to the terminal as it goes."""
    if not later:
        print(f"\n== {title}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", *arguments, *sys.argv[1:]]
    into: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if later else {}
    done = subprocess.run(command, env={**os.environ, **environment}, check=False, **into)
    # Where tests were chosen on the command line, none of them may be for this run, which pytest says with a 5.
    passed = done.returncode == 0 or (done.returncode == 5 and bool(sys.argv[1:]))
    return Result(title, passed, printed=done.stdout or b"")


def in_browser(title: str, part: str, **environment: str) -> Result:
    """Runs a part of the browser tests; what failed gets one more try, and the summary says so: a busy machine misses a beat."""
    # With a cache of its own: the other runs must not overwrite what failed.
    arguments = ["-m", "browser", "-o", f"cache_dir=.pytest_cache/browser-{part.replace('/', '-of-')}"]
    first = run(f"{title}, part {part}", *arguments, PART=part, **environment)
    if first.passed:
        return first
    again = run(first.title, *arguments, "--last-failed", **environment)
    remark = ", some only at the second try" if again.passed else " twice"
    return Result(first.title, again.passed, remark, first.printed + again.printed)


def main() -> int:
    """Runs what can be run; gives back 0 where nothing failed and nothing required was missing."""
    database_url = os.environ.get("TEST_DATABASE_URL") or DATABASE_URL
    redis_url = os.environ.get("TEST_REDIS_URL") or REDIS_URL
    found = {
        "PostgreSQL (TEST_DATABASE_URL)": postgres_answers(database_url),
        "Redis (TEST_REDIS_URL)": redis_answers(redis_url),
        "Chromium": bool(shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")),
    }
    has_postgres, has_redis, has_chromium = found.values()
    shared = {"REQUIRE_ALL": "1" if REQUIRE_ALL else ""}
    sqlite = {**shared, "DATABASE_URL": "sqlite:///:memory:", "CACHE_URL": "", "TEST_REDIS_URL": ""}
    redis_here = (
        {"TEST_REDIS_URL": redis_url, "CACHE_URL": redis_url} if has_redis else {"TEST_REDIS_URL": "", "CACHE_URL": ""}
    )
    both = has_postgres and has_redis
    # The tests of Redis run in one run only, because they empty it.
    first = {**sqlite, "TEST_REDIS_URL": "" if both else redis_here["TEST_REDIS_URL"]}
    jobs = [partial(run, "SQLite", "-m", "not browser and not redis" if both else "not browser", later=False, **first)]
    if has_postgres:
        title = "PostgreSQL, cache in Redis" if has_redis else "PostgreSQL"
        jobs.append(partial(run, title, "-m", "not browser", **shared, **redis_here, DATABASE_URL=database_url))
    if has_chromium:
        # In processes of their own, because Playwright's event loop would be felt by every other test; in two parts, so
        # that whichever of the others ends first, both lanes are busy to the end.
        jobs += [partial(in_browser, "SQLite + Chromium", part, **sqlite) for part in ("1/2", "2/2")]
    with tempfile.TemporaryDirectory(prefix="tests-") as folder, ThreadPoolExecutor(LANES) as lanes:
        # The first run on SQLite that loads the content leaves it there for the others.
        os.environ["CONTENT_COPY"] = os.path.join(folder, "content.sqlite3")  # noqa: PTH118
        results = list(lanes.map(lambda job: job(), jobs))
    for result in results:
        result.show()
    missing = [name for name, here in found.items() if not here]
    print("\nWhat ran:", *(result.line() for result in results), sep="\n  ")
    if missing:
        print("What did not, for want of:", *missing, sep="\n  ")
    if missing and REQUIRE_ALL:
        print("CI requires all of them.")
    return 0 if all(result.passed for result in results) and not (missing and REQUIRE_ALL) else 1


if __name__ == "__main__":
    sys.exit(main())
