"""Rates of one answer page through everything that can stand between a reader and the database; errors; memory; start."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.site.load import CONNECTIONS, THREADS, in_turn, questions, visiting, wrk
from bench.site.report import Section
from bench.site.servers import ROOT, WORKERS, application, nginx_file, wait_for
from deploy.local import Stack
from yibao_site.observability.processes import memory_of

PAGE = "/faq/1/"
# Seen once on a machine of this size, one article page: nginx with a file 62,000 a second, Wagtail's demo 97.
WAGTAIL, SEEN_FILE = 97, 62_000
FILE, PROXY, CACHED, UNCACHED, BARE, RAW = (
    "nginx, a file", "nginx with our proxy cache", "our page cache, no nginx", "uncached page, no nginx",
    "bare Django view", "bytes from memory (WSGI)",
)  # fmt: skip


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    rounds: int
    seconds: int


def rates(site: Stack, folder: Path, ports: range, effort: Effort) -> tuple[Section, Section]:
    """Every way to the page in turn; then errors under more connections than anybody can serve at once, and memory."""
    with urllib.request.urlopen(site.app_url + PAGE) as answer:
        page = answer.read()
    page_file = folder / "page.html"
    page_file.write_bytes(page)
    uncached = site.environment | {"PAGE_CACHE": "off", "SITE_URL": site.url}
    raw = site.environment | {"BENCH_PAGE": str(page_file)}
    with ExitStack() as stack:
        file_url = stack.enter_context(nginx_file(folder / "nginx-file", ports[0], page))
        slow_url, slow = stack.enter_context(
            application("yibao_site.wsgi:application", ports[1], PAGE, uncached, folder)
        )
        bare_url, _ = stack.enter_context(application("bench.bare.django_page:application", ports[2], "/", raw, folder))
        raw_url, _ = stack.enter_context(application("bench.bare.raw:application", ports[3], "/", raw, folder))
        found, errors = in_turn(
            {FILE: file_url, PROXY: site.url + PAGE, CACHED: site.app_url + PAGE, UNCACHED: slow_url, BARE: bare_url, RAW: raw_url},
            effort.rounds, effort.seconds,
        )  # fmt: skip
        section = _as_section(found, len(page), effort)
        pressure = _pressure(site, slow_url, sum(errors.values()), folder, effort)
        _memory(pressure, site, slow)
    return section, pressure


def _as_section(found: dict[str, float], size: int, effort: Effort) -> Section:
    section = Section(
        "One answer page",
        f"`{PAGE}` ({size:,} bytes, uncompressed) for wrk with {THREADS} threads and {CONNECTIONS} connections kept open, on the "
        f"same two cores as the servers; {WORKERS} processes of every server; median of {effort.rounds} rounds of "
        f"{effort.seconds} s, taken in turn. The bare view is what `startproject` gives, with its middleware and a template of "
        "five lines.",
        bars=[(name, rate / found[FILE]) for name, rate in found.items()],
    )
    for name, rate in found.items():
        section.add(name, f"{rate:,.0f}/s = {rate / found[FILE]:.3f}", "" if name != FILE else "1")
    for name, other, least in (
        (PROXY, FILE, 0.9),
        (CACHED, FILE, 0.35),
        (CACHED, UNCACHED, 15),
        (UNCACHED, BARE, 0.35),
    ):
        ratio = found[name] / found[other]
        section.add(f"{name} : {other}", f"{ratio:.2f}", f">= {least}", ratio >= least)
    ratio = found[UNCACHED] / found[FILE] / (WAGTAIL / SEEN_FILE)
    section.add("uncached page : Wagtail's, both as shares of a file", f"{ratio:.1f}", ">= 5", ratio >= 5)
    return section


def _pressure(site: Stack, uncached: str, errors: int, folder: Path, effort: Effort) -> Section:
    section = Section(
        "Under pressure",
        "Errors are answers other than 2xx and 3xx, refused and broken connections, and answers later than 10 s. Pages are 100 "
        "questions, lists, topics and feeds in turn. Memory is the share of a worker in the machine's memory (PSS) after this.",
    )
    section.add("errors in the rounds above", str(errors), "0", errors == 0)
    pages = [*questions(site.app_url)[:100], "/", "/faq/", "/topics/filing/", "/articles/", "/feed.atom"]
    script = visiting(pages, folder)
    # A cold cache is measured as "uncached"; each worker has its own, and the kernel chooses between them.
    for base in (*[site.app_url] * 6, site.url):
        for path in pages:
            wait_for(base + path)
    for name, url, connections in (
        ("errors at 256 connections, nginx with our proxy cache", site.url, 256),
        ("errors at 256 connections, our page cache", site.app_url, 256),
        ("errors at 64 connections, uncached", uncached.removesuffix(PAGE), 64),
    ):
        load = wrk(url, max(effort.seconds, 3), connections, script)
        section.add(name, f"{load.errors} of {load.requests:,}", "0", load.errors == 0)
    return section


def _memory(section: Section, site: Stack, uncached: subprocess.Popen[bytes]) -> None:
    for name, process in (("with page cache", site.running["app"].pid), ("without", uncached.pid)):
        sizes = [size for child in psutil.Process(process).children() if (size := memory_of(child.pid))]
        most = max(sizes) / 1e6
        section.add(f"memory of a worker, {name}", f"{most:.0f} MB", "<= 150 MB", most <= 150)


def start_up(site: Stack, folder: Path, port: int) -> tuple[str, str]:
    """Seconds from starting the server to its first answer page, median of three: a line of a table."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        with application("yibao_site.wsgi:application", port, PAGE, site.environment, folder):
            seconds.append(time.perf_counter() - began)
    return "from starting the server to its first answer page", f"{statistics.median(seconds):.1f} s"


def delay(site: Stack, times: int) -> Section:
    """From the commit of a publication to readers."""
    section = Section(
        "From publishing to readers",
        f"A new title is published {times} times; all addresses are asked until they show it. Seconds after the commit: median, "
        "longest.",
    )
    paths = (PAGE, "/faq/", "/feed.atom")
    addresses = [base + path for base in (site.app_url, site.url) for path in paths]
    command = [sys.executable, "-m", "bench.site.publishing_delay", str(times), *addresses]
    done = subprocess.run(command, cwd=ROOT, env=site.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found = json.loads(done.stdout.splitlines()[-1])
    for where, base in (("our page cache", site.app_url), ("nginx with our proxy cache", site.url)):
        for path in paths:
            times_seen = found[base + path]
            longest = max(times_seen)
            section.add(
                f"{where}, {path}", f"{statistics.median(times_seen):.2f} s, {longest:.2f} s", "<= 1 s", longest <= 1
            )
    return section
