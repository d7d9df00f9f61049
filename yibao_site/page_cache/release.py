"""What else changes pages: the code, the templates, the static files and the settings of this release."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from yibao_site import settings as ours

SUFFIXES = {".py", ".html", ".js", ".yaml"}
FOLDERS = {"migrations", "tests", "management", "__pycache__"}
FILES = ("requirements.txt", ".env")


def fingerprint() -> str:
    """A short text that is the same in all processes of a release and another one in the next."""
    digest = hashlib.blake2b(digest_size=12)
    for path in _files():
        digest.update(f"{path.relative_to(settings.BASE_DIR)}\n".encode())
        digest.update(path.read_bytes())
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    digest.update(manifest.read_bytes() if manifest.is_file() else b"")
    for name in sorted(vars(ours)):  # axes adds one to `settings` that reads differently in every process
        if name.isupper():
            digest.update(f"{name}={getattr(settings, name)!r}\n".encode())
    return digest.hexdigest()


def made_at() -> float:
    """When the newest file of this release was written, in seconds since 1970."""
    return max((path.stat().st_mtime for path in _files()), default=0.0)


def _files() -> Iterator[Path]:
    """Everything that pages are made of, in a stable order."""
    base = Path(settings.BASE_DIR)
    rooms = sorted({app.partition(".")[0] for app in settings.INSTALLED_APPS})
    for room in (*(room for room in rooms if (base / room).is_dir()), "templates"):
        for path in sorted((base / room).rglob("*")):
            if path.suffix in SUFFIXES and not FOLDERS & set(path.parts[len(base.parts) :]):
                yield path
    for name in FILES:
        if (base / name).is_file():
            yield base / name
