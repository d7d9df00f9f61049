"""Makes a backup: all of it under its name, or nothing."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django
import psycopg
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from yibao_site.backup import BackupError, archive, dumps, rotation

PARTS = ".part-"
# What an operator wants to see again on a new machine; secrets and addresses of services are not among it.
SETTINGS = [
    "SITE_URL", "SITE_NAME", "SITE_OPERATOR", "CONTACT_EMAIL", "ICP_NUMBER", "POLICE_NUMBER", "GONE_STATUS", "DATA_LICENCE",
    "TIME_ZONE", "LANGUAGE_CODE", "TRUSTED_PROXIES", "RETENTION_DAYS",
]  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A backup that is there."""

    path: Path
    rows: int
    pictures: int
    size: int
    seconds: float
    removed: list[Path] = field(default_factory=list)


def make(folder: Path, recipients: Iterable[str] = (), keep: Iterable[int] | None = None) -> Made:
    """Backs up database and pictures into a folder, and rotates older backups if asked. Says in a metric file how it went."""
    started, recipients = time.monotonic(), list(recipients)
    try:
        with _alone(folder) as scratch:
            path, manifest = _make(folder, scratch, recipients)
            removed = rotation.rotate(folder, keep) if keep else []
    except (OSError, DatabaseError, psycopg.Error) as error:
        _note(folder, started, None)
        raise BackupError(f"No backup was made: {error}") from error
    except BackupError:
        _note(folder, started, None)
        raise
    made = Made(path, manifest.rows, len(manifest.files) - 1, path.stat().st_size, time.monotonic() - started, removed)
    _note(folder, started, made)
    return made


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    """A scratch folder beside the backups, for one process at a time; what a killed one left behind is cleared away."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"Another backup is being made in {folder}.") from error
        for left in folder.glob(f"{PARTS}*"):
            shutil.rmtree(left, ignore_errors=True)
        scratch = Path(tempfile.mkdtemp(prefix=PARTS, dir=folder))
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _make(folder: Path, scratch: Path, recipients: list[str]) -> tuple[Path, archive.Manifest]:
    """Dump first, pictures after: a picture is stored before the text that shows it, and never changes."""
    now = timezone.now()
    dump = scratch / archive.dump_name(connection.vendor)
    tables = dumps.dump(dump)
    manifest = archive.Manifest(
        made_at=now.astimezone(dt.UTC).isoformat(), database=connection.vendor, tables=tables, migrations=migrations(),
        settings={name: getattr(settings, name) for name in SETTINGS}, versions=_versions(),
    )  # fmt: skip
    part = scratch / "archive"
    archive.write(part, dump, Path(settings.MEDIA_ROOT), manifest)
    dump.unlink()
    archive.read(part)  # what was written can be read again, byte for byte
    name = rotation.name_for(now)
    if recipients:
        plain, part, name = part, scratch / "archive.age", f"{name}.age"
        archive.encrypt(plain, part, recipients)
    final = folder / name
    part.rename(final)
    _sync(folder)
    return final, manifest


def _sync(folder: Path) -> None:
    """Makes sure that the new name survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def migrations() -> list[str]:
    """Every migration that the database has seen, so that a restore knows which code can read it."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _versions() -> dict[str, str]:
    database = sqlite3.sqlite_version if connection.vendor == "sqlite" else str(connection.pg_version)
    return {"django": django.get_version(), "database": database}


def _note(folder: Path, started: float, made: Made | None) -> None:
    """The outcome in the text format of Prometheus; a failure leaves the moment of the last success as it was."""
    file, now = folder / "backup.prom", time.time()
    lines: dict[str, Any] = {}
    with suppress(OSError):
        if file.exists():
            lines = dict(line.split(" ", 1) for line in file.read_text().splitlines())
        lines |= {"yibao_backup_last_attempt_timestamp_seconds": int(now), "yibao_backup_failed": int(made is None),
                  "yibao_backup_duration_seconds": f"{time.monotonic() - started:.3f}"}  # fmt: skip
        if made:
            lines |= {"yibao_backup_last_success_timestamp_seconds": int(now), "yibao_backup_size_bytes": made.size,
                      "yibao_backup_rows": made.rows}  # fmt: skip
        part = file.with_suffix(".part")
        part.write_text("".join(f"{name} {value}\n" for name, value in sorted(lines.items())))
        part.rename(file)
