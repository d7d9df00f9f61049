"""`manage.py check_links [--external]`: links of published pages that lead nowhere."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from publishing.links import check, published_links


class Command(BaseCommand):
    help = "Asks every internal link of published pages, and with --external the others too, which are only reported."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--external", action="store_true", help="also ask other sites, slowly; their faults are only reported"
        )

    def handle(self, *args: Any, external: bool, **options: Any) -> None:
        faults = list(check(published_links(), external=external))
        for fault in faults:
            self.stdout.write(str(fault))
        ours = sum(fault.level != "report" for fault in faults)
        if ours:
            raise CommandError(f"{ours} links have to be mended.")
        self.stdout.write("Every internal link leads to a page.")
