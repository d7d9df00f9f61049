"""What the desk does by itself: publishing on time, reminding once, the trail, pictures, links; and failures half-way."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone
from PIL import Image, PngImagePlugin

from faq.models import Question
from publishing import registry, upkeep, workflow
from publishing.drafts import open_draft
from publishing.links import Link, check
from publishing.models import AuditEvent, Availability, Reminder, State
from publishing.roles import Role
from publishing.rules import is_dangerous, text_blockers
from publishing.tests.desk_forms import text_form, text_url
from publishing.workflow import Blocked
from tests.factories import draft_question, make_article, make_figure, make_question, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer() -> Any:
    return make_user("reviewer", role=Role.REVIEWER, email="reviewer@example.org")


class TestSchedule:
    def test_it_happens_once_at_its_time(self, reviewer, frozen) -> None:
        frozen("2026-11-22")
        draft = draft_question()
        workflow.schedule(draft, reviewer, timezone.now() + dt.timedelta(hours=2))
        assert upkeep.publish_due() == ""
        frozen("2026-11-22T14:00")
        assert upkeep.publish_due() == "1 published, 0 held back"
        assert upkeep.publish_due() == ""
        question = Question.objects.live().get()
        assert (question.live, question.live.reviewer) == (draft, reviewer)
        assert AuditEvent.objects.filter(action="publish").count() == 1

    def test_what_would_harm_waits_on_the_desk_and_goes_when_it_is_mended(self, reviewer, frozen) -> None:
        frozen("2026-11-22")
        value = make_figure("days", "2")
        draft = draft_question(summary="[[days]]办结")
        workflow.schedule(draft, reviewer, timezone.now() + dt.timedelta(hours=2))
        parameter = value.parameter
        parameter.values.all().delete()
        frozen("2026-11-23")
        assert upkeep.publish_due() == "0 published, 1 held back"
        assert not Question.objects.live().exists()
        make_figure("days", "1")
        assert upkeep.publish_due() == "1 published, 0 held back"

    def test_nobody_edits_what_is_scheduled(self, reviewer) -> None:
        draft = draft_question()
        workflow.schedule(draft, reviewer, timezone.now() + dt.timedelta(hours=2))
        client = Client()
        client.force_login(reviewer)
        assert client.post(f"/admin/faq/questionrevision/{draft.pk}/change/", {"title": "改"}).status_code == 403

    def test_a_time_that_is_past_is_refused(self, reviewer) -> None:
        with pytest.raises(Blocked, match="已经过去"):
            workflow.schedule(draft_question(), reviewer, timezone.now())

    def test_an_ended_page_leaves_nothing_waiting(self, reviewer) -> None:
        question = make_question()
        draft = open_draft(question, make_user())
        workflow.schedule(draft, reviewer, timezone.now() + dt.timedelta(hours=2))
        workflow.remove(question.live, reviewer, "重复")
        draft.refresh_from_db()
        assert (draft.state, draft.publish_at) == (State.DRAFT, None)


class TestReminders:
    def test_the_group_hears_once_when_due_and_once_when_late(self, reviewer, frozen) -> None:
        frozen("2026-11-22")
        owner = Group.objects.get(name=Role.REVIEWER)
        question = make_question(review_due_on=dt.date(2026, 12, 1))
        Question.objects.update(owner=owner)
        for day in ("2026-11-22", "2026-11-23", "2026-12-02", "2026-12-03"):
            frozen(day)
            upkeep.remind()
        assert [message.to for message in mail.outbox] == [["reviewer@example.org"]] * 2
        assert "快到期" in mail.outbox[0].body
        assert "已过期" in mail.outbox[1].body
        assert f"/admin/faq/question/{question.pk}/change/" in mail.outbox[0].body
        Question.objects.update(review_due_on=dt.date(2026, 12, 20))
        upkeep.remind()
        assert len(mail.outbox) == 3

    def test_a_mail_that_fails_is_sent_again(self, reviewer, frozen, monkeypatch) -> None:
        frozen("2026-11-22")
        make_question(review_due_on=dt.date(2026, 12, 1))
        Question.objects.update(owner=Group.objects.get(name=Role.REVIEWER))

        def fail(*args: Any, **options: Any) -> None:
            raise OSError("no mail today")

        with monkeypatch.context() as patched:
            patched.setattr(upkeep, "send_mail", fail)
            with pytest.raises(OSError, match="no mail today"):
                upkeep.remind()
        assert not Reminder.objects.exists()
        assert upkeep.remind() == "1 mails"


# Publishing is all or nothing, whichever step fails.


@pytest.mark.parametrize("step", ["superseded", "published", "document", "figures", "listener", "audit"])
@pytest.mark.parametrize("verb", ["publish", "force_publish", "scheduled"])
def test_a_failure_half_way_leaves_the_live_page_as_it_was(verb: str, step: str, reviewer, monkeypatch, client) -> None:
    question = make_question()
    draft = open_draft(question, make_user())
    draft.summary = "新的。"
    draft.save()
    if verb == "scheduled":
        workflow.schedule(draft, reviewer, timezone.now() + dt.timedelta(seconds=1))
    before = client.get(f"/faq/{question.pk}/").content
    state = list(question.revisions.order_by("number").values_list("state", flat=True))
    events = AuditEvent.objects.count()
    break_at(step, monkeypatch)
    acts = {
        "publish": lambda: workflow.publish(draft, reviewer), "force_publish": lambda: workflow.force_publish(draft, reviewer, "急"),
        "scheduled": lambda: workflow.publish_scheduled(draft, timezone.now() + dt.timedelta(minutes=1)),
    }  # fmt: skip
    with pytest.raises(RuntimeError, match="broken on purpose"):
        acts[verb]()
    monkeypatch.undo()
    question = Question.objects.live().get()
    assert question.live.number == 1
    assert list(question.revisions.order_by("number").values_list("state", flat=True)) == state
    assert AuditEvent.objects.count() == events
    assert client.get(f"/faq/{question.pk}/").content == before


def break_at(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes one step of publishing fail after the steps before it have written."""

    def fail(*args: Any, **options: Any) -> None:
        raise RuntimeError("broken on purpose")

    def fail_when(wanted: Any) -> Any:
        original = Question.revisions.rel.related_model.save

        def save(self: Any, *args: Any, **options: Any) -> None:
            if self.state == wanted:
                fail()
            original(self, *args, **options)

        return save

    model = Question.revisions.rel.related_model
    if step in {"superseded", "published"}:
        monkeypatch.setattr(model, "save", fail_when(State.SUPERSEDED if step == "superseded" else State.PUBLISHED))
    elif step == "document":
        monkeypatch.setattr(Question, "save", fail)
    elif step == "figures":
        monkeypatch.setattr(workflow, "record_figures", fail)
    elif step == "listener":
        monkeypatch.setattr(registry, "_listeners", [*registry._listeners, fail])
    else:
        monkeypatch.setattr(Question, "record", fail)


