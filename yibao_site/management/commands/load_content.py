"""`manage.py load_content fixtures`: content files into the database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from publishing import registry
from search import rebuild, rebuild_related
from search.seed import load_words
from yibao_site.content.documents import load_documents
from yibao_site.content.files import ContentError
from yibao_site.content.filing import load_filing
from yibao_site.content.reference import load_reference


class Command(BaseCommand):
    help = "Loads topics, places, policies, figures, questions and articles from YAML files. Existing pages are left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder with the content files")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            with transaction.atomic():
                counts = {**load_reference(folder), **load_filing(folder), "search word sets": load_words(folder)}
                with registry.quiet():
                    counts |= load_documents(folder)
                rebuild.rebuild()
                rebuild_related.rebuild()
        except ContentError as error:
            raise CommandError(f"Nothing was loaded. {error}") from error
        self.stdout.write("Loaded " + ", ".join(f"{count} {name}" for name, count in counts.items()) + ".")
