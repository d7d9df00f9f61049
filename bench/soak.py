"""The site under mixed work for a while: no errors, and memory that does not grow.

    python bench/soak.py                 # one minute
    python bench/soak.py --minutes 30

Readers open pages, lists and feeds through nginx, with and without conditions, and search for ever new words; an editor
publishes; housekeeping runs. Every answer is checked. The memory of the workers (PSS) is noted every
five seconds; its median in the last third must not be above that of the middle third by more than a twentieth. One
minute is too short for memory to settle, so there it is only printed.
"""

# ruff: noqa: E402 - our own code is found only after its folder is named
from __future__ import annotations

import argparse
import http.client
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil

from bench.site.databases import corpus, static_files
from bench.site.load import questions, require
from deploy.local import Stack, stack
from yibao_site.observability.processes import memory_of

READERS = 4
GROWTH = 1.05
SETTLED = 10  # minutes after which memory must be flat
WORDS = ["备案", "住院", "报销", "门诊", "药店", "急诊", "转诊", "社保卡", "新生儿", "退休", "北京", "河北", "怎么办"]
LISTS = ["/", "/faq/", "/faq/?page=2", "/faq/?topic=filing", "/articles/", "/topics/", "/topics/filing/", "/provinces/",
         "/provinces/hebei/", "/policies/", "/glossary/", "/filing/", "/ask/", "/feed.atom", "/sitemap.xml", "/llms.txt",
         "/api/v1/questions/"]  # fmt: skip


@dataclass
class Tally:
    """What all readers saw together."""

    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, path: str, status: int, problem: str) -> None:
        with self.lock:
            self.answers[status] += 1
            if problem:
                self.wrong.append(f"{path}: {problem}")


def read_on(address: str, pages: list[str], seed: int, until: float, tally: Tally) -> None:
    """One reader, who goes on until the time is over."""
    dice, tags = random.Random(seed), {}
    place = urlsplit(address).netloc
    connection = http.client.HTTPConnection(place, timeout=20)
    while time.monotonic() < until:
        path = _choose(pages, dice)
        headers = {"If-None-Match": tags[path]} if path in tags and dice.random() < 0.3 else {}
        headers |= {"Accept-Encoding": dice.choice(["br", "gzip", "identity"])} if path not in tags else {}
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            tally.note(path, 0, repr(error))
            connection.close()
            connection = http.client.HTTPConnection(place, timeout=20)
            continue
        tally.note(path, answer.status, _problem(answer, body, headers))
        if answer.status == 200 and answer.headers["ETag"] and not answer.headers["Content-Encoding"]:
            tags[path] = answer.headers["ETag"]
    connection.close()


def _choose(pages: list[str], dice: random.Random) -> str:
    chance = dice.random()
    if chance < 0.6:
        return dice.choice(pages)
    if chance < 0.85:
        return dice.choice(LISTS)
    return f"/search/?q={quote(''.join(dice.sample(WORDS, 2)) + str(dice.randint(1, 999)))}"


def _problem(answer: http.client.HTTPResponse, body: bytes, headers: dict[str, str]) -> str:
    if answer.status == 304:
        return "" if "If-None-Match" in headers and not body else "304 to a request without a condition"
    if answer.status != 200:
        return f"status {answer.status}"
    is_page = answer.headers["Content-Type"].startswith("text/html") and not answer.headers["Content-Encoding"]
    return "" if not is_page or body.rstrip().endswith(b"</html>") else "an answer that is cut off"


def watch(site: Stack, until: float) -> list[tuple[float, int]]:
    """The memory of all workers together, every five seconds: moments and bytes."""
    noted = []
    while time.monotonic() < until:
        workers = psutil.Process(site.running["app"].pid).children()
        noted.append((time.monotonic(), sum(memory_of(worker.pid) or 0 for worker in workers)))
        time.sleep(5)
    return noted


def soak(site: Stack, minutes: float) -> bool:
    """Runs everything at once and says whether all went well."""
    until, tally = time.monotonic() + minutes * 60, Tally()
    pages = questions(site.url)
    readers = [threading.Thread(target=read_on, args=(site.url, pages, seed, until, tally)) for seed in range(READERS)]
    editor = subprocess.Popen(
        [sys.executable, "-m", "bench.site.publishing_delay", "1000000", f"{site.url}/faq/1/"],
        cwd=ROOT,
        env=site.environment,
    )
    for reader in readers:
        reader.start()
    noted = watch(site, until)
    for reader in readers:
        reader.join()
    editor_failed = editor.poll() is not None
    editor.terminate()
    editor.wait()
    return verdict(minutes, tally, noted, editor_failed)


def verdict(minutes: float, tally: Tally, noted: list[tuple[float, int]], editor_failed: bool) -> bool:
    third = len(noted) // 3
    middle = statistics.median([size for _, size in noted[third : 2 * third]] or [0])
    last = statistics.median([size for _, size in noted[2 * third :]])
    growth = last / middle if middle else 1.0
    total = sum(tally.answers.values())
    print(f"{total:,} answers in {minutes:g} minutes: {dict(sorted(tally.answers.items()))}; {len(tally.wrong)} errors")
    for line in tally.wrong[:20]:
        print(f"  {line}")
    flat = growth <= GROWTH or minutes < SETTLED
    print(f"memory of the workers: {middle / 1e6:.0f} MB in the middle, {last / 1e6:.0f} MB at the end = {growth:.3f}"
          f" (target <= {GROWTH}{'' if minutes >= SETTLED else ', from ' + str(SETTLED) + ' minutes on'})")  # fmt: skip
    if editor_failed:
        print("the editor's publications failed")
    return not tally.wrong and flat and not editor_failed


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=1)
    arguments.add_argument("--port", type=int, default=8160)
    chosen = arguments.parse_args()
    require()
    with tempfile.TemporaryDirectory(prefix="bench-soak-") as name:
        folder = Path(name)
        seed = corpus(folder, 300)
        with stack(
            folder / "stack",
            chosen.port,
            limits=False,
            housekeeping=True,
            static=static_files(folder),
            sqlite_copy=seed,
        ) as site:
            went_well = soak(site, chosen.minutes)
    sys.exit(0 if went_well else 1)


if __name__ == "__main__":
    main()
