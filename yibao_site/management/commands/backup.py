"""`manage.py backup`: database and pictures into one checked file; old ones are rotated."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yibao_site.backup import BackupError
from yibao_site.backup.making import make
from yibao_site.backup.restoring import verify


class Command(BaseCommand):
    help = "Backs up database and pictures into one file, checks it, and deletes backups that are no longer wanted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BACKUP_DIR, help="the folder; by default BACKUP_DIR")
        parser.add_argument(
            "--encrypt-to", action="append", metavar="RECIPIENT", help="a public age key; may be repeated"
        )
        parser.add_argument(
            "--keep",
            default="",
            metavar="D,W,M",
            help="days, weeks and months of which the last backup is kept (BACKUP_KEEP)",
        )
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument("--verify", type=Path, metavar="FILE", help="only check a backup, whole and readable")
        instead.add_argument(
            "--make-key", type=Path, metavar="FILE", help="only write a new private key, print its public one"
        )
        parser.add_argument(
            "--identity", type=Path, metavar="FILE", help="the private key, to verify an encrypted backup"
        )

    def handle(self, *args: Any, to: Path | None, verify: Path | None, make_key: Path | None, **options: Any) -> None:
        try:
            if make_key:
                self._make_key(make_key)
            elif verify:
                self._verify(verify, options["identity"])
            else:
                self._make(to, options["encrypt_to"] or settings.BACKUP_RECIPIENTS, options["keep"])
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error

    def _make(self, folder: Path | None, recipients: list[str], keep: str) -> None:
        if folder is None:
            raise CommandError("Say where to (--to FOLDER), or set BACKUP_DIR.")
        try:
            counts = [int(count) for count in keep.split(",")] if keep else settings.BACKUP_KEEP
            days, weeks, months = counts
        except ValueError as error:
            raise CommandError("--keep wants three numbers, such as 7,5,12.") from error
        made = make(folder, recipients, [days, weeks, months])
        self.stdout.write(
            f"{made.path}: {made.rows} rows and {made.pictures} pictures, {made.size / 1e6:.1f} MB, {made.seconds:.1f} s, read back "
            f"and found whole{', encrypted' if recipients else ''}. {len(made.removed)} older ones were deleted."
        )

    def _verify(self, file: Path, identity: Path | None) -> None:
        manifest = verify(file, identity)
        self.stdout.write(
            f"{file} is whole: {manifest.database} of {manifest.made_at}, {manifest.rows} rows in {len(manifest.tables)} tables, "
            f"{len(manifest.files) - 1} pictures."
        )

    def _make_key(self, file: Path) -> None:
        key = pyrage.x25519.Identity.generate()
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"The key was not written: {error}.") from error
        with os.fdopen(handle, "w") as opened:
            opened.write(f"# public key: {key.to_public()}\n{key}\n")
        self.stdout.write(
            f"Public key: {key.to_public()}\nPut it into BACKUP_RECIPIENTS. Move {file} away from this machine; "
            "without it nobody can read the backups."
        )
