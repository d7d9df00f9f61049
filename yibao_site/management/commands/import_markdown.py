"""`manage.py import_markdown FOLDER [--dry-run]`: Markdown files into drafts, all of them or none."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from yibao_site.content.markdown import read_folder


class Command(BaseCommand):
    help = "Reads Markdown files into drafts. One bad file and nothing is written; files that say nothing new change nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder as export_markdown writes it")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--user", default="", help="whose drafts they become (a username)")

    def handle(self, *args: Any, folder: Path, dry_run: bool, user: str, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        author = get_user_model().objects.filter(username=user).first() if user else None
        if user and author is None:
            raise CommandError(f"There is no user “{user}”.")
        report = read_folder(folder, author, dry_run=dry_run)
        if report.errors:
            raise CommandError("Nothing was written.\n" + "\n".join(report.errors))
        new, changed, same = report.counts()
        verb = "Would write" if dry_run else "Wrote"
        self.stdout.write(f"{verb} {new} new and {changed} changed pages as drafts; {same} said nothing new.")
