"""Databases that may be killed: a SQLite file, and a PostgreSQL cluster of our own. Nothing else is ever touched."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

BIN = Path("/usr/lib/postgresql/15/bin")
# In memory where there is such a place: what is killed are processes, not the machine.
FAST = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(tempfile.gettempdir())
USER = "postgres"


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Cluster:
    """A PostgreSQL server with its own data, port and socket; it may be killed and started again."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.data = folder / "data"

    def url(self, name: str) -> str:
        return f"postgres://{USER}@127.0.0.1:{self.port}/{name}"

    def create(self) -> None:
        """Makes the cluster and starts it."""
        if os.getuid() == 0:
            shutil.chown(self.folder, USER)
        self._run("initdb", "-D", str(self.data), "-U", USER, "--auth=trust", "--no-locale", "-E", "UTF8", "--no-sync")
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{self.folder}'\n"
                "max_connections = 40\nshared_buffers = 64MB\nlog_min_messages = fatal\n"
            )
        self.start()

    def start(self) -> None:
        """Starts the server, however it ended; children of a killed one need a moment to notice."""
        deadline = time.monotonic() + 60
        while True:
            done = self._run(
                "pg_ctl", "-D", str(self.data), "-w", "-t", "30", "-l", str(self.folder / "log"), "start", check=False
            )
            if done == 0:
                return
            if time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text()[-2000:])
            time.sleep(0.1)

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop", check=False)

    def kill(self) -> None:
        """Kills the postmaster with signal 9; its children are left to themselves."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def wait(self) -> None:
        """Until it answers again."""
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url(USER), connect_timeout=5).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        """Runs a program of PostgreSQL, which refuses to be run by root."""
        command = [str(BIN / program), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        with (self.folder / "said").open("a") as said:
            return subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/", env={**os.environ, "LC_ALL": "C"},
                check=check,
            ).returncode  # fmt: skip


@contextmanager
def cluster(port: int) -> Iterator[Cluster]:
    """A running cluster that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="kill-pg-", dir=FAST))
    folder.chmod(0o711)
    own = Cluster(folder, port)
    try:
        own.create()
        yield own
    finally:
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Victim:
    """What is killed where SQLite is the database: the process that holds it."""

    cluster: Cluster | None = None
    counted = ("process",)

    def kill(self, worker: int, backend: int, chance: random.Random) -> str:
        """Kills something; says what."""
        os.kill(worker, signal.SIGKILL)
        return "process"


class PostgresVictim(Victim):
    """On PostgreSQL the process that works, its backend (which takes all others along), or the whole server."""

    counted = ("backend", "server")

    def __init__(self, own: Cluster) -> None:
        self.cluster = own

    def kill(self, worker: int, backend: int, chance: random.Random) -> str:
        what = chance.choice(["process", "backend", "server", "server"])
        if what == "process":
            os.kill(worker, signal.SIGKILL)
        elif what == "backend":
            os.kill(backend, signal.SIGKILL)
        else:
            self.cluster.kill()
        return what

    def recover(self, what: str, backend: int) -> None:
        """Starts the server again where it was killed, and waits until it answers."""
        while what == "backend" and Path(f"/proc/{backend}").exists():
            time.sleep(0.01)  # until the server has noticed, it would still take connections, and then cut them
        if what == "server":
            self.cluster.start()
        if what != "process":
            self.cluster.wait()
