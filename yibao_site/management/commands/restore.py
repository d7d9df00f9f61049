"""`manage.py restore FILE --into DATABASE_URL --media FOLDER`: a backup into a new place."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from yibao_site.backup import BackupError
from yibao_site.backup.restoring import restore
from yibao_site.backup.targets import FLAG


class Command(BaseCommand):
    help = "Restores a backup into an empty place and checks every table; a SQLite backup may become a PostgreSQL database."
    requires_system_checks = ()  # it must work while the site's own database does not

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--into", required=True, metavar="DATABASE_URL", help="the new database; must be empty")
        parser.add_argument(
            "--media", type=Path, required=True, metavar="FOLDER", help="where the pictures go; must be empty"
        )
        parser.add_argument("--identity", type=Path, metavar="FILE", help="the private age key of an encrypted backup")
        parser.add_argument(
            FLAG, action="store_true", dest="replace", help="the site is stopped; keep what is there aside and go on"
        )

    def handle(self, *args: Any, file: Path, into: str, media: Path, **options: Any) -> None:
        try:
            done = restore(file, into, media, options["identity"], replace=options["replace"])
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        for name in done.kept:
            self.stdout.write(f"What was there before is kept: {name}. Delete it when you are sure.")
        if done.migrated:
            self.stdout.write(f"The backup was made by an older release: {done.migrated} migrations were applied.")
        self.stdout.write(
            f"Restored and verified: {done.rows} rows, {done.pictures} pictures, {done.seconds:.1f} s. Everything agrees."
        )
