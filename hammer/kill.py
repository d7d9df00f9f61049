"""kill -9 of server, database and housekeeping in the middle of what they do; afterwards nothing accepted is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
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
            together.submit(apart, "kill_campaign", 6, times, SEED),
            together.submit(apart, "kill_campaign", 6, times, SEED + 50, own.port, own.folder),
            together.submit(apart, "kill_server", 2, times, SEED),
        ]
        return [line for part in parts for line in part.result()]


def apart(module: str, kinds: int, *arguments: object) -> list[Line]:
    """Runs a part in a process of its own, because Django knows one database a process. It owes a line for each kind."""
    command = [sys.executable, "-m", f"hammer.{module}", *map(str, arguments)]
    lines: list[Line] = []
    with tempfile.TemporaryFile("w+") as trouble, subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=trouble, text=True, cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    ) as process:  # fmt: skip
        for text in filter(lambda text: text.startswith("{"), process.stdout):
            lines.append(Line(**json.loads(text)))
            print(f"   {lines[-1].tried}: {len(lines[-1].broke)} broke", file=sys.stderr, flush=True)
        ended = process.wait()
        if ended or len(lines) != kinds:
            trouble.seek(0)
            said = f"ended with {ended} after {len(lines)} of {kinds} kinds: {trouble.read()[-3000:]}"
            lines.append(Line(f"{module} {arguments}", 0, [said]))
    return lines
