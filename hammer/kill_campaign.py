"""`python -m hammer.kill_campaign TIMES SEED [PORT FOLDER]`: kills work on SQLite, or on the cluster there. Prints JSON lines.

Every round forks a process that works like the site does, kills it (or the server behind it) at a random moment, starts
again, and compares what was accepted with what is there.
"""

from __future__ import annotations

import json
import logging
import os
import random
import select
import signal
import statistics
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hammer.kill_places import FAST, Cluster, PostgresVictim, Victim
from hammer.report import Line

LONGEST = 30.0  # seconds for one round; more is a hang


def main(url: str, times: int, seed: int, cluster: Cluster | None) -> None:
    """Runs all trials on one database and prints one line each."""
    with tempfile.TemporaryDirectory(prefix="kill-site-", dir=FAST) as name:
        folder = Path(name)
        environment(folder, url)
        scene = prepare(folder)
        victim = PostgresVictim(cluster) if cluster else Victim()
        kind = "PostgreSQL" if cluster else "SQLite"
        only = os.environ.get("KILL_ONLY", "")
        for number, trial in enumerate(trial for trial in trials() if trial.__name__.startswith(only)):
            campaign = Campaign(trial(scene), victim, random.Random(seed + number))
            started = time.monotonic()
            line = campaign.run(times, kind)
            print(json.dumps(asdict(line), ensure_ascii=False), flush=True)
            print(f"{line.tried}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        scene.reader.process.terminate()


def environment(folder: Path, url: str) -> None:
    """Everything of the site lies in the folder; without an address, the database too. Call before Django is set up."""
    os.environ |= {
        "DATABASE_URL": url or f"sqlite:///{folder}/site.sqlite3", "CACHE_URL": "", "VAR_DIR": str(folder / "var"),
        "VIEWS_DIR": str(folder / "views"), "SECRET_KEY": "only-for-the-hammer-" * 3, "DEBUG": "false", "SITE_URL": "http://127.0.0.1:8000",
        "INDEXNOW_KEY": "0123456789abcdef", "INDEXNOW_ENDPOINT": "http://127.0.0.1:9/", "DJANGO_SETTINGS_MODULE": "tests.settings",
        "OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1",
    }  # fmt: skip


def prepare(folder: Path) -> Any:
    """Sets Django up and makes the scene of all trials."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    logging.disable(logging.CRITICAL)
    setup_test_environment()
    (folder / "var").mkdir()
    call_command("migrate", verbosity=0, interactive=False)
    from hammer.kill_scene import Scene

    return Scene(folder)


def trials() -> list[Any]:
    """Every kind of work that is killed, in the order in which it is."""
    from hammer.kill_edits import Import, Publish, Save
    from hammer.kill_upkeep import Backup, Housekeeping, Rebuild

    return [Save, Publish, Import, Rebuild, Backup, Housekeeping]


@dataclass
class Round:
    """What became of one worker."""

    acks: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    backend: int = 0
    done: bool = False
    seconds: float = 0.0


class Campaign:
    """One kind of work, killed again and again."""

    def __init__(self, trial: Any, victim: Victim, chance: random.Random) -> None:
        self.trial, self.victim, self.chance = trial, victim, chance
        self.broke: list[str] = []
        self.killed: Counter[str] = Counter()
        self.span = 0.5

    def run(self, times: int, kind: str) -> Line:
        """Kills so many times while work is under way; what ended before the kill does not count, and on PostgreSQL only
        what the database met."""
        number = self._calibrate()
        while sum(self.killed[what] for what in self.victim.counted) < times and len(self.broke) < 20:
            try:
                self._round(number)
            except Exception:
                self.broke.append(f"round {number}: {traceback.format_exc()[-1500:]}")
            number += 1
        what = ", ".join(f"{count} × {name}" for name, count in sorted(self.killed.items()))
        return Line(f"kill -9 while {self.trial.name}, {kind} ({what})", sum(self.killed.values()), self.broke)

    def _calibrate(self) -> int:
        """How long the work takes undisturbed; work that never ends is killed within its first steps."""
        spans = []
        for number in range(3):
            self.trial.before(number)
            spans.append(self._work(number, None).seconds)
            self.broke += [f"undisturbed: {sentence}" for sentence in self._faults([])]
        self.span = statistics.median(spans)
        return 3

    def _round(self, number: int) -> None:
        self.trial.before(number)
        seen = self._work(number, self.chance.uniform(0, self.span * 1.05))
        self.broke += [f"round {number}: {sentence}" for sentence in [*seen.errors, *self._faults(seen.acks)]]

    def _faults(self, acks: list[str]) -> list[str]:
        from yibao_site.integrity import faults

        return [*self.trial.check(acks), *faults()]

    def _work(self, number: int, delay: float | None) -> Round:
        """Forks, lets the child work, kills it after the delay; without one, after its end or its third step."""
        from django.db import connections

        connections.close_all()
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            _child(self.trial, number, write)
        os.close(write)
        try:
            return self._watch(pid, lines(read, time.monotonic() + LONGEST), delay)
        finally:
            _end(pid)
            os.close(read)

    def _watch(self, pid: int, said: Iterator[str], delay: float | None) -> Round:
        seen = Round()
        first = next(said, "nothing")
        if not first.startswith("ready "):
            raise RuntimeError(first)
        seen.backend, started = int(first.split()[1]), time.monotonic()
        if delay is not None:
            time.sleep(delay)
            what = self._kill(pid, seen.backend)
        for line in said:
            self._note(seen, line)
            if delay is None and len(seen.acks) >= 3:
                break
        seen.seconds = time.monotonic() - started
        if delay is not None:
            self._after(seen, pid, what)
        return seen

    def _after(self, seen: Round, pid: int, what: str) -> None:
        if what != "process":
            seen.errors.clear()  # it was told that its database is gone, as it should be
        if not seen.done:
            self.killed[what] += 1
        _end(pid)
        if isinstance(self.victim, PostgresVictim):
            self.victim.recover(what, seen.backend)

    def _kill(self, pid: int, backend: int) -> str:
        try:
            what = self.victim.kill(pid, backend, self.chance)
        except ProcessLookupError:  # the backend ended with its work
            os.kill(pid, signal.SIGKILL)
            return "process"
        if what != "process":
            time.sleep(0.05)  # the worker meets a dead database
            os.kill(pid, signal.SIGKILL)
        return what

    @staticmethod
    def _note(seen: Round, line: str) -> None:
        word, _, rest = line.strip().partition(" ")
        if word == "ok":
            seen.acks.append(rest)
        elif word == "done":
            seen.done = True
        else:
            seen.errors.append(line.strip())


def _child(trial: Any, number: int, write: int) -> None:
    """The process that will be killed; it never comes back."""
    from django.db import connection

    def say(text: str) -> None:
        os.write(write, f"{text}\n".encode())  # one line is written whole

    os.setpgrp()
    null = os.open(os.devnull, os.O_RDWR)
    for handle in (1, 2):
        os.dup2(null, handle)
    try:
        trial.ready()
        connection.ensure_connection()
        backend = connection.connection.info.backend_pid if connection.vendor == "postgresql" else 0
        say(f"ready {backend}")
        trial.work(number, lambda mark: say(f"ok {mark}"))
        say("done")
    except BaseException as error:
        say(f"error {type(error).__name__}: {' '.join(str(error).split())[:400]}")
    finally:
        os._exit(0)


def lines(handle: int, deadline: float) -> Iterator[str]:
    """What a worker says, line by line, until it is gone; TimeoutError where it hangs."""
    rest = b""
    while True:
        if not select.select([handle], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError(f"hung after {rest!r}")
        block = os.read(handle, 65536)
        if not block:
            return
        *whole, rest = (rest + block).split(b"\n")
        yield from (line.decode() for line in whole)


def _end(pid: int) -> None:
    """Ends a worker and whatever it had started."""
    for call in (
        lambda: os.killpg(pid, signal.SIGKILL),
        lambda: os.kill(pid, signal.SIGKILL),
        lambda: os.waitpid(pid, 0),
    ):
        try:
            call()
        except (ProcessLookupError, ChildProcessError):
            continue


if __name__ == "__main__":
    given = sys.argv[1:]
    own = Cluster(Path(given[3]), int(given[2])) if len(given) > 3 else None
    main(own.url("site") if own else "", int(given[0]), int(given[1]), own)