@pytest.mark.parametrize("verb", ["withdraw", "merge", "remove", "restore", "verify"])
def test_a_failing_listener_undoes_the_other_verbs(verb: str, reviewer, monkeypatch) -> None:
    question, other = make_question(), make_question(title="另一个？")
    if verb == "restore":
        workflow.withdraw(question.live, reviewer, "x")
    before = Question.objects.filter(pk=question.pk).values().get()
    break_at("listener", monkeypatch)
    more = {
        "withdraw": ("x",),
        "merge": (other,),
        "remove": ("x",),
        "verify": (timezone.localdate() + dt.timedelta(days=9),),
    }
    with pytest.raises(RuntimeError, match="broken on purpose"):
        getattr(workflow, verb)(question.live, reviewer, *more.get(verb, ()))
    assert Question.objects.filter(pk=question.pk).values().get() == before


class TestTrail:
    def test_logins_of_all_kinds(self, reviewer) -> None:
        client = Client()
        for name, password in (
            ("reviewer", "wrong"),
            ("my-secret-password", "x"),
            ("reviewer", "Pass-word-of-tests-1"),
        ):
            client.post("/admin/login/", {"username": name, "password": password})
        client.post("/admin/logout/")
        events = AuditEvent.objects.filter(action__startswith="log").order_by("pk")
        assert [event.action for event in events] == ["login_failed", "login_failed", "login", "logout"]
        assert not any("my-secret-password" in str(event.details) for event in events)

    def test_rights_given_and_taken_say_by_whom(self) -> None:
        boss, user = make_user(is_superuser=True), make_user("neu")
        client = Client()
        client.force_login(boss)
        group = Group.objects.get(name=Role.REVIEWER)
        form = client.get(f"/admin/auth/user/{user.pk}/change/").context["adminform"].form
        data = {name: form[name].value() for name in form.fields if form[name].value()}
        moment = timezone.localtime()
        data |= {"groups": [group.pk], "date_joined_0": f"{moment:%Y-%m-%d}", "date_joined_1": f"{moment:%H:%M:%S}"}
        assert client.post(f"/admin/auth/user/{user.pk}/change/", data).status_code == 302
        event = AuditEvent.objects.filter(action="permissions").latest("pk")
        assert (event.actor, event.details) == (boss, {"who": "neu", "added": ["审核"]})

    def test_nothing_on_record_can_be_changed(self) -> None:
        client = Client()
        client.force_login(make_user(is_superuser=True))
        event = AuditEvent.objects.latest("pk")
        assert client.post(f"/admin/publishing/auditevent/{event.pk}/change/", {"action": "x"}).status_code == 403
        assert client.post(f"/admin/publishing/auditevent/{event.pk}/delete/", {"post": "yes"}).status_code == 403
        assert client.get("/admin/publishing/auditevent/").status_code == 200

    def test_a_record_is_read_in_words_and_in_local_time(self) -> None:
        client = Client()
        client.force_login(make_user(is_superuser=True))
        at = dt.datetime(2026, 12, 24, 1, 0, tzinfo=dt.UTC)
        event = AuditEvent.objects.create(action="schedule", details={"number": 2, "at": at.isoformat()})
        html = client.get(f"/admin/publishing/auditevent/{event.pk}/change/").content.decode()
        assert "版本：2" in html
        assert "时间：2026-12-24 09:00" in html
        assert f"{timezone.localtime(event.at):%Y-%m-%d %H:%M} 定时发布" in html
        assert "schedule" not in html.split('id="content"')[1]


