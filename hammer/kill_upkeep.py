"""Killed while the site keeps itself up: it rebuilds the search, makes a backup, and does what the timer asks."""

from __future__ import annotations

import datetime as dt
import io
import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from faq.models import QuestionRevision
from feedback import counting
from feedback.models import DailyViews
from hammer.kill_trial import Say, Trial
from publishing.drafts import open_draft
from publishing.models import AuditEvent, State
from search import rebuild, rebuild_related
from search.engine import search
from yibao_site.backup.making import make
from yibao_site.backup.restoring import verify
from yibao_site.backup.rotation import backups


class Rebuild(Trial):
    """Search index and related pages are built anew."""

    name = "search and related pages are rebuilt"

    def work(self, number: int, say: Say) -> None:
        rebuild.rebuild()
        rebuild_related.rebuild()

    def check(self, acks: list[str]) -> Iterator[str]:
        if len(search("备案").hits) < 2:
            yield "search does not find what it found before"


class Backup(Trial):
    """A backup is made."""

    name = "a backup is made"

    def before(self, number: int) -> None:
        self.to = self.scene.folder / "backups"
        media = Path(settings.MEDIA_ROOT)
        if number == 0:
            media.mkdir(parents=True, exist_ok=True)
            for picture in range(5):
                (media / f"{picture}.webp").write_bytes(os.urandom(20_000))

    def work(self, number: int, say: Say) -> None:
        for step in count():
            made = make(self.to)
            say(f"【{number}-{step}】{made.path.name}")

    def check(self, acks: list[str]) -> Iterator[str]:
        found = backups(self.to)
        yield from (
            f"{ack} was made and is not there" for ack in acks if not (self.to / ack.partition("】")[2]).exists()
        )
        others = {path.name for path in self.to.iterdir()} - {path.name for path in found}
        yield from (
            f"{name} looks like a backup" for name in others if not name.startswith((".", "backup.prom", "backup.part"))
        )
        for path in found:
            try:
                verify(path)
            except Exception as error:  # whatever is wrong with it belongs into the table
                yield f"{path.name} is not whole: {error}"
            path.unlink()
        left = sum(path.name.startswith(".part-") for path in self.to.iterdir())
        if left > 1:
            yield f"{left} unfinished backups lie about"


class Housekeeping(Trial):
    """The timer's work: publishes what is due, adds up views, follows figures, forgets what is old."""

    name = "housekeeping works"
    VIEWS = 7

    def before(self, number: int) -> None:
        """Three texts whose moment has come, and views that nobody has added up."""
        self.due = []
        for page in range(12, 15):
            draft = open_draft(self.scene.page(page), self.scene.writer)
            draft.summary, draft.state = f"【{number}-{page}】先问参保地。", State.SCHEDULED
            draft.reviewer, draft.publish_at = self.scene.reviewer, timezone.now() - dt.timedelta(seconds=1)
            draft.save()
            self.due.append(draft.pk)
        self.views = self._total() + self.VIEWS
        notes = Path(settings.VIEWS_DIR) / "current"
        notes.parent.mkdir(parents=True, exist_ok=True)
        with notes.open("a") as file:
            file.write(f"{timezone.localdate()} question {self.scene.pages[3]} abcdef12\n" * self.VIEWS)
        long_ago = time.time() - 60  # nobody writes to it any more
        os.utime(notes, (long_ago, long_ago))

    def _total(self) -> int:
        return sum(DailyViews.objects.filter(object_id=self.scene.pages[3]).values_list("views", flat=True))

    def work(self, number: int, say: Say) -> None:
        call_command("housekeeping", stdout=io.StringIO())

    def check(self, acks: list[str]) -> Iterator[str]:
        """A kill may leave work undone, never done twice: the next run does the rest."""
        for path in Path(settings.VIEWS_DIR).glob("*"):
            os.utime(path, (time.time() - 60, time.time() - 60))
        call_command("housekeeping", stdout=io.StringIO())
        for pk in self.due:
            text = QuestionRevision.objects.select_related("document").get(pk=pk)
            events = AuditEvent.objects.filter(
                action="publish", object_id=text.document_id, details__number=text.number
            )
            if text.document.live_id != pk or events.count() != 1:
                yield f"a scheduled text is {text.state} and was published {events.count()} times"
        if self._total() != self.views:
            yield f"{self._total()} views are counted instead of {self.views}"
        if left := [store for store in counting.stores() if any(store.batches())]:
            yield f"views lie about in {left}"
