"""The desk and the pages behind it: queues, verbs, history, preview, near-duplicates."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone

from conftest import on_postgres
from faq.models import Question, QuestionRevision
from publishing import desk, similar, workflow
from publishing.conflicts import token
from publishing.drafts import open_draft
from publishing.models import AuditEvent, Availability, ContentCheck, PreviewLink, State
from publishing.roles import Role
from publishing.upkeep import check_live
from tests.factories import draft_question, make_article, make_figure, make_policy, make_question, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer() -> Any:
    return make_user("reviewer", role=Role.REVIEWER)


@pytest.fixture
def writer() -> Any:
    return make_user("writer", role=Role.WRITER)


def login(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def counts(client: Client) -> dict[str, int]:
    response = client.get("/admin/")
    return {shown.queue.name: shown.count for shown in response.context["queues"]}


def test_a_page_out_of_sight_says_so_to_its_editor(reviewer) -> None:
    withdrawn, removed, merged, target = [make_question(title=f"第{number}问？") for number in range(4)]
    workflow.withdraw(withdrawn.live, reviewer, "规定变了")
    workflow.remove(removed.live, reviewer, "重复")
    workflow.merge(merged.live, reviewer, target)
    said = [
        login(reviewer).get(f"/admin/faq/question/{question.pk}/change/").context["reader_sees"]
        for question in (withdrawn, removed, merged, target)
    ]
    assert said == [
        "这一页已经撤回，读者打开网址先看到原因：规定变了",
        "这一页已经删除，读者打开网址只看到一句说明。",
        "这一页已经合并，读者打开网址会到“第3问？”。",
        "这里的改动保存后，读者马上看到。",
    ]


class TestQueues:
    def test_each_counts_what_its_list_shows(self, reviewer, writer, frozen) -> None:
        frozen("2026-11-22")
        submitted = draft_question(title="待审？", author=writer)
        workflow.submit(submitted, writer)
        own = draft_question(title="自己的？", author=reviewer)
        workflow.submit(own, reviewer)
        workflow.force_publish(draft_question(title="急？", author=writer), make_user(role=Role.REVIEWER), "急")
        make_question(title="过期？", review_due_on=dt.date(2026, 11, 21))
        make_question(title="快到？", review_due_on=dt.date(2026, 12, 22))
        make_question(title="还早？", review_due_on=dt.date(2026, 12, 23))
        make_question(title="失效？", policies=[make_policy(in_force_until=dt.date(2026, 11, 1))])
        late = draft_question(title="没发出去？", author=writer)
        workflow.schedule(late, reviewer, timezone.now() + dt.timedelta(minutes=1))
        frozen("2026-11-22T13:00")
        client, wanted = login(reviewer), {"review": 1, "forced": 1, "due": 1, "soon": 1, "lapsed": 1, "late": 1}
        found = counts(client)
        assert {name: found[name] for name in wanted} == wanted
        for name in desk.SELECTIONS:
            page = client.get(f"/admin/faq/question/?queue={name}")
            assert page.context["cl"].result_count == found[name], name

    def test_pages_with_harmful_content_come_up(self, reviewer) -> None:
        value = make_figure("days", "2")
        question = make_question(summary="[[days]]内办结")
        check_live()
        assert counts(login(reviewer))["failing"] == 0
        value.parameter.values.all().delete()
        ContentCheck.objects.update(checked_at=timezone.now() - dt.timedelta(days=1))
        check_live()
        assert counts(login(reviewer))["failing"] == 1
        assert "[[days]]" in ContentCheck.objects.get(object_id=question.pk).problems

    def test_other_apps_add_theirs(self, reviewer, monkeypatch) -> None:
        queues = {
            "reports": desk.Queue("reports", "读者报错未处理", "", lambda request: [desk.Entry("报错", "/admin/x/", 7)])
        }
        monkeypatch.setattr(desk, "_queues", queues)
        html = login(reviewer).get("/admin/").content.decode()
        assert "读者报错未处理" in html
        assert 'href="/admin/x/"' in html

    @pytest.mark.slow
    def test_the_desk_costs_the_same_at_ten_thousand_pages(self, reviewer, django_assert_max_num_queries) -> None:
        make_question(title="问？")
        make_article()
        client = login(reviewer)
        client.get("/admin/")
        with django_assert_max_num_queries(60) as few:
            client.get("/admin/")
        bulk(10_000)
        with django_assert_max_num_queries(len(few)):
            assert client.get("/admin/").status_code == 200
        with django_assert_max_num_queries(40):
            assert client.get("/admin/faq/question/?queue=due").context["cl"].result_count == 10_000


def bulk(number: int) -> None:
    """That many live questions whose review is overdue."""
    overdue = timezone.localdate() - dt.timedelta(days=1)
    # A page and its version have the same number, so that one statement can make all of them live.
    numbers = range(1_000_000, 1_000_000 + number)
    Question.objects.bulk_create(Question(pk=pk, review_due_on=overdue) for pk in numbers)
    QuestionRevision.objects.bulk_create(
        QuestionRevision(pk=pk, document_id=pk, title=f"问{pk}？", summary="答", state=State.PUBLISHED)
        for pk in numbers
    )
    Question.objects.filter(pk__gte=numbers.start).update(live=F("pk"), availability=Availability.LIVE)
    if on_postgres():  # which looks at new rows by itself, but only at those of an ended transaction
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


class TestVerbs:
    def post(self, client: Client, question: Any, verb: str, revision: Any, **data: Any) -> Any:
        url = f"/admin/faq/question/{question.pk}/verb/{verb}/"
        return client.post(url, {"version_token": token(revision), **data})

    def test_withdraw_and_restore(self, reviewer, client) -> None:
        question = make_question()
        editor = login(reviewer)
        assert "网址还能打开" in editor.get(f"/admin/faq/question/{question.pk}/verb/withdraw/").content.decode()
        assert self.post(editor, question, "withdraw", question.live, note="政策已变").status_code == 302
        assert "政策已变" in client.get(f"/faq/{question.pk}/").content.decode()
        assert self.post(editor, question, "restore", question.live).status_code == 302
        question.refresh_from_db()
        assert question.availability == Availability.LIVE

    def test_merge_and_remove(self, reviewer, client) -> None:
        first, second, third = make_question(title="甲？"), make_question(title="乙？"), make_question(title="丙？")
        editor = login(reviewer)
        assert self.post(editor, first, "merge", first.live, target=first.pk).status_code == 200
        self.post(editor, first, "merge", first.live, target=second.pk)
        assert client.get(f"/faq/{first.pk}/")["Location"] == f"/faq/{second.pk}/"
        self.post(editor, third, "remove", third.live, note="重复")
        assert client.get(f"/faq/{third.pk}/").status_code == 410

    def test_reject_schedule_and_force(self, reviewer, writer) -> None:
        draft = draft_question(author=writer)
        workflow.submit(draft, writer)
        editor = login(reviewer)
        self.post(editor, draft.document, "reject", draft, note="请补例外")
        draft.refresh_from_db()
        assert (draft.state, draft.rejected_note) == (State.REJECTED, "请补例外")
        assert "请补例外" in login(writer).get(f"/admin/faq/questionrevision/{draft.pk}/change/").content.decode()
        workflow.submit(draft, writer)
        soon = timezone.localtime() + dt.timedelta(days=1)
        self.post(editor, draft.document, "schedule", draft, at=f"{soon:%Y-%m-%dT%H:%M}")
        draft.refresh_from_db()
        assert draft.state == State.SCHEDULED
        self.post(editor, draft.document, "force_publish", draft, note="今天就要")
        draft.refresh_from_db()
        assert (draft.state, draft.forced_reason) == (State.PUBLISHED, "今天就要")

    def test_verify_moves_the_clock_and_nothing_else(self, reviewer, frozen) -> None:
        frozen("2026-11-22")
        question = make_question(review_due_on=dt.date(2026, 11, 1), verified_on=dt.date(2026, 5, 1))
        changed, text = question.changed_at, question.live.body
        page = login(reviewer).get(f"/admin/faq/question/{question.pk}/verb/verify/")
        assert page.context["form"].initial["next_due"] == dt.date(2027, 5, 25)
        self.post(login(reviewer), question, "verify", question.live, next_due="2027-05-22")
        question.refresh_from_db()
        assert (question.verified_on, question.review_due_on) == (dt.date(2026, 11, 22), dt.date(2027, 5, 22))
        assert (question.changed_at, question.live.body) == (changed, text)
        assert AuditEvent.objects.get(action="verify").details["verified_on"] == ["2026-05-01", "2026-11-22"]

    @pytest.mark.parametrize("verb", ["withdraw", "merge", "remove", "verify"])
    def test_a_writer_is_refused_with_the_reason_and_nothing_happens(self, writer, verb: str) -> None:
        question, other = make_question(), make_question(title="另一个？")
        response = self.post(
            login(writer), question, verb, question.live, note="x", target=other.pk, next_due="2030-01-01"
        )
        assert "没有发布权限" in response.content.decode()
        question.refresh_from_db()
        assert question.availability == Availability.LIVE

    def test_an_old_view_is_refused(self, reviewer) -> None:
        question = make_question()
        url = f"/admin/faq/question/{question.pk}/verb/withdraw/"
        for data in ({"note": "x"}, {"note": "x", "version_token": "1-99"}):
            assert "有人改过" in login(reviewer).post(url, data).content.decode()
        assert Question.objects.live().exists()

    def test_an_unknown_verb_is_404_and_one_without_object_says_so(self, reviewer) -> None:
        question = make_question()
        assert login(reviewer).get(f"/admin/faq/question/{question.pk}/verb/explode/").status_code == 404
        assert login(reviewer).get(f"/admin/faq/question/{question.pk}/verb/reject/").status_code == 302

    def test_buttons_that_cannot_be_pressed_say_why(self, reviewer) -> None:
        draft = draft_question(author=reviewer)
        html = login(reviewer).get(f"/admin/faq/questionrevision/{draft.pk}/change/").content.decode()
        assert 'name="_publish" disabled aria-describedby="publish-reasons"' in html
        assert "您是这一版的作者" in html


class TestHistory:
    def test_every_kind_of_change_shows(self, reviewer, writer) -> None:
        question = make_question(body='<p>看<a href="/faq/2/">这里</a>。[^1]</p>')
        draft = open_draft(question, writer)
        draft.body = '<p>看<a href="/faq/3/">这里</a>。<strong>急诊</strong>不用。[^1]</p>'
        draft.title = "备案几天生效？"
        draft.save()
        draft.citations.update(clause="第九条")
        question.topic_items.all().delete()
        html = login(reviewer).get(f"/admin/faq/question/{question.pk}/history/?from=1&to=2").content.decode()
        assert "<ins>3</ins>" in html.replace("</ins><ins>", "")
        assert "<del>八</del><ins>九</ins>" in html
        assert "**急诊**" in html
        assert 'data-diff="topics"><del>异地备案</del>' in html

    def test_html_in_a_diff_is_shown_not_run(self, reviewer, writer) -> None:
        question = make_question()
        draft = open_draft(question, writer)
        draft.steps = "<script>alert(1)</script>"
        draft.save()
        html = login(reviewer).get(f"/admin/faq/question/{question.pk}/history/").content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html

    def test_bringing_back_makes_a_draft_and_sets_the_other_aside(self, writer, client) -> None:
        question = make_question()
        draft = open_draft(question, writer)
        draft.summary = "改坏了"
        draft.save()
        public = client.get(f"/faq/{question.pk}/").content
        login(writer).post(f"/admin/faq/question/{question.pk}/history/", {"restore": question.live.pk})
        new, old = question.revisions.get(number=3), question.revisions.get(number=2)
        assert (new.state, new.summary, old.state) == (State.DRAFT, question.live.summary, State.SUPERSEDED)
        assert new.citations.count() == 1
        assert client.get(f"/faq/{question.pk}/").content == public

    def test_identity_changes_are_on_record_from_what_to_what(self, reviewer) -> None:
        question = make_question()
        client = login(reviewer)
        form = client.get(f"/admin/faq/question/{question.pk}/change/").context["adminform"].form
        data = {name: form[name].value() for name in form.fields if form[name].value()}
        data |= {"search_terms": "备案几天", "related_links-TOTAL_FORMS": 0, "related_links-INITIAL_FORMS": 0}
        assert client.post(f"/admin/faq/question/{question.pk}/change/", data).status_code == 302
        event = AuditEvent.objects.get(action="identity")
        assert event.details == {"search_terms": ["", "备案几天"]}
        assert "检索词\uff1a空 → 备案几天" in event.lines()

    def test_a_writer_does_not_change_what_readers_see_of_a_live_page(self, writer) -> None:
        question = make_question()
        response = login(writer).post(f"/admin/faq/question/{question.pk}/change/", {"topics": [], "nationwide": "on"})
        assert response.status_code == 403
        assert question.topics.count() == 1


class TestPreview:
    def test_it_is_what_readers_will_get(self, reviewer, writer, client, frozen) -> None:
        frozen("2026-11-20")
        question = make_question(verified_on=dt.date(2026, 11, 1))
        frozen("2026-11-22")
        draft = open_draft(question, writer)
        draft.summary, draft.change_note = "新的简短回答。", "改得更清楚"
        draft.save()
        page = login(writer).get(f"/admin/faq/question/{question.pk}/page/")
        workflow.publish(draft, reviewer)
        assert main(page) == main(client.get(f"/faq/{question.pk}/"))
        assert page["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in page["Cache-Control"]

    def test_a_new_page_can_be_previewed_and_stays_unpublished(self, writer, client) -> None:
        draft = draft_question(author=writer)
        response = login(writer).get(f"/admin/faq/question/{draft.document.pk}/page/")
        assert draft.summary in response.content.decode()
        assert client.get(f"/faq/{draft.document.pk}/").status_code == 404
        draft.document.refresh_from_db()
        assert draft.document.availability == Availability.UNPUBLISHED

    def test_as_of_a_day(self, writer, frozen) -> None:
        frozen("2026-11-22")
        law = make_policy(title="医疗保障法", in_force_from=dt.date(2027, 1, 1))
        make_figure("days", "2", in_force_until=dt.date(2026, 12, 31))
        make_figure("days", "1", in_force_from=dt.date(2027, 1, 1))
        question = make_question(summary="[[days]]内办结", policies=[law])
        editor = login(writer)
        now, then = (
            editor.get(f"/admin/faq/question/{question.pk}/page/{query}").content.decode()
            for query in ("", "?date=2027-01-01")
        )
        assert "2个工作日内办结" in now
        assert "1个工作日内办结" in then
        assert "将于2027年1月1日施行" in now
        assert "将于2027年1月1日施行" not in then

    def test_a_shared_link_needs_no_login_ends_and_can_be_ended(self, writer, client, frozen) -> None:
        frozen("2026-11-22")
        draft = draft_question(author=writer)
        editor, url = login(writer), f"/admin/faq/question/{draft.document.pk}/preview/"
        editor.post(url, {"share": "1", "days": 7})
        link = PreviewLink.objects.get()
        response = client.get(link.get_absolute_url())
        assert draft.summary in response.content.decode()
        assert (response["X-Robots-Tag"], response["Cache-Control"]) == ("noindex, nofollow", "no-store")
        frozen("2026-11-30")
        assert client.get(link.get_absolute_url()).status_code == 404
        frozen("2026-11-23")
        editor.force_login(writer)
        editor.post(url, {"revoke": link.pk})
        response = client.get(link.get_absolute_url())
        assert response.status_code == 404
        assert "已失效" in response.content.decode()
        assert client.get("/preview/nothing/").status_code == 404


def main(response: Any) -> str:
    return response.content.decode().split("<main", 1)[1].split("</main>")[0]


class TestSimilar:
    def test_the_nearest_are_listed(self, writer) -> None:
        near = make_question(title="异地就医备案多久生效？")
        make_question(title="急诊费用怎么报销？")
        rows = login(writer).get("/admin/faq/question/similar/", {"title": "异地备案多久能生效"}).json()["similar"]
        assert rows[0]["title"] == near.live.title
        assert not rows[0]["same"]

    def test_nearly_the_same_needs_a_reason(self, writer) -> None:
        topic = make_question(title="异地就医备案多久生效？").topics.get()
        data = {"title": "异地就医备案多久生效", "topics": [topic.pk], "nationwide": "on", "origin": "scenario",
                "related_links-TOTAL_FORMS": 0, "related_links-INITIAL_FORMS": 0}  # fmt: skip
        client = login(writer)
        refused = client.post("/admin/faq/question/add/", data)
        assert "已经有“异地就医备案多久生效？”" in refused.content.decode()
        assert client.post("/admin/faq/question/add/", data | {"duplicate_reason": "专讲江苏"}).status_code == 302
        assert AuditEvent.objects.get(action="create").details["why_not_the_same"] == "专讲江苏"

    def test_another_app_may_know_better(self, monkeypatch) -> None:
        question = make_question(title="完全不同的字？")
        monkeypatch.setattr(similar, "_finder", [lambda model, title, limit: [(question, 0.9)]])
        assert [near.document for near in similar.nearest(Question, "备案生效")] == [question]


def test_editing_never_changes_what_readers_get(writer, reviewer, client) -> None:
    """Byte for byte, through every step before publishing."""
    question = make_question()
    urls = [f"/faq/{question.pk}/", "/faq/", "/"]
    before = [client.get(url).content for url in urls]
    draft = open_draft(question, writer)
    draft.title, draft.summary, draft.body = "别的？", "别的。", "<p>别的。[^1]</p>"
    draft.save()
    draft.citations.update(clause="第一条")
    workflow.submit(draft, writer)
    workflow.reject(draft, reviewer, "再改")
    workflow.submit(draft, writer)
    workflow.schedule(draft, reviewer, timezone.now() + dt.timedelta(days=1))
    assert [client.get(url).content for url in urls] == before
    workflow.publish(draft, make_user(role=Role.REVIEWER))
    assert client.get(urls[0]).content != before[0]
