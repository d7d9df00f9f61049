"""Killed while editors work: they save, publish and import."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count

from faq.models import Question, QuestionRevision
from hammer.kill_trial import Say, Trial, behind, mark_of
from publishing import conflicts, version
from publishing.drafts import open_draft
from publishing.models import AuditEvent
from publishing.registry import content_type
from publishing.rows import row_of
from publishing.tests.desk_forms import text_form, text_url
from seo.models import Notice
from yibao_site.content.markdown import read_folder, to_markdown


def stamp() -> str:
    """The content version as the database has it now."""
    version.forget()
    return version.current()


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
