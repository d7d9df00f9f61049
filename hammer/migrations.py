"""The last release serves a crowd while the new release's migrations run, and goes on serving afterwards."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy import postgresql
from hammer.concurrency import trial
from hammer.report import Line
from hammer.server import ROOT, Server
from tests.released import MIGRATIONS

TIMES = 200  # saves that the old code takes, before, during and after the migrations
NEEDS = ("git", "initdb")
PORT = 8240
LONGEST = 120.0
BEFORE = 4.0  # seconds that the crowd is in before the migrations begin
# The old code does not know these; they speak of what the crowd does and are read from the new one.
CARRIED = ("hammer", "tests/crowd_settings.py")


class OldSite(Server):
    """The old code's server; its commands are the old code's until the migrations have run, then the new one's."""

    migrated = False

    def manage(self, *arguments: str) -> str:
        self.code, before = (ROOT if self.migrated else self.code), self.code
        try:
            return super().manage(*arguments)
        finally:
            self.code = before

    def migrate(self) -> None:
        """Runs the new release's migrations against the database that is being served."""
        self.migrated = True
        self.manage("migrate", "--verbosity=0")


def run(times: int) -> list[Line]:
    """Both databases, one after the other."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="migrations-") as name, old_code(Path(name)) as code:
        if code is None:
            return [
                Line("old code on new tables", 0, ["this clone holds no commit with the tables of the last release"])
            ]
        Path(name).chmod(0o755)  # PostgreSQL's user must get through
        lines += on_database("sqlite", f"sqlite:///{name}/site.sqlite3", Path(name), code, times)
        with cluster(Path(name) / "primary") as url:
            lines += on_database("postgresql", url, Path(name), code, times)
    return lines


@contextmanager
def old_code(folder: Path) -> Iterator[Path | None]:
    """A copy of the last release's code; None where this clone does not reach back so far."""
    code, commit = folder / "code", released()
    code.mkdir()
    if not commit:
        yield None
        return
    subprocess.run(["tar", "-x", "-C", str(code)], input=git("archive", commit), check=True)
    for path in CARRIED:
        copy = shutil.copytree if (ROOT / path).is_dir() else shutil.copyfile
        copy(ROOT / path, code / path)
    yield code


def released() -> str:
    """The newest commit with the tables of the last release; empty where there is none. Its number would not do: whoever
    rewrites history changes it."""
    for commit in git("rev-list", "HEAD").decode().split():
        files = git("ls-tree", "-r", "--name-only", commit, "--", *(f"{app}/migrations" for app in MIGRATIONS)).decode()
        last = dict(sorted(re.findall(r"^(\w+)/migrations/(\d{4}_\w+)\.py$", files, re.MULTILINE)))
        if last == MIGRATIONS:
            return commit
    return ""


def git(*arguments: str) -> bytes:
    """What git says of this repository."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A PostgreSQL of its own with an empty database."""
    postgresql.make_primary(folder)
    command = [*postgresql.as_owner(), *postgresql.server(folder, PORT)]
    server = subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                postgresql.create_database(PORT, "site")
                break
            except RuntimeError:
                time.sleep(0.2)
        yield f"postgres://postgres@127.0.0.1:{PORT}/site"
    finally:
        server.terminate()
        server.wait(30)


def on_database(title: str, url: str, folder: Path, code: Path, times: int) -> list[Line]:
    """One crowd, one run of the migrations in its middle."""
    broke: list[str] = []
    site = OldSite(folder, url, code)
    site.manage("migrate", "--verbosity=0")

    def migrate() -> None:
        time.sleep(BEFORE)
        try:
            site.migrate()
        except RuntimeError as error:
            broke.append(str(error)[-500:])

    with site:
        found = trial(
            site, times, editors=12, reviewers=2, readers=40, longest=LONGEST, meanwhile=migrate,
            afterwards=lambda: site.manage("rebuild_search"),  # as docs/deploy.md says, where the old code goes
        )  # fmt: skip
    lines = [Line(f"{title}, old code: {line.tried}", line.times, line.broke) for line in found if line.times]
    return [Line(f"{title}: migrations while the old code serves", 1, broke), *lines]
