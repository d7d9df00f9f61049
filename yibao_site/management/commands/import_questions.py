"""`manage.py import_questions FILE`: many questions from a file of JSON lines into drafts, all of them or none."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from publishing import bulk
from publishing.registry import content_type


class Command(BaseCommand):
    help = (
        "Reads one question a line, as JSON with the columns of the spreadsheet (title, summary, body, steps, sources, topics, "
        "provinces, search_terms ...); lists may be JSON lists. Each becomes a draft. One bad line and nothing is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a file with one JSON object a line")
        parser.add_argument("--kind", default="question", choices=["question", "article"], help="what the lines are")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--user", default="", help="whose drafts they become (a username)")

    def handle(self, *args: Any, file: Path, kind: str, dry_run: bool, user: str, **options: Any) -> None:
        author = get_user_model().objects.filter(username=user).first() if user else None
        if user and author is None:
            raise CommandError(f"There is no user “{user}”.")
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        started = time.monotonic()
        with file.open(encoding="utf-8-sig") as lines:
            rows = tqdm(_rows(lines), unit=" rows", desc=file.name, disable=None if options["verbosity"] else True)
            report = bulk.read(content_type(kind), rows, author, dry_run=dry_run)
        if report.errors:
            raise CommandError("Nothing was written.\n" + "\n".join(report.errors))
        seconds = time.monotonic() - started
        verb = "Would write" if dry_run else "Wrote"
        rate = (report.new + report.known) / seconds
        self.stdout.write(
            f"{verb} {report.new} new drafts, {report.known} rows about known pages: {rate:.0f} rows a second."
        )


def _rows(lines: TextIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise CommandError(f"Line {number} is no JSON: {error}. Nothing was written.") from error
        if not isinstance(row, dict):
            raise CommandError(f"Line {number} is no JSON object. Nothing was written.")
        yield row
