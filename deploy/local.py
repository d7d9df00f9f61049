"""The whole site on one Debian machine under one folder, on loopback ports: for tests, benchmarks and a first look.

with stack(folder, 8120) as site: requests to site.url ...
python -m deploy.local FOLDER --database postgresql --replica   (Ctrl-C stops)
"""

from __future__ import annotations

import argparse
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy import postgresql
from deploy.render import BROTLI, HERE, NginxTemplate

CODE = HERE.parent
GRACE = 15.0
DATABASE = "yibao"


@dataclass
class Stack:
    """The running processes by name, their addresses and their folder."""

    folder: Path
    base_port: int
    workers: int = 2
    environment: dict[str, str] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    """What can be stopped, killed and started: nginx, app, watcher, housekeeping, redis, primary, replica."""
    started_in: dict[str, float] = field(default_factory=dict)
    """Seconds from a process's last start to its first answer."""

    @property
    def url(self) -> str:
        """nginx: what visitors see."""
        return f"http://127.0.0.1:{self.port('nginx')}"

    @property
    def app_url(self) -> str:
        """The application server, without nginx."""
        return f"http://127.0.0.1:{self.port('app')}"

    @property
    def var(self) -> Path:
        """VAR_DIR of the site: static, media, mirror, SQLite file."""
        return self.folder / "var"

    @property
    def cache(self) -> Path:
        """The folder whose files are nginx's copies of pages."""
        return self.folder / "cache" / "pages"

    def port(self, name: str) -> int:
        """The port of a process."""
        return self.base_port + ["nginx", "app", "primary", "replica", "redis"].index(name)

    def manage(self, *arguments: str) -> str:
        """What a management command prints; RuntimeError with its words where it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=CODE, env=self.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
        return done.stdout

    def start(self, name: str) -> None:
        """Starts a process and waits until it answers."""
        begun = time.monotonic()
        log = (self.folder / f"{name}.log").open("ab")
        owner = postgresql.as_owner() if name in {"primary", "replica"} else []
        # Nothing outlives the process that started it, even where that one is killed.
        self.running[name] = subprocess.Popen(
            [*owner, "setpriv", "--pdeathsig", "TERM", "--", *self.commands[name]], env=self.environment,
            cwd="/" if owner else CODE, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        log.close()
        with suppress(ValueError):  # the others have no port
            self._wait(name, self.port(name))
        self.started_in[name] = time.monotonic() - begun

    def stop(self, name: str) -> None:
        """Asks a process to end and waits; what is left of it is killed."""
        process = self.running.pop(name)
        # PostgreSQL: SIGINT ends sessions instead of waiting for them.
        process.send_signal(signal.SIGINT if name in {"primary", "replica"} else signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        _kill_group(process)

    def kill(self, name: str) -> None:
        """Ends a process and its children at once, as a power cut would."""
        _kill_group(self.running.pop(name))

    def _wait(self, name: str, port: int) -> None:
        deadline = time.monotonic() + 60
        answers = {"app": _site_answers, "primary": postgresql.answers, "replica": postgresql.answers}.get(
            name, _port_answers
        )
        while not answers(port):
            if self.running[name].poll() is not None or time.monotonic() > deadline:
                log = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"{name} does not answer on port {port}:\n{log[-3000:]}")
            time.sleep(0.03)


def _port_answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _site_answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def stack(
    folder: Path,
    base_port: int,
    database: str = "sqlite",
    *,
    replica: bool = False,
    redis: bool = False,
    workers: int = 2,
    limits: bool = True,
    nginx: bool = True,
    watcher: bool = True,
    housekeeping: bool = False,
    static: Path | None = None,
    sqlite_copy: Path | None = None,
    dump: Path | None = None,
    **environment: str,
) -> Iterator[Stack]:
    """Everything up when the block begins, everything gone when it ends; the folder may be used again.

    `database` is "sqlite", "postgresql" (a cluster of its own) or an address; `sqlite_copy` a filled SQLite file to
    begin with, `dump` what pg_dump wrote, both with all tables; `static` a folder of collected static files. Other names become environment variables of the site.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # PostgreSQL's user must get through
    site = Stack(folder.resolve(), base_port, workers)
    site.environment = _environment(site, database, replica, redis) | environment
    site.commands = _commands(site)
    try:
        _prepare_folders(site, static, sqlite_copy)
        if database == "postgresql":
            _start_clusters(site, replica, dump)
        if redis:
            site.start("redis")
        if not (sqlite_copy or dump):
            site.manage("migrate", "--verbosity=0")
        if nginx:
            _write_nginx(site, limits)
        wanted = {"app": True, "nginx": nginx, "watcher": nginx and watcher, "housekeeping": housekeeping}
        for name in (name for name, is_wanted in wanted.items() if is_wanted):
            site.start(name)
        yield site
    finally:
        for name in reversed(list(site.running)):
            site.stop(name)


