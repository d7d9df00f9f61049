"""`manage.py housekeeping`: does what is due. Run it every minute."""

from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from publishing.housekeeping import jobs
from yibao_site.observability.figures import housekeeping_done

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Does everything that is due: scheduled publishing, search engine pushes, counters, retention, reminders."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = []
        for name, job in jobs():
            try:
                said = job()
            except Exception:  # one broken job must not stop the others
                log.exception("housekeeping job %s failed", name)
                failed.append(name)
            else:
                if said:
                    self.stdout.write(f"{name}: {said}")
        if failed:
            raise CommandError(f"These jobs failed, see the log: {', '.join(failed)}")
        housekeeping_done()
