"""`manage.py export_static FOLDER`: every public page as a file that nginx can serve while the site is down."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from yibao_site import mirror


class Command(BaseCommand):
    help = "Writes all public pages into FOLDER/current; what did not change is not written again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, verbosity: int, **options: Any) -> None:
        with tqdm(unit="page", disable=None if verbosity else True) as bar:

            def show(done: int, known: int) -> None:
                bar.total = known
                bar.update(done - bar.n)

            try:
                report = mirror.export(folder, show)
            except mirror.Refused as refusal:
                raise CommandError(f"The mirror stays as it was: {refusal}.") from refusal
        self.stdout.write(f"{report.written} pages written, {report.unchanged} unchanged.")
        if report.failed:
            for address, reason in report.failed.items():
                self.stderr.write(f"{address}: {reason}")
            raise CommandError(
                f"{len(report.failed)} pages failed; each keeps its file of last time, where it has one."
            )
