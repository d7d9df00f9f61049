"""`manage.py rebuild_related`: every list of related pages anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from search.rebuild_related import rebuild


class Command(BaseCommand):
    help = "Works out every list of related pages anew. Safe to repeat; readers see the old lists until it is done."

    def handle(self, *args: Any, **options: Any) -> None:
        done = rebuild(lambda pages: tqdm(pages, unit="page", disable=None))
        self.stdout.write(
            f"{done.pages} pages, {done.links} links, {done.moved} of them moved so that every page is found; "
            f"{done.duplicates} pairs say nearly the same."
        )
