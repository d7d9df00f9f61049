"""PostgreSQL's own continuous archive, as docs/backup.md sets it up: back to a moment before a mistake."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import psycopg
import pytest

from hammer.kill_places import BIN, Cluster, cluster, free_port

pytestmark = [pytest.mark.postgres, pytest.mark.skipif(not (BIN / "initdb").exists(), reason="no PostgreSQL programs")]


def ask(own: Cluster, sql: str) -> list[tuple]:
    with psycopg.connect(own.url("postgres"), autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_back_to_a_moment_before_the_mistake(tmp_path: Path) -> None:
    with cluster(free_port()) as own:
        archive = own.folder / "archive"
        archive.mkdir()
        shutil.chown(archive, "postgres")
        ask(own, "ALTER SYSTEM SET archive_mode = on")
        ask(
            own,
            f"ALTER SYSTEM SET archive_command = 'test ! -f {archive}/%f && cp %p {archive}/.%f && mv {archive}/.%f {archive}/%f'",
        )
        own.stop()
        own.start()
        ask(own, "CREATE TABLE page (title text)")
        ask(own, "INSERT INTO page VALUES ('before the base backup')")
        base = own.folder / "base"
        own._run(
            "pg_basebackup",
            "-D",
            str(base),
            "-h",
            "127.0.0.1",
            "-p",
            str(own.port),
            "-U",
            "postgres",
            "-X",
            "none",
            "-c",
            "fast",
        )
        ask(own, "INSERT INTO page VALUES ('after it')")
        time.sleep(0.05)
        ((moment,),) = ask(own, "SELECT now()::text")
        time.sleep(0.05)
        ask(own, "DELETE FROM page")
        ask(own, "INSERT INTO page VALUES ('the mistake')")
        ((segment,),) = ask(own, "SELECT pg_walfile_name(pg_switch_wal())")
        _wait_for(archive / segment)
        own.kill()  # the machine is gone; what is left is the base backup and the archive
        back = Cluster(own.folder, own.port)
        back.data = base
        with (base / "postgresql.auto.conf").open("a") as file:
            file.write(
                f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{moment}'\nrecovery_target_action = 'promote'\n"
            )
        (base / "recovery.signal").touch()
        shutil.chown(base / "recovery.signal", "postgres")
        time.sleep(0.5)
        back.start()
        try:
            back.wait()
            assert ask(back, "SELECT title FROM page ORDER BY title") == [("after it",), ("before the base backup",)]
        finally:
            back.stop()


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline, f"{file.name} was not archived"
        time.sleep(0.05)
