"""Many at once, in small, on the database of this run; `make hammer ONLY=concurrency` lets the whole crowd in, for 2000 saves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from hammer.concurrency import trial
from hammer.server import Server

SAVES = 20


@pytest.fixture
def server(transactional_db: None, tmp_path: Path) -> Iterator[Server]:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        with sqlite3.connect(tmp_path / "crowd.sqlite3") as copy:
            connection.ensure_connection()
            connection.connection.backup(copy)
        copy.close()
        database = f"sqlite:///{tmp_path / 'crowd.sqlite3'}"
    else:
        own: dict[str, Any] = connection.settings_dict
        database = f"postgres://{own['USER']}:{quote(own['PASSWORD'], safe='')}@{own['HOST']}:{own['PORT']}/{name}"
    with Server(tmp_path, database) as made:
        yield made


@pytest.mark.slow
def test_nothing_is_lost_when_many_write_and_read_at_once(server: Server) -> None:
    lines = trial(server, times=SAVES, editors=8, reviewers=3, readers=12, longest=25)
    assert {line.tried: line.broke for line in lines if line.broke} == {}
    tried = {line.tried: line.times for line in lines}
    assert tried["an editor saves"] >= SAVES
    assert min(tried.values()) > 0, tried
