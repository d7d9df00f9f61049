"""`python -m hammer [campaign ...]`: runs the campaigns, prints one table, and fails if anything broke.

A campaign is a module in this folder with `TIMES` (how often the full run tries) and `run(times) -> list[Line]`; it may
name the programs without which it cannot run in `NEEDS`. Each runs in a process of its own, so that it may set its own
environment before Django; what is missing, crashes, tries nothing or takes too long counts as broken.
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


def run_apart(name: str, deadline: float) -> list[Line]:
    """Runs one campaign in a process group of its own, which ends at the deadline at the latest."""
    with tempfile.TemporaryDirectory(prefix="hammer-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # a database server runs as another user
        answer = Path(folder) / "lines.json"
        process = subprocess.Popen(
            [sys.executable, "-m", "hammer", "--write", str(answer), name],
            cwd=FOLDER.parent,
            env={**os.environ, "TMPDIR": folder},
            start_new_session=True,
        )
        broke = ""
        try:
            process.wait(max(deadline - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            broke = "did not end in time"
        finally:
            _end_group(process)
        if not broke and answer.exists():
            return [Line(**line) for line in json.loads(answer.read_text(encoding="utf-8"))]
        return [Line(name, 0, [broke or f"ended with {process.returncode} and said nothing"])]


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
    deadline = time.monotonic() + 60 * float(os.environ.get("HAMMER_MINUTES", "60"))
    lines: list[Line] = []
    for name in arguments or campaigns():
        start = time.monotonic()
        print(f"== {name}", file=sys.stderr, flush=True)
        lines += run_apart(name, deadline)
        print(f"   {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    print(table(lines))
    print(failures(lines))
    broke = sum(len(line.broke) for line in lines)
    print(f"{sum(line.times for line in lines):,} trials, {broke} broke.")
    return 1 if broke else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