class TestPictures:
    def send(self, client: Client, content: bytes, name: str = "图.png") -> Any:
        return client.post("/admin/faq/questionrevision/upload/", {"upload": SimpleUploadedFile(name, content)})

    @pytest.fixture
    def writer(self) -> Client:
        client = Client()
        client.force_login(make_user(role=Role.WRITER))
        return client

    def png(self, size: tuple[int, int] = (40, 20), tail: bytes = b"", **text: str) -> bytes:
        out, info = io.BytesIO(), PngImagePlugin.PngInfo()
        for key, value in text.items():
            info.add_text(key, value)
        Image.new("RGB", size, "teal").save(out, "PNG", pnginfo=info)
        return out.getvalue() + tail

    def test_a_picture_is_written_anew_without_what_was_hidden_in_it(self, writer, settings) -> None:
        answer = self.send(writer, self.png(tail=b"<script>alert(1)</script>", Author="zhang"), "poly.html").json()
        stored = Path(settings.MEDIA_ROOT) / answer["url"].removeprefix(settings.MEDIA_URL)
        content = stored.read_bytes()
        assert answer["uploaded"] == 1
        assert answer["url"].endswith(".webp")
        assert b"script" not in content
        assert b"zhang" not in content
        assert hashlib.sha256(content).hexdigest().startswith(stored.stem)
        assert self.send(writer, self.png()).json()["url"] == answer["url"]

    def test_what_was_uploaded_is_shown_and_can_do_nothing(self, writer, client, settings) -> None:
        response = client.get(self.send(writer, self.png()).json()["url"])
        assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
        assert "sandbox" in response["Content-Security-Policy"]
        response.close()
        (Path(settings.MEDIA_ROOT) / "uploads" / "x.html").write_text("<script>x</script>")
        for name in ("uploads/x.html", "uploads/nothing.webp", "../../manage.py", "uploads/../../x.webp"):
            assert client.get(f"/media/{name}").status_code in {400, 404}

    def test_a_cover_is_written_anew_too(self) -> None:
        article, client = make_article(), Client()
        author = make_user(role=Role.WRITER)
        client.force_login(author)
        draft = open_draft(article, author)
        data = text_form(client, draft) | {
            "cover": SimpleUploadedFile("a.png", self.png(tail=b"<script>", Author="zhang")),
            "_continue": "1",
        }
        assert client.post(text_url(draft), data).status_code == 302
        draft.refresh_from_db()
        assert draft.cover.name.endswith(".webp")
        with draft.cover.open() as picture:
            assert b"zhang" not in picture.read()
        assert any("题图没有说明" in reason for reason in text_blockers(draft))

    def test_photographs_lose_their_place_and_are_turned_upright(self, writer, settings) -> None:
        out, exif = io.BytesIO(), Image.Exif()
        exif[0x0112], exif[0x010F] = 6, "Camera"
        Image.new("RGB", (3000, 1000), "red").save(out, "JPEG", exif=exif)
        url = self.send(writer, out.getvalue(), "a.jpg").json()["url"]
        with Image.open(Path(settings.MEDIA_ROOT) / url.removeprefix(settings.MEDIA_URL)) as picture:
            assert picture.size == (533, 1600)
            assert not picture.getexif()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<html></html>",
            b"\x89PNG\r\n\x1a\n" + b"0" * 50,
            b"GIF89a",
        ],
    )
    def test_anything_else_is_refused_in_words(self, writer, content: bytes) -> None:
        response = self.send(writer, content)
        assert response.status_code == 400
        assert "图片" in response.json()["error"]["message"]

    def test_too_large_is_refused(self, writer) -> None:
        assert "5MB" in self.send(writer, b"x" * (5 * 1024 * 1024 + 1)).json()["error"]["message"]
        assert "像素太多" in self.send(writer, self.png((6000, 5000))).json()["error"]["message"]

    def test_only_editors_and_only_with_a_token(self) -> None:
        client = Client()
        assert self.send(client, self.png()).status_code == 302
        client.force_login(make_user())
        assert self.send(client, self.png()).status_code == 403
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(make_user(role=Role.WRITER))
        assert self.send(strict, self.png()).status_code == 403

    def test_a_picture_without_words_is_not_published(self) -> None:
        body = '<p>看图[^1]</p><p><img src="/media/uploads/a.webp" alt="{}"></p>'
        assert any("没有说明文字" in reason for reason in text_blockers(draft_question(body=body.format(" "))))
        assert text_blockers(draft_question(body=body.format("备案页面"))) == []


