"""10,000 page views at once: how many are lost, what one costs, and that none of them writes to the database.

Runs the production server with two workers on loopback, against a database of its own, once with the cache in each
process and once with Redis if one answers. Under a minute.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import redis

VIEWS = 10_000
READERS = 40
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
AGENT = "Mozilla/5.0 (Linux; Android 10) Chrome/120 Mobile Safari/537.36"
DRAIN = "from feedback.counting import drain; drain()"
COUNT = "from feedback.models import DailyViews; from django.db.models import Sum; print(DailyViews.objects.aggregate(n=Sum('views'))['n'])"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def send(port: int, count: int) -> tuple[int, list[float]]:
    """Sends views one after the other on one connection; gives back how many were taken and how long each took."""
    headers = {
        "Origin": f"http://127.0.0.1:{port}",
        "Sec-Fetch-Site": "same-origin",
        "User-Agent": AGENT,
        "Content-Type": "text/plain",
    }
    connection, taken, times = http.client.HTTPConnection("127.0.0.1", port, timeout=20), 0, []
    for number in range(count):
        start = time.perf_counter()
        connection.request("POST", "/feedback/view/", f"question/{number % 200 + 1}", headers)
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - start)
        taken += answer.status == 200
    connection.close()
    return taken, times


def manage(*arguments: str, **environment: str) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def measure(title: str, environment: dict[str, str], database: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2",
               "--blocking-threads", "1", "--no-ws", "--log-level", "error", "yibao_site.wsgi:application"]  # fmt: skip
    server = subprocess.Popen(
        command, env={**environment, "SITE_URL": f"http://127.0.0.1:{port}"}, start_new_session=True
    )
    try:
        wait_for(port)
        watcher = sqlite3.connect(database)
        before = watcher.execute("PRAGMA data_version").fetchone()
        start = time.perf_counter()
        with ThreadPoolExecutor(READERS) as pool:
            results = list(pool.map(lambda _: send(port, VIEWS // READERS), range(READERS)))
        seconds = time.perf_counter() - start
        wrote = watcher.execute("PRAGMA data_version").fetchone() != before  # changes when anybody commits
        watcher.close()
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # what is noted must survive the server's end, however it ends
        server.wait()
    sent, taken = VIEWS // READERS * READERS, sum(result[0] for result in results)
    start = time.perf_counter()
    manage("shell", "--no-imports", "-c", DRAIN, **environment)
    counted = int(manage("shell", "--no-imports", "-c", COUNT, **environment) or 0)
    times = sorted(moment for result in results for moment in result[1])
    print(
        f"{title}: {sent} sent by {READERS} readers in {seconds:.1f} s ({sent / seconds:.0f}/s), {taken} taken, {counted} counted"
    )
    print(
        f"  lost {(sent - counted) / sent:.3%}; median {times[len(times) // 2] * 1000:.1f} ms, 99 % within {times[len(times) * 99 // 100] * 1000:.1f} ms"
    )
    print(
        f"  database written while counting: {'YES' if wrote else 'no'}; added up in {time.perf_counter() - start:.1f} s with process start"
    )


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The server does not answer.")


def redis_answers() -> bool:
    try:
        with redis.from_url(REDIS_URL, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def main() -> None:
    stores = {"one file (no Redis)": ""} | ({"Redis": REDIS_URL} if redis_answers() else {})
    for title, cache in stores.items():
        with tempfile.TemporaryDirectory(prefix="beacons-") as folder:
            database = Path(folder, "db.sqlite3")
            environment = {
                **os.environ, "DATABASE_URL": f"sqlite:///{database}", "CACHE_URL": cache, "VIEWS_DIR": str(Path(folder, "views")),
                "SECRET_KEY": "only-for-this-benchmark-" + "0123456789" * 4, "DEBUG": "false",
            }  # fmt: skip
            manage("migrate", "feedback", "--verbosity", "0", **environment)
            manage("shell", "--no-imports", "-c", DRAIN, **environment)  # what an earlier run left in Redis
            measure(title, environment, database)


if __name__ == "__main__":
    main()
