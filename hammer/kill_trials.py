"""What is under way when the kill comes, and what must hold afterwards. Django is set up before this is imported."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from faq.models import Question, QuestionRevision
from feedback import counting
from feedback.models import DailyViews
from publishing import conflicts, version
from publishing.drafts import open_draft
from publishing.models import AuditEvent, State
from publishing.registry import content_type
from publishing.roles import Role
from publishing.rows import row_of
from publishing.tests.desk_forms import text_form, text_url
from search import rebuild, rebuild_related
from search.engine import search
from seo.models import Notice
from tests.factories import make_article, make_policy, make_province, make_question, make_topic, make_user
from yibao_site.backup.making import make
from yibao_site.backup.restoring import verify
from yibao_site.backup.rotation import backups
from yibao_site.content.markdown import read_folder, to_markdown

Say = Callable[[str], None]
PAGES = 24
SUBJECTS = ["备案", "急诊", "住院", "门诊", "转诊", "报销", "退休", "生育", "慢病", "药店", "押金", "票据"]


class Scene:
    """A small site with a writer, a reviewer, and pages for each trial."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writer, self.reviewer = make_user("writer", role=Role.WRITER), make_user("reviewer", role=Role.REVIEWER)
        policy, places = make_policy(), [None, [make_province()], [make_province("四川", "sichuan")]]
        topics = [[make_topic()], [make_topic("住院", "hospital")]]
        self.pages = [
            make_question(
                f"去外地{SUBJECTS[number % 12]}第{number}种情形怎么办？",
                summary=f"第{number}种情形先看{SUBJECTS[number % 12]}的规定，再问参保地。",
                body=f"<p>{SUBJECTS[(number * 5) % 12]}和{SUBJECTS[(number * 7) % 12]}要分开看。[^1]</p>",
                policies=[policy], provinces=places[number % 3], topics=topics[number % 2],
            ).pk
            for number in range(PAGES)
        ]  # fmt: skip
        make_article()
        rebuild.rebuild()  # but not the related pages: their library starts threads, and a fork takes none along
        Client().get("/admin/login/")  # loads everything once, for all forks
        self.reader = Reader()
        self.cookies = {user.pk: self._cookie(user) for user in (self.writer, self.reviewer)}

    def _cookie(self, user: Any) -> str:
        client = Client()
        client.force_login(user)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def client(self, user: Any) -> Client:
        """The browser of somebody who is logged in, as it was before the kill."""
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[user.pk]
        return client

    def page(self, number: int) -> Question:
        return Question.objects.select_related("live").get(pk=self.pages[number])


def mark_of(text: str) -> tuple[int, int]:
    """The round and step in a text such as 【3-14】."""
    inner = text.partition("【")[2].partition("】")[0]
    first, _, second = inner.partition("-")
    return (int(first), int(second)) if first.isdigit() and second.isdigit() else (-1, -1)


def accepted(acks: list[str]) -> tuple[int, int]:
    """The last step that the site said it had done."""
    return max((mark_of(ack) for ack in acks), default=(-1, -1))


def behind(what: str, found: tuple[int, int], acks: list[str]) -> Iterator[str]:
    """A sentence where something accepted is missing."""
    if found < accepted(acks):
        yield f"{what}: {accepted(acks)} was accepted, {found} is there"


def stamp() -> str:
    """The content version as the database has it now."""
    version.forget()
    return version.current()


class Trial:
    """One kind of work. `work` runs in a process that is killed; `check` afterwards in one that is not."""

    name = ""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def before(self, number: int) -> None:
        """Sets the stage for a round."""

    def ready(self) -> None:
        """Warms up what a running site would have warm."""
        connection.ensure_connection()

    def work(self, number: int, say: Say) -> None:
        """Works until the end, or for ever."""
        raise NotImplementedError

    def check(self, acks: list[str]) -> Iterator[str]:
        """A sentence for everything that must hold and does not."""
        raise NotImplementedError