def _environment(site: Stack, database: str, replica: bool, redis: bool) -> dict[str, str]:
    own = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH"}
    urls = {
        "sqlite": f"sqlite:///{site.var / 'site.sqlite3'}",
        "postgresql": f"postgres://postgres@127.0.0.1:{site.port('primary')}/{DATABASE}",
    }
    return {name: value for name, value in os.environ.items() if name in own} | {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DEBUG": "false",
        "SITE_URL": site.url,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "TRUSTED_PROXIES": "1",
        "VAR_DIR": str(site.var),
        "DATABASE_URL": urls.get(database, database),
        "REPLICA_URL": f"postgres://postgres@127.0.0.1:{site.port('replica')}/{DATABASE}" if replica else "",
        "CACHE_URL": f"redis://127.0.0.1:{site.port('redis')}/0" if redis else "",
        "PROXY_CACHE_DIR": str(site.cache),
    }


def _commands(site: Stack) -> dict[str, list[str]]:
    manage = [sys.executable, "manage.py"]
    return {
        "primary": postgresql.server(site.folder / "primary", site.port("primary")) if postgresql.installed() else [],
        "replica": postgresql.server(site.folder / "replica", site.port("replica")) if postgresql.installed() else [],
        "redis": [
            "redis-server", "--bind", "127.0.0.1", "--port", str(site.port("redis")), "--save", "", "--appendonly", "no",
            "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru", "--dir", str(site.folder),
        ],
        "app": [
            str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", "127.0.0.1",
            "--port", str(site.port("app")), "--workers", str(site.workers), "--blocking-threads", "1", "--no-ws",
            "--backlog", "2048", "--respawn-failed-workers", "--respawn-interval", "6", "--workers-kill-timeout", "10", "--log-level", "warning",
            "yibao_site.wsgi:application",
        ],
        "nginx": ["nginx", "-c", str(site.folder / "nginx.conf"), "-e", str(site.folder / "nginx-error.log")],
        "watcher": [*manage, "purge_proxy", "--watch"],
        "housekeeping": ["sh", "-c", f"while sleep 60; do {sys.executable} manage.py housekeeping; done"],
    }  # fmt: skip


def _prepare_folders(site: Stack, static: Path | None, sqlite_copy: Path | None) -> None:
    for folder in (site.var / "media", site.var / "mirror", site.cache):
        folder.mkdir(parents=True, exist_ok=True)
    if sqlite_copy:
        shutil.copyfile(sqlite_copy, site.var / "site.sqlite3")
    if static and not (site.var / "static").exists():
        (site.var / "static").symlink_to(static.resolve())
    elif not (site.var / "static" / "staticfiles.json").exists():
        site.manage("collectstatic", "--noinput", "--verbosity=0")


def _start_clusters(site: Stack, replica: bool, dump: Path | None) -> None:
    is_new = not (site.folder / "primary").exists()
    if is_new:
        postgresql.make_primary(site.folder / "primary")
    site.start("primary")
    if is_new:
        postgresql.create_database(site.port("primary"), DATABASE, dump)
    if not replica:
        return
    if not (site.folder / "replica").exists():
        postgresql.make_replica(site.folder / "replica", site.port("primary"))
    site.start("replica")


def _write_nginx(site: Stack, limits: bool) -> None:
    """Both configuration files, from the templates that a real machine gets."""
    render = [
        sys.executable, "-m", "deploy.render", f"127.0.0.1:{site.port('nginx')}", "--app", f"127.0.0.1:{site.port('app')}",
        "--var", str(site.var), "--cache", str(site.folder / "cache"), "--cache-size", "500m",
        "--access-log", str(site.folder / "nginx-access.log") if limits else "off",
        *([] if limits else ["--uncounted", "127.0.0.0/8"]),
    ]  # fmt: skip
    conf = subprocess.run(render, cwd=CODE, env=site.environment, stdout=subprocess.PIPE, check=True).stdout
    (site.folder / "site.conf").write_bytes(conf)
    local = NginxTemplate((HERE / "nginx" / "local.conf.template").read_text(encoding="utf-8")).substitute(
        folder=site.folder,
        modules=f"load_module {BROTLI};" if BROTLI.exists() else "",
        user="user root;" if os.geteuid() == 0 else "",
        workers=site.workers,
    )
    (site.folder / "nginx.conf").write_text(local, encoding="utf-8")


def main() -> None:
    """Brings the site up with its content and waits for Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="kept afterwards; without one a scratch folder")
    parser.add_argument("--port", type=int, default=8120, help="nginx; the four after it are taken too")
    parser.add_argument("--database", default="sqlite", help="sqlite, postgresql, or an address")
    parser.add_argument("--replica", action="store_true", help="PostgreSQL only")
    parser.add_argument("--redis", action="store_true")
    chosen = parser.parse_args()
    scratch = None if chosen.folder else tempfile.TemporaryDirectory(prefix="yibao-")
    folder = chosen.folder or Path(scratch.name)
    with stack(
        folder, chosen.port, chosen.database, replica=chosen.replica, redis=chosen.redis, housekeeping=True
    ) as site:
        print(site.manage("bootstrap"))
        print(f"Browse {site.url}/ (Ctrl-C stops)")
        with suppress(KeyboardInterrupt):
            signal.pause()
    if scratch:
        scratch.cleanup()


if __name__ == "__main__":
    main()
