"""A production server on any database and any copy of the code, without nginx and without collected static files."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Server:
    """granian with two workers; `code` is the folder whose code it runs."""

    def __init__(self, folder: Path, database: str, code: Path = ROOT) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = self.app_url = f"http://127.0.0.1:{self.port}"
        self.code, self.log = code, folder / "server.log"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.crowd_settings",
            "DATABASE_URL": database,
            "CACHE_URL": "",
            "VAR_DIR": str(folder / "var"),
            "VIEWS_DIR": str(folder / "views"),
            "SITE_URL": self.url,
            "TRUSTED_PROXIES": "1",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> str:
        """What a management command prints; RuntimeError with its words where it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=self.code, env=self.environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def __enter__(self) -> Server:
        command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port),
                   "--workers", "2", "--blocking-threads", "1", "--no-ws", "--log-level", "warning", "yibao_site.wsgi:application"]  # fmt: skip
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=self.code, env=self.environment, stdout=out, stderr=out)
        deadline = time.monotonic() + 180  # a busy machine takes its time
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError):
                urllib.request.urlopen(f"{self.url}/healthz", timeout=2).close()
                return self
            time.sleep(0.1)
        self.__exit__()
        raise RuntimeError(self.log.read_text(encoding="utf-8"))

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
