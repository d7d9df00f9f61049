"""`make test`: all tests on SQLite, then on PostgreSQL with Redis, and at the end what ran and what did not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

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


def pytest(title: str, *arguments: str, **environment: str) -> tuple[str, bool]:
    """Runs pytest; gives back a line for the summary and whether all tests passed."""
    print(f"\n== {title}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", *arguments, *sys.argv[1:]]
    passed = subprocess.run(command, env={**os.environ, **environment}, check=False).returncode == 0
    return f"{'passed' if passed else 'FAILED'}: {title}", passed


def in_browser(title: str, **environment: str) -> tuple[str, bool]:
    """Runs the browser tests; what failed gets one more try, and the summary says so: a busy machine misses a beat."""
    line, passed = pytest(title, "-m", "browser", **environment)
    if passed:
        return line, passed
    _, passed = pytest(f"{title}, once more what failed", "-m", "browser", "--last-failed", **environment)
    return f"{'passed, some only at the second try' if passed else 'FAILED twice'}: {title}", passed


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
    shared = {"TEST_REDIS_URL": redis_url if has_redis else "", "REQUIRE_ALL": "1" if REQUIRE_ALL else ""}
    sqlite = {"DATABASE_URL": "sqlite:///:memory:", "CACHE_URL": ""}
    runs = [pytest("SQLite + Redis" if has_redis else "SQLite", "-m", "not browser", **shared, **sqlite)]
    if has_chromium:  # in a process of their own: Playwright's event loop would be felt by every other test
        runs.append(in_browser("SQLite + Chromium", **shared, **sqlite))
    if has_postgres:
        title = "PostgreSQL, cache in Redis" if has_redis else "PostgreSQL"
        servers = {"DATABASE_URL": database_url, "CACHE_URL": redis_url if has_redis else ""}
        runs.append(pytest(title, "-m", "not browser", **shared, **servers))
    missing = [name for name, here in found.items() if not here]
    print("\nWhat ran:", *(line for line, _ in runs), sep="\n  ")
    if missing:
        print("What did not, for want of:", *missing, sep="\n  ")
    if missing and REQUIRE_ALL:
        print("CI requires all of them.")
    return 0 if all(passed for _, passed in runs) and not (missing and REQUIRE_ALL) else 1


if __name__ == "__main__":
    sys.exit(main())