class TestLinks:
    @pytest.mark.parametrize(
        ("href", "dangerous"),
        [("https://www.nhsa.gov.cn/", False), ("https://www.gov.cn@evil.example/", True), ("http://127.0.0.1/", True), ("http://0x7f000001/", True),
         ("https://xn--80ak6aa92e.com/", True), ("https://www.g\u043ev.cn/", True), ("/faq/1/", False), ("tel:12393", False), ("https://[::1]/", True),
         ("http://[bad", True)],
    )  # fmt: skip
    def test_links_that_hide_where_they_lead(self, href: str, dangerous: bool) -> None:
        assert is_dangerous(href) is dangerous

    def test_a_dangerous_link_blocks_and_a_broken_one_does_not(self) -> None:
        body = '<p>看<a href="{}">这里</a>[^1]</p>'
        assert any(
            "可能有危险" in reason
            for reason in text_blockers(draft_question(body=body.format("https://a@evil.example/")))
        )
        assert text_blockers(draft_question(body=body.format("/faq/99999/"))) == []

    def test_internal_links_of_live_pages_are_asked(self, capsys) -> None:
        good = make_question(title="好？")
        make_question(title="坏？", body=f'<p><a href="/faq/{good.pk}/">好</a><a href="/faq/99999/?x=1">坏</a>[^1]</p>')
        with pytest.raises(CommandError, match="1 links"):
            call_command("check_links")
        assert "/faq/99999/?x=1 (answers 404)" in capsys.readouterr().out

    def test_external_links_are_only_reported(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/good" else 404)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Silent."""

        server = HTTPServer(("localhost", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://localhost:{server.server_port}"
        links = [Link("/faq/1/", "问", f"{base}/{name}") for name in ("good", "bad", "bad")]
        try:
            faults = list(check(iter(links), external=True, pause=0))
            assert [(fault.level, fault.problem) for fault in faults] == [("report", "answers 404")] * 2
            assert list(check(iter(links))) == []
        finally:
            server.shutdown()
            server.server_close()


def test_a_withdrawn_page_comes_back_with_a_new_text(reviewer) -> None:
    question = make_question()
    workflow.withdraw(question.live, reviewer, "等新规定")
    draft = open_draft(question, make_user())
    workflow.publish(draft, reviewer)
    question.refresh_from_db()
    assert (question.availability, question.withdrawn_note, question.live) == (Availability.LIVE, "", draft)
