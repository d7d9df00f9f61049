"""`manage.py filing_graph > guide.svg`: the whole guide as one picture for reviewers."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from filing import book
from filing.graph import draw


class Command(BaseCommand):
    help = "Prints the questions, rules and verdicts of the filing guide as SVG."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, help="a file instead of the standard output")

    def handle(self, *args: Any, output: Path | None, **options: Any) -> None:
        picture = draw(book.load())
        if output:
            output.write_text(picture, encoding="utf-8")
        else:
            self.stdout.write(picture, ending="")
