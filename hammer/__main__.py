"""`python -m hammer [campaign ...]`: runs the campaigns, prints one table, and fails if anything broke.

A campaign is a module in this folder with `TIMES` (how often the full run tries) and `run(times) -> list[Line]`; it may
name the programs without which it cannot run in `NEEDS`. Each runs in a process of its own, so that it may set its own
environment before Django; what is missing, crashes, tries nothing or takes too long counts as broken. Two run at a time,
and by themselves those for which that would be unfair.
HAMMER_SCALE=0.05 tries a twentieth; HAMMER_MINUTES bounds the whole run (60).
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import asdict
from pathlib import Path

from hammer.report import Line, failures, table

FOLDER = Path(__file__).parent
POSTGRES = Path("/usr/lib/postgresql/15/bin")
# These let many in at once or look at the clock: where others work too, an answer that is late would count as broken.
ALONE = {"concurrency", "migrations", "observatory", "scanner"}


def campaigns() -> list[str]:
    """The modules of this folder that can be run, by name."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if "\ndef run(" in path.read_text(encoding="utf-8"))


def missing(needs: tuple[str, ...]) -> list[str]:
    """The programs that this machine does not have."""
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", str(POSTGRES)])
    return [name for name in needs if not shutil.which(name, path=places)]


def run_here(name: str) -> list[Line]:
    """Runs one campaign in this process; a crash and a missing program are broken lines."""
    try:
        campaign = importlib.import_module(f"hammer.{name}")
        absent = missing(getattr(campaign, "NEEDS", ()))
        if absent:
            return [Line(name, 0, [f"not installed: {program}" for program in absent])]
        times = max(1, round(campaign.TIMES * float(os.environ.get("HAMMER_SCALE", "1"))))
        lines = campaign.run(times)
    except Exception:  # whatever it was, it belongs into the table
        return [Line(name, 0, [traceback.format_exc()])]
    return [line if line.times or line.broke else Line(line.tried, 0, ["nothing was tried"]) for line in lines]


class Apart:
    """One campaign in a process group of its own."""

    def __init__(self, name: str) -> None:
        self.name, self.started = name, time.monotonic()
        self.folder = tempfile.TemporaryDirectory(prefix="hammer-", ignore_cleanup_errors=True)
        Path(self.folder.name).chmod(0o711)  # a database server runs as another user
        self.answer = Path(self.folder.name) / "lines.json"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hammer", "--write", str(self.answer), name],
            cwd=FOLDER.parent,
            env={**os.environ, "TMPDIR": self.folder.name},
            start_new_session=True,
        )
        print(f"== {name} begins", file=sys.stderr, flush=True)

    def close(self) -> tuple[list[Line], float]:
        """Ends what is left of it; gives back its lines and how many seconds it took."""
        seconds, is_late = time.monotonic() - self.started, self.process.poll() is None
        _end_group(self.process)
        with self.folder:
            print(f"== {self.name} ends after {seconds:.0f} s", file=sys.stderr, flush=True)
            if not is_late and self.answer.exists():
                return [Line(**line) for line in json.loads(self.answer.read_text(encoding="utf-8"))], seconds
            broke = "did not end in time" if is_late else f"ended with {self.process.returncode} and said nothing"
            return [Line(self.name, 0, [broke])], seconds


def side_by_side(names: list[str], width: int, deadline: float) -> dict[str, tuple[list[Line], float]]:
    """Runs campaigns, so many at a time, each until the deadline at the latest; gives back their lines and seconds."""
    waiting, running, found = list(names), list[Apart](), {}
    try:
        while waiting or running:
            while waiting and len(running) < width:
                running.append(Apart(waiting.pop(0)))
            time.sleep(0.2)
            is_over = time.monotonic() > deadline
            for one in [one for one in running if is_over or one.process.poll() is not None]:
                running.remove(one)
                found[one.name] = one.close()
    finally:
        for one in running:
            one.close()
    return found


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Ends what the campaign left running: first kindly, so that it can stop what it started, then for sure."""
    for sign, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, sign)
            process.wait(seconds)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def main(arguments: list[str]) -> int:
    """Runs the campaigns named, or all; gives back the exit status."""
    if arguments[:1] == ["--write"]:
        lines = run_here(arguments[2])
        Path(arguments[1]).write_text(json.dumps([asdict(line) for line in lines]), encoding="utf-8")
        return 0
    unknown = set(arguments) - set(campaigns())
    if unknown:
        print(f"No such campaign: {', '.join(sorted(unknown))}. There are: {', '.join(campaigns())}.")
        return 2
    start, names = time.monotonic(), arguments or campaigns()
    deadline = start + 60 * float(os.environ.get("HAMMER_MINUTES", "60"))
    # The longest first, and the others beside it.
    sharing = sorted((name for name in names if name not in ALONE), key=lambda name: name != "kill")
    found = side_by_side(sharing, 2, deadline)
    found |= side_by_side([name for name in names if name in ALONE], 1, deadline)
    lines = [line for name in names for line in found[name][0]]
    print(table(lines))
    print(failures(lines))
    broke = sum(len(line.broke) for line in lines)
    minutes = ", ".join(f"{name} {seconds / 60:.1f}" for name, (_, seconds) in found.items())
    print(f"{sum(line.times for line in lines):,} trials, {broke} broke.")
    print(f"{(time.monotonic() - start) / 60:.1f} minutes: {minutes}.")
    return 1 if broke else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
