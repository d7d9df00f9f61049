"""The running site under a scanner from outside the project, and under broken HTTP on its bare socket; loopback only."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

from hammer.report import Line
from hammer.server import Server

TIMES = 2000  # broken requests
CRAWL, ATTACK = 150, 20  # seconds that the scanner may crawl, and that each of its modules may attack what was found
ENVIRONMENT = Path(__file__).parent.parent / "var" / "hammer" / "wapiti"
SCANNER = "wapiti3==3.2.3"
# What works without asking a server elsewhere; the rest looks for products that are not here or wants an outside endpoint.
MODULES = (
    "backup,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,ldap,methods,permanentxss,redirect,shellshock,spring4shell,sql,timesql,"
    "upload,xss"
)
# Pages of every template and form, so that a crawl cut by its limits has seen each of them.
STARTS = (
    "", "faq/", "faq/22/", "articles/", "articles/15/", "topics/", "topics/filing/", "provinces/", "provinces/jiangsu/", "policies/", "policies/20/",
    "search/?q=test&topic=filing&province=jiangsu&page=1", "search/suggest/?q=bei", "filing/", "filing/insured/", "ask/", "ask/receipt/", "glossary/",
    "feedback/report/question/22/", "site-map/", "about/", "api/v1/questions/?limit=2", "feed.atom", "admin/login/?next=/admin/",
)  # fmt: skip
# Findings that hold on plain http on a loopback address only; docs/security.md says what holds on https.
ONLY_PLAIN_HTTP = ("Strict-Transport-Security", "HSTS", "secure flag", "Secure flag")
NO_TOKEN = "Lack of anti CSRF token"
FIRST_LINES = [
    b"GET / HTTP/1.1", b"GET /%00 HTTP/1.1", b"GET /..%2f..%2fetc/passwd HTTP/1.1", b"GET /../../../etc/passwd HTTP/1.1", b"GET //evil.example/ HTTP/1.1",
    b"GET http://evil.example/ HTTP/1.1", b"GET * HTTP/1.1", b"OPTIONS * HTTP/1.1", b"CONNECT evil.example:443 HTTP/1.1", b"TRACE / HTTP/1.1", b"GET /",
    b"GET  /  HTTP/1.1", b"get / http/1.1", b"GET / HTTP/9.9", b"GET /\xff\xfe HTTP/1.1", b"GET /?q=\xe5\xa4 HTTP/1.1", b"GET /" + b"a" * 9000 + b" HTTP/1.1",
    b"A" * 70_000, b"\x16\x03\x01\x02\x00\x01", b"PRI * HTTP/2.0", b"\x00\x00\x00", b"POST /ask/ HTTP/1.1", b"POST /admin/login/ HTTP/1.1", b"GET /media/../settings.py HTTP/1.1",
    b"GET /static/../../manage.py HTTP/1.1", b"GET /static/..%2f..%2fmanage.py HTTP/1.1", b"GET /.env HTTP/1.1", b"GET /.git/config HTTP/1.1", b"GET /search/?q=%ff%fe HTTP/1.1",
]  # fmt: skip
LINES = [
    b"Host: 127.0.0.1", b"Host: evil.example", b"Host: a\x00b", b"Host:", b"Host: 127.0.0.1\r\nHost: evil.example", b"Content-Length: 5", b"Content-Length: -1",
    b"Content-Length: 99999999999999999999", b"Content-Length: 5\r\nContent-Length: 6", b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 4",
    b"Transfer-Encoding: \x0bchunked", b"Transfer-Encoding: x", b"X: " + b"a" * 60_000, b"X : 1", b" folded: 1", b"no colon", b"\x00: \x00", b"Cookie: " + b"a=b; " * 3000,
    b"Expect: 100-continue", b"Connection: upgrade\r\nUpgrade: websocket", b"Range: bytes=0-,0-,0-,0-", b"Content-Type: multipart/form-data; boundary=", b"Accept-Encoding: br;q=x",
    b"If-None-Match: \x80", b"X-Forwarded-Proto: https", b"X-Forwarded-For: \xff", b"Origin: \xc3\x28",
]  # fmt: skip
BODIES = [
    b"",
    b"0\r\n\r\n",
    b"5\r\nabc",
    b"ffffffffffffffff\r\n",
    b"text=%ff&text=\x00",
    b"--\r\n\r\n--",
    b"GET /admin/ HTTP/1.1\r\nHost: x\r\n\r\n",
]


def run(times: int) -> list[Line]:
    """Two lines: broken HTTP, and what the scanner found."""
    with tempfile.TemporaryDirectory(prefix="scanned-") as folder:
        server = Server(Path(folder), f"sqlite:///{folder}/site.sqlite3")
        server.manage("migrate", "--verbosity", "0")
        server.manage("bootstrap")
        with server:
            broken = _break(server, times)
            return [broken, _scan(server, Path(folder))]


# Broken HTTP


def _break(server: Server, times: int) -> Line:
    draw, broke = random.Random(20261122), []  # repeats itself on purpose
    for number in range(times):
        lines = [draw.choice(FIRST_LINES), *draw.sample(LINES, draw.randint(0, 3))]
        request = draw.choice([b"\r\n", b"\r\n", b"\n"]).join([*lines, b"", b""]) + draw.choice(BODIES)
        answer = _exchange(server.port, request)
        status = int(answer[9:12]) if answer.startswith(b"HTTP/1.") and answer[9:12].isdigit() else 0
        if status in {500, 502, 503, 504} or b"Traceback" in answer or b"root:x:" in answer or b"SECRET_KEY" in answer:
            broke.append(f"{request[:200]!r}: {answer[:200]!r}")
        if number % 20 == 19 and not _exchange(
            server.port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 20
        ).startswith(b"HTTP/1.1 200"):
            return Line(
                "broken HTTP on the bare socket",
                number + 1,
                [*broke, f"the server did not answer after {request[:200]!r}"],
            )
    return Line("broken HTTP on the bare socket", times, broke)


def _exchange(port: int, request: bytes, seconds: float = 1) -> bytes:
    """What comes back within a moment; nothing where the server closes or waits for more. The line stays open both ways: a
    server may drop the request of whoever hangs up."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            line.sendall(request)
            line.settimeout(seconds)
            return line.recv(4000)
    except (TimeoutError, OSError):
        return b""


