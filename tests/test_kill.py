"""The short form of `make hammer ONLY=kill`: each kind of work is killed a few times and nothing accepted is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from hammer.kill_places import BIN, cluster, free_port

REPOSITORY = Path(__file__).parent.parent


def campaign(*arguments: object) -> list[dict]:
    done = subprocess.run(
        [sys.executable, "-m", "hammer.kill_campaign", *map(str, arguments)], cwd=REPOSITORY, capture_output=True, text=True,
        check=False, env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def holds(lines: list[dict]) -> None:
    assert len(lines) == 6
    for line in lines:
        assert line["times"] >= 2
        assert line["broke"] == []


@pytest.mark.slow
@pytest.mark.sqlite
def test_kill_9_on_sqlite() -> None:
    holds(campaign(2, 1))


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.skipif(not (BIN / "initdb").exists(), reason="no PostgreSQL programs")
def test_kill_9_on_postgresql() -> None:
    with cluster(free_port()) as own:
        with psycopg.connect(own.url("postgres"), autocommit=True) as server:
            server.execute("CREATE DATABASE site")
        holds(campaign(2, 1, own.port, own.folder))
