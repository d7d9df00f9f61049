"""kill -9 of server, database and housekeeping in the middle of what they do; afterwards nothing accepted is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from hammer.kill_places import cluster
from hammer.report import Line

TIMES = 200
NEEDS = ("initdb", "pg_ctl", "pg_dump")
PORT = 8211
SEED = 20261122


def run(times: int) -> list[Line]:
    """SQLite, PostgreSQL and the running server, side by side; each kind of work is killed so many times."""
    with cluster(PORT) as own, ThreadPoolExecutor() as together:
        psycopg.connect(own.url("postgres"), autocommit=True).execute("CREATE DATABASE site")
        parts = [
            together.submit(apart, "kill_campaign", times, SEED),
            together.submit(apart, "kill_campaign", times, SEED + 50, own.port, own.folder),
            together.submit(apart, "kill_server", times, SEED),
        ]
        return [line for part in parts for line in part.result()]


def apart(module: str, *arguments: object) -> list[Line]:
    """Runs a part in a process of its own, because Django knows one database a process."""
    command = [sys.executable, "-m", f"hammer.{module}", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parent.parent, check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    lines = [Line(**json.loads(text)) for text in done.stdout.splitlines() if text.startswith("{")]
    if done.returncode:
        lines.append(Line(f"{module} {arguments}", 0, [f"ended with {done.returncode}: {done.stderr[-3000:]}"]))
    return lines
