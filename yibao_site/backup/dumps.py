"""The live database as one file with the fingerprints of that same moment, while the site goes on working."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from yibao_site.backup import BackupError
from yibao_site.backup.fingerprint import Tables, of_postgres, of_sqlite

# Where Debian and Red Hat keep the programs of each major version.
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
# What a restore over live data kept aside is not the site's data any more.
ASIDE = "before_restore_"


def dump(target: Path) -> Tables:
    """Writes the database of the site into a file and gives back the fingerprints of what is in it."""
    return {"sqlite": _sqlite, "postgresql": _postgres}[connection.vendor](target)


def _sqlite(target: Path) -> Tables:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(target)])
    return examine_sqlite(target)


def examine_sqlite(file: Path) -> Tables:
    """The fingerprints of a SQLite file that is whole; a sentence where it is not."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as copy:
            said = [row[0] for row in copy.execute("PRAGMA integrity_check")]
            broken = copy.execute("PRAGMA foreign_key_check").fetchall()
            if said != ["ok"] or broken:
                raise BackupError(f"The database is damaged: {'; '.join(said[:3])}, {len(broken)} broken references.")
            return of_sqlite(copy)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{file.name} is no SQLite database: {error}.") from error


def _postgres(target: Path) -> Tables:
    """The dump and the fingerprints come from one snapshot, however much is written meanwhile."""
    with psycopg.connect(**connect_arguments(connection.settings_dict)) as own:
        own.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        own.read_only = True
        (snapshot,) = own.execute("SELECT pg_export_snapshot()").fetchone()
        options = ["--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--exclude-schema={ASIDE}*",
                   f"--snapshot={snapshot}", f"--file={target}"]  # fmt: skip
        run_program("pg_dump", connection.settings_dict, own.info.server_version // 10_000, options)
        return of_postgres(own)


def connect_arguments(config: dict[str, Any]) -> dict[str, Any]:
    """What psycopg wants to know, from a Django database configuration."""
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    secure = {name: value for name, value in config.get("OPTIONS", {}).items() if name.startswith("ssl")}
    return secure | {given: config[name] for name, given in names.items() if config.get(name)}


def run_program(name: str, config: dict[str, Any], server: int, options: list[str]) -> None:
    """Runs pg_dump or pg_restore on a database; BackupError with what it said where it fails."""
    found, environment = DatabaseClient.settings_to_cmd_args_env({"OPTIONS": {}, **config}, [])
    arguments, database = found[1:-1], found[-1]
    command = [program(name, server), *arguments, f"--dbname={database}", *options]
    done = subprocess.run(command, env=_environment(environment), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip()[-800:] or done.returncode}")


def _environment(extra: dict[str, str] | None) -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", **(extra or {})}


def program(name: str, server: int) -> str:
    """The oldest installed program that is as new as the server."""
    places = [path for pattern in PLACES for path in Path("/").glob(f"{pattern[1:]}/{name}")]
    if on_path := shutil.which(name):
        places.append(Path(on_path))
    versions = {path: _major(path) for path in places}
    fitting = sorted((version, str(path)) for path, version in versions.items() if version >= server)
    if not fitting:
        raise BackupError(f"{name} {server} or newer was not found: install the package postgresql-client-{server}.")
    return fitting[0][1]


def _major(path: Path) -> int:
    said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0
