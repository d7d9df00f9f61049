"""Puts a backup into a new place and looks whether all of it arrived."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from yibao_site.backup import BackupError, archive, dumps
from yibao_site.backup.fingerprint import differences
from yibao_site.backup.targets import FLAG, Target, stamp, target_of


@dataclass(frozen=True)
class Restored:
    """What is there again."""

    rows: int
    pictures: int
    seconds: float
    kept: list[str]
    migrated: int


@contextmanager
def opened(file: Path, identity: Path | None, beside: Path) -> Iterator[tuple[archive.Manifest, Path]]:
    """The manifest of a backup and the folder with its verified content, for a while."""
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=beside) as name:
        scratch = Path(name)
        plain = file
        if file.suffix == ".age":
            plain = scratch / "archive"
            archive.decrypt(file, plain, identity)
        content = scratch / "content"
        content.mkdir()
        yield archive.read(plain, content), content


def verify(file: Path, identity: Path | None = None) -> archive.Manifest:
    """Reads a backup as a restore would, database included, and gives back what it holds; BackupError if it is not whole."""
    with opened(file, identity, Path(tempfile.gettempdir())) as (manifest, content):
        if manifest.database == "sqlite":
            _compare(manifest, dumps.examine_sqlite(content / manifest.dump))
        return manifest


def restore(file: Path, url: str, media: Path, identity: Path | None = None, *, replace: bool = False) -> Restored:
    """Loads database and pictures into a place where nothing is, or, with `replace`, beside what is kept aside there."""
    started, target = time.monotonic(), target_of(url)
    full = [str(place) for place, empty in ((url, target.is_empty()), (media, _is_empty(media))) if not empty]
    if full and not replace:
        raise BackupError(
            f"The target is not empty. Nothing was changed. {FLAG} keeps what is there aside and goes on."
        )
    with opened(file, identity, media.absolute().parent) as (manifest, content):
        newer = _unknown(manifest)
        if newer:
            raise BackupError(
                f"The backup is newer than this code, which does not know {newer[0]}. Install the newer release."
            )
        kept, steps = _set_aside(target, media), _missing(manifest)
        try:
            target.load(manifest.database, content / manifest.dump, migrate, older=bool(steps))
            if manifest.database == target.vendor:
                _compare(manifest, target.fingerprint())
            _place(content / archive.MEDIA, media)
        except BaseException:
            _take_back(target, media, kept)
            raise
    if steps and manifest.database == target.vendor:
        migrate(url)
    _run(url, "check_integrity", "--quick", f"--media={media.absolute()}")
    names = [name for name in kept.values() if name]
    return Restored(manifest.rows, len(manifest.files) - 1, time.monotonic() - started, names, len(steps))


def _is_empty(folder: Path) -> bool:
    return not folder.exists() or not any(folder.iterdir())


def _compare(manifest: archive.Manifest, found: dict[str, list]) -> None:
    if wrong := differences(manifest.tables, found):
        raise BackupError(f"The database differs from the one that was backed up: {'; '.join(wrong[:5])}.")


def _unknown(manifest: archive.Manifest) -> list[str]:
    known = {f"{app}.{name}" for app, name in _migrations()}
    ours = {name.split(".")[0] for name in known}
    return [name for name in manifest.migrations if name.split(".")[0] in ours and name not in known]


def _missing(manifest: archive.Manifest) -> list[str]:
    return sorted({f"{app}.{name}" for app, name in _migrations()} - set(manifest.migrations))


def _migrations() -> list[tuple[str, str]]:
    return list(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _set_aside(target: Target, media: Path) -> dict[str, str]:
    """Moves away what is there, all of it or nothing; gives back where it is now."""
    now, aside = stamp(), None
    if not _is_empty(media):
        aside = media.rename(media.with_name(f"{media.name}.before-restore-{now}"))
    try:
        database = "" if target.is_empty() else target.set_aside(now)
    except BaseException:
        if aside:
            aside.rename(media)
        raise
    return {"database": database, "media": str(aside or "")}


def _take_back(target: Target, media: Path, kept: dict[str, str]) -> None:
    """After a failure everything is as it was."""
    target.clear()
    if kept["database"]:
        target.take_back(kept["database"])
    if kept["media"]:
        if media.exists():
            media.rmdir()
        Path(kept["media"]).rename(media)


def _place(content: Path, media: Path) -> None:
    """The pictures appear all at once; where the backup has none, an empty folder."""
    content.mkdir(exist_ok=True)
    if media.exists():
        media.rmdir()  # empty by now
    media.parent.mkdir(parents=True, exist_ok=True)
    content.rename(media)
    media.chmod(0o755)


def migrate(url: str) -> None:
    """Brings a database to the schema of this code, with its guards."""
    _run(url, "migrate", "--verbosity=0")


def _run(url: str, *arguments: str) -> None:
    """A command of this site on another database, in a process of its own: settings are read once a process."""
    environment = {**os.environ, "DATABASE_URL": url, "SECRET_KEY": settings.SECRET_KEY}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-1500:]
        raise BackupError(f"The data was restored, but `{arguments[0]}` is not content with it: {said}")
