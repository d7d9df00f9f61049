"""Load with wrk: the same threads and connections for everybody, rounds in turn."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

THREADS, CONNECTIONS = 2, 16


@dataclass(frozen=True)
class Load:
    """What wrk saw."""

    per_second: float
    errors: int
    requests: int


def require() -> None:
    """Ends the program with a sentence where wrk or nginx is missing."""
    missing = [name for name in ("wrk", "nginx") if not shutil.which(name)]
    if missing:
        raise SystemExit(f"Needed and not found: {', '.join(missing)}. On Debian: apt-get install wrk nginx-light")


def wrk(url: str, seconds: int, connections: int = CONNECTIONS, script: Path | None = None) -> Load:
    """One run against an address."""
    command = ["wrk", f"-t{THREADS}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    command += ["-s", str(script)] if script else []
    text = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    total = re.search(r"(\d+) requests in", text)
    socket = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    if not rate or not total:
        raise RuntimeError(f"wrk said nothing that can be read about {url}:\n{text}")
    errors = sum(map(int, socket.groups())) if socket else 0
    return Load(float(rate[1]), errors + (int(wrong[1]) if wrong else 0), int(total[1]))


def in_turn(urls: Mapping[str, str], rounds: int, seconds: int) -> tuple[dict[str, float], dict[str, int]]:
    """The median rate of each address and its errors. A B C A B C, so that a noisy neighbour disturbs all alike."""
    rates: dict[str, list[float]] = {name: [] for name in urls}
    errors = dict.fromkeys(urls, 0)
    for url in urls.values():
        wrk(url, 1)
    for _ in range(rounds):
        for name, url in urls.items():
            load = wrk(url, seconds)
            rates[name].append(load.per_second)
            errors[name] += load.errors
    return {name: statistics.median(values) for name, values in rates.items()}, errors


def questions(url: str) -> list[str]:
    """The paths of all question pages of a running site."""
    with urllib.request.urlopen(f"{url}/sitemap.txt") as answer:
        paths = [urlsplit(line).path for line in answer.read().decode().splitlines()]
    return [path for path in paths if re.fullmatch(r"/faq/\d+/", path)]


def visiting(paths: list[str], folder: Path) -> Path:
    """A wrk script that asks for these paths one after the other."""
    listed = ", ".join(f'"{path}"' for path in paths)
    script = folder / "visit.lua"
    script.write_text(
        f"paths = {{{listed}}}\nplace = 0\n"
        "request = function()\n  place = place % #paths + 1\n  return wrk.format('GET', paths[place])\nend\n",
        encoding="utf-8",
    )
    return script
