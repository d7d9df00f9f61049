"""The places that a backup can be restored into: a SQLite file, or a PostgreSQL database."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import dj_database_url
import psycopg
from psycopg import sql

from yibao_site.backup import BackupError, moving
from yibao_site.backup.dumps import ASIDE, connect_arguments, examine_sqlite, run_program
from yibao_site.backup.fingerprint import Tables, of_postgres

FLAG = "--replace-live-data"
# What SQLite keeps beside its file after a crash. It may hold edits, and would be written into whatever file comes next.
JOURNALS = ("-wal", "-journal")
# Brings the database at an address to the schema of this code.
Migrate = Callable[[str], None]


class SqliteTarget:
    """A database file."""

    vendor = "sqlite"

    def __init__(self, url: str, config: dict[str, Any]) -> None:
        self.url, self.file = url, Path(config["NAME"])

    def is_empty(self) -> bool:
        """Whether nothing would be lost here."""
        return not any(map(_holds, self._files()))

    def _files(self, file: Path | None = None) -> list[Path]:
        """A database file and what may lie beside it."""
        file = file or self.file
        return [file, *(file.with_name(file.name + ending) for ending in JOURNALS)]

    def set_aside(self, stamp: str) -> str:
        """Keeps what is there under another name, whole in one file if it can be; refuses while somebody uses it."""
        if _holds(self.file):
            self._close()
        kept = self.file.with_name(f"{self.file.name}.before-restore-{stamp}")
        _move(self._files(), self._files(kept))
        return str(kept)

    def _close(self) -> None:
        """Brings the journal's content into the file; BackupError where another process has it open."""
        try:
            with closing(sqlite3.connect(self.file, timeout=1, isolation_level=None)) as own:
                own.execute("PRAGMA journal_mode = DELETE")  # fails while any other process has it open
        except sqlite3.OperationalError as error:
            raise BackupError(f"{self.file} is in use: stop the site first.") from error
        except sqlite3.DatabaseError:
            pass  # it is damaged, which may be the reason for all this; it is kept as it is

    def clear(self) -> None:
        """Takes away what a failed restore left."""
        for file in (self.file, self._part()):
            file.unlink(missing_ok=True)

    def _part(self) -> Path:
        return self.file.with_name(f"{self.file.name}.part")

    def take_back(self, kept: str) -> None:
        """Undoes `set_aside`."""
        _move(self._files(Path(kept)), self._files())

    def load(self, vendor: str, dump: Path, migrate: Migrate, *, older: bool) -> None:
        """The file appears whole."""
        if vendor != self.vendor:
            raise BackupError(
                "A PostgreSQL backup cannot become a SQLite file: give a PostgreSQL database as the target."
            )
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self._part()
        shutil.copyfile(dump, part)
        part.chmod(0o600)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(self.file)

    def fingerprint(self) -> Tables:
        return examine_sqlite(self.file)


def _holds(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def _move(files: list[Path], places: list[Path]) -> None:
    for file, place in zip(files, places, strict=True):
        if file.exists():
            file.rename(place)


class PostgresTarget:
    """A database on a server, which must exist."""

    vendor = "postgresql"

    def __init__(self, url: str, config: dict[str, Any]) -> None:
        self.url, self.config = url, config

    def _connect(self, **options: Any) -> psycopg.Connection:
        try:
            return psycopg.connect(**connect_arguments(self.config), connect_timeout=10, **options)
        except psycopg.OperationalError as error:
            raise BackupError(
                f"The target database cannot be reached: {str(error).strip()}. Create it with createdb."
            ) from error

    def is_empty(self) -> bool:
        """Whether nothing would be lost here."""
        with self._connect() as own:
            (found,) = own.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
            ).fetchone()
        return found == 0

    def set_aside(self, stamp: str) -> str:
        """Keeps what is there in a schema of another name; refuses while somebody uses it."""
        kept = f"{ASIDE}{stamp}"
        with self._connect() as own:
            (others,) = own.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND backend_type = 'client backend'"
            ).fetchone()
            if others:
                raise BackupError(f"The target database is in use by {others} connections: stop the site first.")
            own.execute(sql.SQL("ALTER SCHEMA public RENAME TO {}").format(sql.Identifier(kept)))
            own.execute("CREATE SCHEMA public")
        return f"schema {kept}"

    def clear(self) -> None:
        """Takes away what a failed restore left."""
        with self._connect() as own:
            own.execute("DROP SCHEMA public CASCADE")
            own.execute("CREATE SCHEMA public")

    def take_back(self, kept: str) -> None:
        """Undoes `set_aside`."""
        with self._connect() as own:
            own.execute("DROP SCHEMA public")
            name = sql.Identifier(kept.removeprefix("schema "))
            own.execute(sql.SQL("ALTER SCHEMA {} RENAME TO public").format(name))

    def load(self, vendor: str, dump: Path, migrate: Migrate, *, older: bool) -> None:
        """All of it in one transaction. A SQLite file is brought to today's schema first, then moved row by row."""
        if vendor == self.vendor:
            with self._connect() as own:
                server = own.info.server_version // 10_000
            options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(dump)]
            run_program("pg_restore", self.config, server, options)
            return
        if older:
            migrate(f"sqlite:///{dump}")
        migrate(self.url)
        try:
            with self._connect() as own:
                moving.copy(dump, own)
        except psycopg.Error as error:
            raise BackupError(f"Nothing was moved: {str(error).strip()}") from error

    def fingerprint(self) -> Tables:
        with self._connect() as own:
            return of_postgres(own)


Target = SqliteTarget | PostgresTarget


def target_of(url: str) -> Target:
    """The place that a database address names."""
    try:
        config = dict(dj_database_url.parse(url))
    except (ValueError, dj_database_url.ParseError) as error:
        raise BackupError(f"This is no database address: {error}") from error
    if config["ENGINE"].endswith("sqlite3") and config["NAME"] not in {"", ":memory:"}:
        return SqliteTarget(url, config)
    if config["ENGINE"].endswith("postgresql"):
        return PostgresTarget(url, config)
    raise BackupError("The target must be sqlite:////path/to/file or postgres://user@host/name.")


def stamp() -> str:
    """A name for what is set aside now."""
    return f"{dt.datetime.now(dt.UTC):%Y%m%d_%H%M%S}"
