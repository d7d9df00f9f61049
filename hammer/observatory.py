"""MDN's HTTP Observatory itself, against the site behind its real nginx configuration with TLS on https://localhost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import Stack, stack
from deploy.render import BROTLI, HERE, NginxTemplate
from hammer.report import Line
from hammer.server import ROOT

TIMES = 3  # the scanner's answer must not depend on which worker or cache answers
NEEDS = ("nginx", "node", "npm", "openssl")
PORT = 8245
LEAST = 120
# A tool of the trial and no part of the site: installed under var/, without the scripts that it would run.
PACKAGE = "@mdn/mdn-http-observatory@1.4.8"
TOOL = ROOT / "var" / "hammer" / "observatory"
SCRIPT = TOOL / "node_modules" / "@mdn" / "mdn-http-observatory"


def run(times: int) -> list[Line]:
    """As many scans; one below 120 points is broken."""
    if problem := install():
        return [Line("MDN Observatory", 0, [problem])]
    with tempfile.TemporaryDirectory(prefix="observatory-") as name:
        folder = Path(name)
        with stack(folder, PORT, watcher=False, SITE_URL="https://localhost", ALLOWED_HOSTS="localhost,127.0.0.1",
                   SECURE_SSL_REDIRECT="false") as site, tls(site):  # fmt: skip
            results = [scan(folder / "ca.pem") for _ in range(times)]
    broke = [text for score, text in results if score < LEAST]
    scores = ", ".join(sorted({str(score) for score, _ in results}))
    return [Line(f"MDN Observatory over https ({scores} points)", times, broke)]


def install() -> str:
    """Fetches the scanner once; gives back why that was not possible."""
    if not SCRIPT.exists():
        TOOL.mkdir(parents=True, exist_ok=True)
        command = [
            "npm",
            "install",
            "--ignore-scripts",
            "--omit=optional",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(TOOL),
            PACKAGE,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            return f"{PACKAGE} cannot be installed: {done.stderr.strip()[-300:]}"
    # Its install script would fetch the browsers' preload list; this host is on none.
    (SCRIPT / "conf" / "hsts-preload.json").write_text("{}", encoding="ascii")
    return ""


def certificates(folder: Path) -> None:
    """An authority and a certificate of localhost that nobody else trusts."""
    commands = [
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=hammer -keyout ca.key -out ca.pem",
        "req -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout privkey.pem -out site.csr",
        "x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out fullchain.pem",
    ]
    for command in commands:
        subprocess.run(["openssl", *command.split()], cwd=folder, capture_output=True, check=True)


@contextmanager
def tls(site: Stack) -> Iterator[None]:
    """The nginx that a public machine has, on loopback's ports 80 and 443."""
    folder = site.folder / "tls"
    folder.mkdir()
    certificates(site.folder)
    render = [sys.executable, "-m", "deploy.render", "localhost", "--app", f"127.0.0.1:{site.port('app')}", "--var", str(site.var),
              "--cache", str(folder), "--access-log", "off", "--certificate", str(site.folder / "fullchain.pem")]  # fmt: skip
    made = subprocess.run(render, cwd=ROOT, env=site.environment, capture_output=True, text=True, check=True).stdout
    lines = [line for line in made.splitlines() if "listen [::]" not in line]
    loopback = [
        line.replace("listen 443", "listen 127.0.0.1:443").replace("listen 80", "listen 127.0.0.1:80") for line in lines
    ]
    (folder / "site.conf").write_text("\n".join(loopback), encoding="utf-8")
    conf = NginxTemplate((HERE / "nginx" / "local.conf.template").read_text(encoding="utf-8")).substitute(
        folder=folder,
        modules=f"load_module {BROTLI};" if BROTLI.exists() else "",
        user="user root;" if os.geteuid() == 0 else "",
        workers=1,
    )
    (folder / "nginx.conf").write_text(conf, encoding="utf-8")
    command = ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(1)
        if server.poll() is not None:
            raise RuntimeError(f"nginx does not start: {server.stderr.read()}")
        yield
    finally:
        server.terminate()
        server.communicate(timeout=20)


def scan(authority: Path) -> tuple[int, str]:
    """The score, and everything that cost points."""
    environment = {**os.environ, "NODE_EXTRA_CA_CERTS": str(authority)}
    command = ["node", str(SCRIPT / "src" / "scan.js"), "localhost"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    try:
        answer = json.loads(done.stdout)
        failed = {
            name: test["result"]
            for name, test in answer["tests"].items()
            if test["scoreModifier"] < 0 or not test["pass"]
        }
        return answer["scan"]["score"], f"{answer['scan']['score']} points: {failed or 'no test failed'}"
    except (ValueError, KeyError):
        return 0, f"no answer: {done.stdout[-300:]} {done.stderr[-300:]}"