class Save(Trial):
    """An editor saves by hand and by autosave."""

    name = "an editor saves a draft"

    def before(self, number: int) -> None:
        if number == 0:
            self.draft = open_draft(self.scene.page(0), self.scene.writer).pk

    def ready(self) -> None:
        self.client = self.scene.client(self.scene.writer)
        self.data = text_form(self.client, QuestionRevision.objects.get(pk=self.draft))

    def work(self, number: int, say: Say) -> None:
        for step in count():
            mark = f"【{number}-{step}】"
            draft = QuestionRevision.objects.get(pk=self.draft)
            data = self.data | {
                "summary": f"{mark}先问参保地。", "steps": f"{mark}打电话", "body": f"<p>{mark}要看参保地。[^1]</p>",
                "version_token": conflicts.token(draft),
            }  # fmt: skip
            if step % 2:
                answer = self.client.post(
                    text_url(draft, "autosave"), json.dumps(data), content_type="application/json"
                )
            else:
                answer = self.client.post(text_url(draft), data)
            if answer.status_code not in {200, 302}:
                raise RuntimeError(f"{answer.status_code} {answer.content.decode()[:300]}")
            say(mark)

    def check(self, acks: list[str]) -> Iterator[str]:
        draft = QuestionRevision.objects.get(pk=self.draft)
        marks = {mark_of(draft.summary), mark_of(draft.steps), mark_of(draft.body)}
        if len(marks) > 1:
            yield f"half of a save is there: {marks}"
        yield from behind("save", min(marks), acks)


class Publish(Trial):
    """A reviewer publishes in the admin what a writer wrote."""

    name = "a reviewer publishes"

    def before(self, number: int) -> None:
        self.stamp, self.live = stamp(), self.scene.page(1).live_id

    def ready(self) -> None:
        self.client = self.scene.client(self.scene.reviewer)
        self.client.get("/admin/faq/question/")

    def work(self, number: int, say: Say) -> None:
        for step in count():
            mark = f"【{number}-{step}】"
            draft = open_draft(self.scene.page(1), self.scene.writer)
            draft.title, draft.summary = f"{mark}去外地备案怎么办？", f"{mark}先问参保地。"
            draft.body, draft.author = f"<p>{mark}要看参保地。[^1]</p>", self.scene.writer
            draft.save()
            answer = self.client.post(text_url(draft), text_form(self.client, draft) | {"_publish": "1"})
            if answer.status_code != 302 or self.scene.page(1).live_id != draft.pk:
                raise RuntimeError(f"not published: {answer.status_code} {answer.content.decode()[:300]}")
            say(mark)

    def check(self, acks: list[str]) -> Iterator[str]:
        page = self.scene.page(1)
        marks = {mark_of(text) for text in (page.live.title, page.live.summary, page.live.body)}
        if len(marks) > 1:
            yield f"half of a version is live: {marks}"
        yield from behind("publish", min(marks), acks)
        if page.live_id != self.live and stamp() == self.stamp:
            yield "the page changed and the content version did not"
        path = page.get_absolute_url()
        events = AuditEvent.objects.filter(action="publish", object_id=page.pk).count()
        notices = Notice.objects.filter(path=path, reason="published").count()
        if events + 1 != notices:  # its first publication was made without anybody's verb
            yield f"{events} publications in the record, {notices - 1} notices for search engines"
        if not self.scene.reader.holds(path, page.live.title):
            yield "the page served is not the live one"


class Reader:
    """A process of the site that runs all the time and is never killed; its page cache must notice what happened."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "hammer.kill_reader"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def holds(self, path: str, text: str) -> bool:
        """Whether the page shows the text, at the latest when a database that was down is asked again."""
        for _ in range(10):
            self.process.stdin.write(f"{path}\n")
            self.process.stdin.flush()
            if text in json.loads(self.process.stdout.readline()):
                return True
            time.sleep(0.5)
        return False


class Import(Trial):
    """Markdown files become drafts: all of them or none."""

    name = "files are imported"
    SIZE = 8

    def before(self, number: int) -> None:
        self.files = self.scene.folder / "import" / "question"
        if number == 0:
            self.files.mkdir(parents=True)
            kind = content_type("question")
            self.rows = {pk: row_of(kind, Question.objects.get(pk=pk)) for pk in self.scene.pages[2 : 2 + self.SIZE]}

    def work(self, number: int, say: Say) -> None:
        for step in count():
            mark = f"【{number}-{step}】"
            for pk, row in self.rows.items():
                text = to_markdown(content_type("question"), row | {"summary": f"{mark}先问参保地。"})
                (self.files / f"{pk}.md").write_text(text, encoding="utf-8")
            report = read_folder(self.files.parent, self.scene.writer)
            if report.errors:
                raise RuntimeError("; ".join(report.errors))
            say(mark)

    def check(self, acks: list[str]) -> Iterator[str]:
        texts = [Question.objects.get(pk=pk).working_revision for pk in self.rows]
        marks = {mark_of(text.summary) if text else (-1, -1) for text in texts}
        if len(marks) > 1:
            yield f"half of an import is there: {sorted(marks)}"
        yield from behind("import", min(marks), acks)


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


TRIALS = [Save, Publish, Import, Rebuild, Backup, Housekeeping]
