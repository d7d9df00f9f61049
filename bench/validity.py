"""The Nu HTML checker (npm `vnu-jar`, Java) on a page of every template; says so where npm or Java is missing.

`make test` always parses every page strictly (tests/test_markup.py); this is the second, more exacting opinion.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django

VERSION = "26.9.27"
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "yibao_site.settings",
    "SECRET_KEY": "only-for-checking-" + "0123456789" * 5,
    "DEBUG": "false",
    "CACHE_URL": "",
    "SITE_URL": "http://127.0.0.1:8000",
    "LOG_LEVEL": "ERROR",
}


def checker(folder: Path) -> Path | None:
    """The checker's jar, fetched with npm; None where that does not work."""
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"vnu-jar@{VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    jar = folder / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    return jar if done.returncode == 0 and jar.exists() else None


def write_pages(folder: Path) -> int:
    """Writes a page of every template as a file; gives back how many."""
    os.environ.update(SETTINGS, DATABASE_URL=f"sqlite:///{folder / 'site.sqlite3'}")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from tests.pages import pages

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    call_command("bootstrap", stdout=open(os.devnull, "w"))  # noqa: SIM115, PTH123 - for the length of the script
    client = Client(SERVER_NAME="127.0.0.1")
    found = pages()
    for name, path in found.items():
        (folder / f"{name}.html").write_bytes(client.get(path).content)
    return len(found)


def main() -> int:
    if not shutil.which("npm") or not shutil.which("java"):
        print("Skipped: the Nu HTML checker needs npm and Java.")
        return 0
    with tempfile.TemporaryDirectory(prefix="yibao-validity-") as scratch:
        folder = Path(scratch)
        jar = checker(folder)
        if jar is None:
            print("Skipped: npm could not fetch the Nu HTML checker.")
            return 0
        count = write_pages(folder)
        files = sorted(str(path) for path in folder.glob("*.html"))
        done = subprocess.run(
            ["java", "-jar", str(jar), "--errors-only", "--format", "gnu", *files],
            capture_output=True,
            text=True,
            check=False,
        )
        errors = [line.replace(f"file:{folder}/", "") for line in done.stderr.splitlines() if line]
        print(*errors, sep="\n", end="\n" if errors else "")
        print(f"Nu HTML checker {VERSION}: {count} pages, {len(errors)} errors.")
        return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
