"""A PostgreSQL primary and its streaming replica in two folders, for tests and trials on one machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import IO

# Debian keeps the servers' programs out of PATH, one folder for each version.
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def installed() -> bool:
    """Whether this machine has PostgreSQL's server programs."""
    return bool(BINARIES)


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs."""
    return str(BINARIES[-1] / name)


def as_owner() -> list[str]:
    """What to put before a command: PostgreSQL refuses to be run by root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] if os.geteuid() == 0 else []


def make_primary(folder: Path) -> None:
    """A new cluster with the user postgres, who needs no password from loopback."""
    _own(folder)
    _run(program("initdb"), "--pgdata", folder, "--username=postgres", "--auth=trust", "--no-sync",
         "--encoding=UTF8", "--locale=C.UTF-8")  # fmt: skip
    with (folder / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write("wal_level = replica\nmax_wal_senders = 4\nhot_standby = on\nwal_keep_size = 256MB\n")


def make_replica(folder: Path, primary_port: int) -> None:
    """A copy of the running primary that follows it from then on."""
    _own(folder)
    _run(program("pg_basebackup"), "--pgdata", folder, "--host=127.0.0.1", f"--port={primary_port}",
         "--username=postgres", "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast",
         "--no-sync")  # fmt: skip


def server(folder: Path, port: int) -> list[str]:
    """The command that serves a cluster in the foreground."""
    return [program("postgres"), "-D", str(folder), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]


def answers(port: int) -> bool:
    """Whether the server is ready for work."""
    return (
        subprocess.run([program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode == 0
    )


def create_database(port: int, name: str, dump: Path | None = None) -> None:
    """Makes a database: empty, or with what `pg_dump` wrote into a file."""
    at = ["--host=127.0.0.1", f"--port={port}", "--username=postgres"]
    _run(program("createdb"), *at, name)
    if dump:
        with dump.open("rb") as sql:
            _run(program("psql"), *at, "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={name}", stdin=sql)


def _own(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")


def _run(*command: str | Path, stdin: IO[bytes] | int = subprocess.DEVNULL) -> None:
    done = subprocess.run(
        [*as_owner(), *map(str, command)], stdin=stdin, capture_output=True, text=True, check=False, cwd="/"
    )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stderr.strip()}")
