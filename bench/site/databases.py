"""The databases that are measured: made by bench/make_corpus.py, or by an import of many entries at once."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from bench.site.report import Section
from bench.site.servers import ROOT

REAL = 202  # questions of the real content


def environment(url: str, folder: Path) -> dict[str, str]:
    """What a program of ours needs to work on a database."""
    return os.environ | {
        "DATABASE_URL": url, "SECRET_KEY": secrets.token_urlsafe(50), "VAR_DIR": str(folder / "var"), "PAGE_CACHE": "off",
        "CACHE_URL": "", "DEBUG": "false", "SITE_URL": "http://127.0.0.1", "PYTHONPATH": str(ROOT), "SLOW_QUERY_MS": "60000",
        "DJANGO_SETTINGS_MODULE": "yibao_site.settings",
    }  # fmt: skip


def run(command: list[str], url: str, folder: Path) -> str:
    """What a program prints; RuntimeError with its words where it fails."""
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment(url, folder), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    return done.stdout


def static_files(folder: Path) -> Path:
    """The folder of the site's static files, collected when first asked for, where `run` finds them too."""
    collected = folder / "var" / "static"
    if not collected.exists():
        run(["manage.py", "collectstatic", "--noinput", "--verbosity=0"], "sqlite:///:memory:", folder)
    return collected


def corpus(folder: Path, size: int) -> Path:
    """A SQLite file with the real content and made questions, so many in all."""
    file = folder / f"{size}.sqlite3"
    if not file.exists():
        print(f"  making a corpus of {size:,} …", flush=True)
        run(["bench/make_corpus.py", str(size - REAL)], f"sqlite:///{file}", folder)
    return file


def questions_in(url: str) -> int:
    """How many questions a PostgreSQL database has."""
    import psycopg

    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM faq_question").fetchone()[0]


@contextmanager
def on_postgresql(server: str) -> Iterator[str]:
    """The address of a database of 300 questions on a PostgreSQL server; dropped afterwards."""
    import psycopg

    name = f"bench_site_{secrets.token_hex(4)}"
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        run(["bench/make_corpus.py", str(300 - REAL)], url, Path("/tmp"))
        yield url
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def importing(folder: Path, count: int) -> Section:
    """How fast many questions come in through the site's own import, with everything that it checks."""
    section = Section(
        "Many entries at once",
        f"`manage.py import_questions` with {count:,} questions like the real ones into SQLite: read, checked, sanitised, stored as "
        "drafts with their sources, topics, figures and pinned questions.",
    )
    file, lines = corpus(folder, 300), folder / "questions.jsonl"
    copy = folder / "import.sqlite3"
    copy.write_bytes(file.read_bytes())
    url = f"sqlite:///{copy}"
    run(["-m", "bench.site.import_file", str(lines), str(count)], url, folder)
    said = run(["manage.py", "import_questions", str(lines)], url, folder)
    rate = re.search(r"([\d.]+) rows a second", said)
    new = re.search(r"(\d+) new", said)
    if not rate or not new or int(new[1]) < count * 0.9:
        raise RuntimeError(f"import_questions said: {said}")
    section.add("import_questions, SQLite", f"{float(rate[1]):,.0f}/s", ">= 2,000/s", float(rate[1]) >= 2000)
    return section
