"""`manage.py maintenance on|off`: closes the public pages for a while, and opens them again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from yibao_site import maintenance


class Command(BaseCommand):
    help = "Lets public pages answer 503 with Retry-After (on) or as usual (off). The admin stays open."
    requires_system_checks = ()  # it must work while the database does not

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("switch", choices=["on", "off"])
        parser.add_argument("--minutes", type=int, default=30, help="when visitors and crawlers may come back (30)")

    def handle(self, *args: Any, switch: str, minutes: int, **options: Any) -> None:
        if not 1 <= minutes <= 7 * 24 * 60:
            raise CommandError("--minutes must be between 1 and 10080 (a week).")
        if switch == "on":
            maintenance.turn_on(minutes * 60)
            self.stdout.write(f"Public pages answer 503 on this machine; visitors are asked back in {minutes} minutes.")
        else:
            maintenance.turn_off()
            self.stdout.write("Public pages answer as usual.")
