"""`make test`: all tests on SQLite and on PostgreSQL with Redis, those of the browser, and at the end what ran and what did not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import IO

import psycopg
import redis

DATABASE_URL = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS_URL = "redis://127.0.0.1:6379/9"
# CI must run everything; elsewhere what is missing is left out and said.
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1" or os.environ.get("CI") == "true"


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
class Run:
    """One run of pytest in a process of its own; what it prints goes to the terminal or, meanwhile, to a file."""

    title: str
    process: subprocess.Popen[bytes]
    output: IO[bytes] | None = None

    def line(self) -> tuple[str, bool]:
        """Waits for the end; gives back a line for the summary and whether all tests passed."""
        passed = self.process.wait() == 0
        if self.output:
            print(f"\n== {self.title}", flush=True)
            self.output.seek(0)
            shutil.copyfileobj(self.output, sys.stdout.buffer)
            sys.stdout.flush()
            self.output.close()
        return f"{'passed' if passed else 'FAILED'}: {self.title}", passed


def start(title: str, *arguments: str, later: bool = False, **environment: str) -> Run:
    """Starts pytest; with `later`, what it prints is shown when it has ended."""
    if not later:
        print(f"\n== {title}", flush=True)
    output = tempfile.TemporaryFile() if later else None  # noqa: SIM115 - read and closed in `line`
    command = [sys.executable, "-m", "pytest", "-q", *arguments, *sys.argv[1:]]
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=output, stderr=output)
    return Run(title, process, output)


def in_browser(title: str, **environment: str) -> list[Run]:
    """Runs the browser tests; what failed gets one more try, and the summary says so: a busy machine misses a beat."""
    # With a cache of its own: the other runs must not overwrite what failed.
    arguments = ["-m", "browser", "-o", "cache_dir=.pytest_cache/browser"]
    runs = [start(title, *arguments, later=True, **environment)]
    if runs[0].process.wait():
        again = f"{title}, once more what failed"
        runs.append(start(again, *arguments, "--last-failed", later=True, **environment))
        runs[1].process.wait()
    return runs


def in_browser_line(runs: list[Run]) -> tuple[str, bool]:
    """As `Run.line`, for the first and the second try together."""
    (line, passed), *again = [run.line() for run in runs]
    if not again:
        return line, passed
    passed = again[0][1]
    return f"{'passed, some only at the second try' if passed else 'FAILED twice'}: {runs[0].title}", passed


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
    # Side by side: all on SQLite; all on PostgreSQL and then the browser, in processes of their own, because Playwright's
    # event loop would be felt by every other test. The tests of Redis run in one of them, because they empty it.
    both = has_postgres and has_redis
    first = {**sqlite, "TEST_REDIS_URL": "" if both else redis_here["TEST_REDIS_URL"]}
    begun = [start("SQLite", "-m", "not browser and not redis" if both else "not browser", **first)]
    if has_postgres:
        title = "PostgreSQL, cache in Redis" if has_redis else "PostgreSQL"
        begun.append(start(title, "-m", "not browser", later=True, **shared, **redis_here, DATABASE_URL=database_url))
        begun[1].process.wait()
    browser = in_browser("SQLite + Chromium", **sqlite) if has_chromium else []
    runs = [run.line() for run in begun] + ([in_browser_line(browser)] if browser else [])
    missing = [name for name, here in found.items() if not here]
    print("\nWhat ran:", *(line for line, _ in runs), sep="\n  ")
    if missing:
        print("What did not, for want of:", *missing, sep="\n  ")
    if missing and REQUIRE_ALL:
        print("CI requires all of them.")
    return 0 if all(passed for _, passed in runs) and not (missing and REQUIRE_ALL) else 1


if __name__ == "__main__":
    sys.exit(main())
