"""`manage.py purge_proxy`: throws away nginx's copies of pages; with `--watch` whenever content changes."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yibao_site import proxy_cache


class Command(BaseCommand):
    help = "Empties the folder of nginx's copies of pages (PROXY_CACHE_DIR)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--watch", action="store_true", help="goes on: empties it within a second of every change")

    def handle(self, *args: Any, watch: bool, **options: Any) -> None:
        if not settings.PROXY_CACHE_DIR:
            raise CommandError("PROXY_CACHE_DIR is not set: where does nginx keep its copies?")
        folder = Path(settings.PROXY_CACHE_DIR)
        if watch:
            proxy_cache.watch(folder)
        self.stdout.write(f"{proxy_cache.empty(folder)} copies thrown away.")
