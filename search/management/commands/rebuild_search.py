"""`manage.py rebuild_search`: the whole search index anew, while the site runs."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from search import statistics
from search.rebuild import drift, rebuild


class Command(BaseCommand):
    help = "Builds the search index anew beside the one in use and then swaps them. Searching and publishing go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare the index with the live documents")
        parser.add_argument("--count", action="store_true", help="only count the words of the index again")

    def handle(self, *args: Any, check: bool, count: bool, **options: Any) -> None:
        if check:
            self._check()
        elif count:
            self.stdout.write(f"Counted: {statistics.refresh()} words are kept.")
        else:
            before, started = drift(), time.monotonic()
            documents = rebuild(self._progress if options["verbosity"] else None)
            found = f"before: {before}" if before else "it was in order before"
            self.stdout.write(f"Indexed {documents} documents in {time.monotonic() - started:.1f} s ({found}).")
            self._check()

    def _progress(self, batches: Iterator[Any], total: int) -> Iterator[Any]:
        return iter(tqdm(batches, total=total, unit="batch", desc="rebuild_search"))

    def _check(self) -> None:
        found = drift()
        if found:
            raise CommandError(f"Index and live documents differ: {found}. Run rebuild_search.")
        self.stdout.write("The index holds every live document in its live version, and nothing else.")