# The scanner


def _scan(server: Server, folder: Path) -> Line:
    program, report = _program(), folder / "report.json"
    starts = [part for path in STARTS for part in ("-s", f"{server.url}/{path}")]
    command = [
        str(program), "-u", f"{server.url}/", "--scope", "domain", *starts, "-m", MODULES, "-d", "3", "--max-links-per-page", "20",
        "--max-files-per-dir", "12", "--max-parameters", "12", "--max-scan-time", str(CRAWL), "--max-attack-time", str(ATTACK),
        "--tasks", "4", "-f", "json", "-o", str(report), "--flush-session", "--no-bugreport", "-v", "0", "--store-session", str(folder / "session"),
    ]  # fmt: skip
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * (CRAWL + ATTACK * len(MODULES.split(","))),  # it ends by itself long before
        env={**os.environ, "HOME": str(folder)},
    )
    if not report.exists():
        return Line("scanner (wapiti)", 0, [f"wrote no report: {done.stdout[-300:]} {done.stderr[-300:]}"])
    data = json.loads(report.read_text(encoding="utf-8"))
    return Line("pages scanned by wapiti", int(data["infos"].get("crawled_pages_nbr") or 0), findings(data, server))


def findings(report: dict[str, Any], server: Server) -> list[str]:
    """Everything above informational that the scanner says, but what belongs to plain http alone, and forms without a token
    that refuse every page but our own: the scanner knows tokens only, and public pages set no cookie to hold one."""
    rows = [
        (name, one)
        for part in ("vulnerabilities", "anomalies")
        for name, found in report[part].items()
        for one in found
        if one["level"] > 0
    ]
    return [
        f"{name} (level {one['level']}): {one['method']} {one['path']} {one['info']}"
        for name, one in rows
        if not any(sign in f"{name} {one['info']}" for sign in ONLY_PLAIN_HTTP)
        and not (one["info"] == NO_TOKEN and _refuses_others(server, one["path"]))
    ]


def _refuses_others(server: Server, path: str) -> bool:
    """Whether a form takes nothing from a page elsewhere, nor from one that does not say where it is."""
    answers = [
        _exchange(
            server.port,
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{origin}Content-Length: 0\r\n\r\n".encode(),
            20,
        )
        for origin in ("", "Origin: https://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n")
    ]
    return all(answer.startswith(b"HTTP/1.1 403") for answer in answers)


def _program() -> Path:
    """The scanner in an environment of its own; it is no dependency of the project."""
    program = ENVIRONMENT / "bin" / "wapiti"
    if not program.exists():
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        subprocess.run([str(ENVIRONMENT / "bin" / "pip"), "install", "--quiet", SCANNER], check=True, stdout=sys.stderr)
    return program
