"""The servers that the site is compared with: nginx with a file, and applications under the site's own server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# As many processes as the application server has.
WORKERS = 2
NGINX = """
{user}
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; types {{ text/html html; }}
  client_body_temp_path {folder}/tmp; proxy_temp_path {folder}/tmp; fastcgi_temp_path {folder}/tmp;
  uwsgi_temp_path {folder}/tmp; scgi_temp_path {folder}/tmp;
  open_file_cache max=100;
  server {{ listen 127.0.0.1:{port} backlog=2048; root {folder}/root; }}
}}
"""


@contextmanager
def running(
    command: list[str], url: str, environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A server, once it answers; it and its children are gone afterwards, even where this program is killed."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *command],
            cwd=ROOT,
            env=dict(environment),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            wait_for(url, process)
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes] | None = None, seconds: float = 60) -> None:
    """Returns when the address answers with 200; raises when it does not in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError as error:
            if time.monotonic() > deadline or (process and process.poll() is not None):
                raise RuntimeError(f"{url} does not answer: {error}") from error
            time.sleep(0.02)


@contextmanager
def nginx_file(folder: Path, port: int, page: bytes) -> Iterator[str]:
    """nginx that hands out one file; gives back its address."""
    (folder / "root").mkdir(parents=True)
    (folder / "tmp").mkdir()
    (folder / "root" / "page.html").write_bytes(page)
    user = "user root;" if os.geteuid() == 0 else ""
    conf = folder / "nginx.conf"
    conf.write_text(NGINX.format(folder=folder, port=port, workers=WORKERS, user=user), encoding="utf-8")
    command = ["nginx", "-c", str(conf), "-e", str(folder / "error.log"), "-g", "daemon off;"]
    url = f"http://127.0.0.1:{port}/page.html"
    with running(command, url, os.environ, folder / "log"):
        yield url


@contextmanager
def application(
    target: str, port: int, path: str, environment: Mapping[str, str], folder: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A WSGI application under the site's own server with the site's own options; gives back an address and the server."""
    command = [
        str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(WORKERS), "--blocking-threads", "1", "--no-ws", "--backlog", "2048", "--log-level", "warning", target,
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}{path}"
    with running(command, url, environment, folder / f"{port}.log") as process:
        yield url, process
