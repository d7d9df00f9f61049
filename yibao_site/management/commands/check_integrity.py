"""`manage.py check_integrity`: does everything that must agree agree? For operators, after a restore or a crash."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management.base import BaseCommand, CommandError

from yibao_site.integrity import faults


class Command(BaseCommand):
    help = "Checks pointers, guards, search index, figures, related pages, notices and pictures. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quick", action="store_true", help="only what the database can say without every text")
        parser.add_argument("--media", type=Path, help="where the pictures are; by default MEDIA_ROOT")

    def handle(self, *args: Any, quick: bool = False, media: Path | None = None, **options: Any) -> None:
        found = list(faults(quick=quick, media=FileSystemStorage(media) if media else default_storage))
        for sentence in found:
            self.stdout.write(sentence)
        if found:
            raise CommandError(f"{len(found)} kinds of faults; see the sentences above.")
        self.stdout.write("Everything agrees.")
