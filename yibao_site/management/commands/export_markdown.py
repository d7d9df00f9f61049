"""`manage.py export_markdown FOLDER`: every question and article as a Markdown file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from yibao_site.content.markdown import write_folder


class Command(BaseCommand):
    help = "Writes every question and article as a Markdown file with front matter; import_markdown reads them back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where to write; made if it is missing")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        self.stdout.write(f"Wrote {write_folder(folder)} files to {folder}.")
