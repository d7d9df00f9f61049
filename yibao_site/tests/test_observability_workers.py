"""The metrics of several workers, as the real server runs them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The real server with two workers, without a database."""
    port = free_port()
    environment = {
        **os.environ, "SECRET_KEY": "s" * 60, "VAR_DIR": str(tmp_path), "DEBUG": "false", "SITE_URL": "", "CACHE_URL": "",
        "DATABASE_URL": f"sqlite:///{tmp_path}/none.sqlite3", "DJANGO_SETTINGS_MODULE": "yibao_site.settings",
    }  # fmt: skip
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "2",
               "--blocking-threads", "1", "--no-ws", "--respawn-failed-workers", "yibao_site.wsgi:application"]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield f"http://127.0.0.1:{port}", process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


def fetch(url: str, seconds: float = 30) -> str:
    """The text behind an address, as soon as somebody answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def value(text: str, name: str) -> float:
    return float(next(line for line in text.splitlines() if line.startswith(name)).rsplit(" ", 1)[1])


BYPASSED = 'yibao_page_cache_total{result="bypass"}'
HEALTH = 'yibao_requests_total{method="GET",status="2xx",view="healthz"}'


@pytest.mark.slow
@pytest.mark.sqlite
def test_workers_are_counted_as_one_and_a_dead_one_is_not_forgotten(
    server: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    url, _ = server
    asked = 0
    deadline = time.monotonic() + 30
    while len(counted_by(tmp_path)) < 2 and time.monotonic() < deadline:
        fetch(f"{url}/healthz")
        asked += 1
    first, _ = counted_by(tmp_path)
    before = fetch(f"{url}/metrics")
    assert value(before, HEALTH) == asked
    assert 'yibao_worker_memory_bytes{worker="2"}' in before
    os.kill(first, signal.SIGKILL)
    while Path(f"/proc/{first}").exists():
        time.sleep(0.05)
    assert value(fetch(f"{url}/metrics"), HEALTH) == asked


@pytest.mark.slow
@pytest.mark.sqlite
def test_answers_of_the_page_cache_reach_the_metrics(server: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, _ = server
    for _ in range(5):
        fetch(f"{url}/healthz")
    deadline, text = time.monotonic() + 10, ""
    while (BYPASSED not in text or value(text, BYPASSED) < 5) and time.monotonic() < deadline:
        time.sleep(0.3)
        text = fetch(f"{url}/metrics")
    assert value(text, BYPASSED) >= 5


def counted_by(folder: Path) -> list[int]:
    """The workers that have counted a request."""
    files = folder.glob("metrics/run-*/counter_*.db")
    return sorted(int(file.stem.rpartition("_")[2]) for file in files if b"healthz" in file.read_bytes())


def test_a_run_that_ended_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "run-1-1").mkdir()
    code = (
        "import sys; from pathlib import Path; from yibao_site.observability import processes; "
        f"processes.begin(Path({str(tmp_path)!r})); import os; print(os.environ[processes.VARIABLE])"
    )
    made = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert [str(folder) for folder in tmp_path.iterdir()] == [made.stdout.strip()]
