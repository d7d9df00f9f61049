"""Lighthouse on the built site: mobile preset, slow 4G, the Chromium of the system. Needs npm; says so where it is missing.

The site runs as in production (granian, collected and compressed static files) on a database of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
VERSION = "12.8.2"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGES = {
    "home": "/",
    "list": "/faq/",
    "answer": "/faq/22/",
    "article": "/articles/15/",
    "province": "/provinces/jiangsu/",
    "search": "/search/?q=%E5%BC%82%E5%9C%B0%E5%A4%87%E6%A1%88",
}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LCP_LIMIT = 1500
# Pages of search results are kept out of search engines on purpose, and Lighthouse counts that as a fault.
EXCUSED = {"search": {"is-crawlable"}}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def built_site(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """The running production site, with fresh content in the folder."""
    environment = {
        **os.environ,
        "SECRET_KEY": "only-for-measuring-" + "0123456789" * 5,
        "DEBUG": "false",
        "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}",
        "CACHE_URL": "",
        "SITE_URL": f"http://127.0.0.1:{port}",
    }
    for command in (["bootstrap"], ["collectstatic", "--noinput", "--verbosity", "0"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
        )
    server = [
        str(Path(sys.executable).with_name("granian")),
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    server += ["--workers", "1", "--blocking-threads", "2", "--no-ws", "--log-level", "warning"]
    return subprocess.Popen([*server, "yibao_site.wsgi:application"], cwd=ROOT, env=environment)


def wait_until_it_answers(url: str) -> None:
    for _ in range(100):
        try:
            urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{url} does not answer")


def report(url: str, target: Path) -> dict | None:
    """Lighthouse's findings on one page; None where npm cannot run it."""
    flags = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    command = ["npx", "--yes", f"lighthouse@{VERSION}", url, "--quiet", "--output=json", f"--output-path={target}"]
    command += [
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={flags}",
        "--form-factor=mobile",
        "--max-wait-for-load=45000",
    ]
    environment = {**os.environ, "CHROME_PATH": CHROMIUM or ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        print(done.stderr.strip()[-600:])
        return None
    return json.loads(target.read_text(encoding="utf-8"))


def faults(found: dict) -> list[str]:
    """The audits that cost points."""
    audits = found["audits"]
    references = [ref for each in CATEGORIES for ref in found["categories"][each]["auditRefs"] if ref.get("weight")]
    return [ref["id"] for ref in references if audits[ref["id"]]["score"] not in (None, 1)]


def met_by(name: str, found: dict) -> bool:
    """Whether the page has full marks, but for what is excused, and is painted in time."""
    short = {each for each in CATEGORIES if found["categories"][each]["score"] != 1}
    excused = EXCUSED.get(name, set())
    full = not short or (
        short == {"seo"} and set(faults(found)) <= excused | {"first-contentful-paint", "total-blocking-time"}
    )
    return full and found["audits"]["largest-contentful-paint"]["numericValue"] <= LCP_LIMIT


def line(name: str, found: dict) -> str:
    """One row of the table, with what cost points."""
    scores = [round((found["categories"][each]["score"] or 0) * 100) for each in CATEGORIES]
    audits = found["audits"]
    lcp, shift = audits["largest-contentful-paint"]["numericValue"], audits["cumulative-layout-shift"]["numericValue"]
    blocked = audits["total-blocking-time"]["numericValue"]
    numbers = "".join(f"{score:>6}" for score in scores)
    return f"{name:<10}{numbers}{lcp:>9.0f}{shift:>8.3f}{blocked:>7.0f}  {', '.join(faults(found))}"


def main() -> int:
    if not shutil.which("npx") or not CHROMIUM:
        print("Skipped: Lighthouse needs npm and a Chromium.")
        return 0
    with tempfile.TemporaryDirectory(prefix="yibao-lighthouse-") as folder:
        port = free_port()
        server = built_site(Path(folder), port)
        try:
            wait_until_it_answers(f"http://127.0.0.1:{port}/healthz")
            return measure(Path(folder), f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait(10)


def measure(folder: Path, base: str) -> int:
    print(
        f"Lighthouse {VERSION}, mobile preset (simulated slow 4G, 4 x slower processor); targets 100 each, LCP {LCP_LIMIT} ms"
    )
    print(f"{'page':<10}{'perf':>6}{'a11y':>6}{'best':>6}{'seo':>6}{'LCP ms':>9}{'CLS':>8}{'TBT':>7}  not full marks")
    met = True
    for name, path in PAGES.items():
        wait_until_it_answers(base + path)
        found = report(base + path, folder / f"{name}.json")
        if found is None:
            print("Skipped: npm could not run Lighthouse.")
            return 0
        print(line(name, found), flush=True)
        met = met_by(name, found) and met
    print("All targets met." if met else "Not all targets met; the last column says where.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
