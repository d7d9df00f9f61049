"""Search engines are told once, late rather than never, and however they behave nothing here breaks."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import logging
import time
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from faq.models import Question
from policies.models import start_of
from publishing import registry, workflow
from publishing.drafts import open_draft
from publishing.registry import Change
from publishing.roles import Role
from publishing.workflow import make_live
from seo import delivery, outbox, sending, targets
from seo.delivery import push
from seo.models import Notice, NoticeState, Target, TargetState
from seo.tests import engine as engines
from seo.tests.engine import Engine, answer, baidu
from seo.tests.test_sitemaps import republish
from tests.factories import draft_question, make_figure, make_question, make_user

pytestmark = pytest.mark.django_db
TOKEN = "secret-token-123"
SITE = "http://127.0.0.1:8000"


@pytest.fixture
def engine() -> Iterator[Engine]:
    with engines.running() as engine:
        yield engine


@pytest.fixture
def indexnow(engine: Engine, settings) -> Engine:
    settings.INDEXNOW_KEY, settings.INDEXNOW_ENDPOINT = "abcdef1234567890", f"{engine.url}/indexnow"
    return engine


@pytest.fixture
def to_baidu(engine: Engine, settings) -> Engine:
    settings.BAIDU_PUSH_TOKEN, settings.BAIDU_PUSH_ENDPOINT = TOKEN, f"{engine.url}/urls"
    return engine


def states(target: str = Target.INDEXNOW) -> list[str]:
    return list(Notice.objects.filter(target=target).order_by("id").values_list("state", flat=True))


def paused_for(target: str = Target.INDEXNOW) -> float:
    """For how many seconds the target is left alone; 0 where it is not."""
    until = TargetState.objects.get(name=target).paused_until
    return (until - timezone.now()).total_seconds() if until else 0


def resume() -> None:
    TargetState.objects.update(paused_until=None)


class TestOutbox:
    def test_each_change_writes_its_row_in_the_same_transaction(self, indexnow: Engine, to_baidu: Engine) -> None:
        writer, reviewer = make_user(role=Role.WRITER), make_user(role=Role.REVIEWER)
        question, target = make_question(), make_question("另一个？")
        Notice.objects.all().delete()
        draft = open_draft(question, writer)
        workflow.publish(draft, reviewer)
        workflow.withdraw(draft, reviewer, "写错了")
        workflow.restore(draft, reviewer)
        workflow.merge(draft, reviewer, target)
        workflow.remove(target.live, reviewer, "不再适用")
        said = [(notice.target, notice.reason) for notice in Notice.objects.order_by("id")]
        assert [reason for name, reason in said if name == Target.INDEXNOW] == [
            "published", "withdrawn", "published", "merged", "removed",
        ]  # fmt: skip
        assert [reason for name, reason in said if name == Target.BAIDU] == ["published", "published"]

    def test_a_change_that_is_undone_leaves_no_row(self, indexnow: Engine) -> None:
        with transaction.atomic():
            make_live(draft_question(), None)
            assert Notice.objects.exists()
            transaction.set_rollback(True)
        assert not Notice.objects.exists()

    def test_small_changes_are_nobodys_business(self, indexnow: Engine) -> None:
        question = make_question()
        Notice.objects.all().delete()
        republish(question, minor=True)
        for change in (Change.MINOR, Change.IDENTITY):
            registry.announce(question, change)
        assert not Notice.objects.exists()

    def test_a_figure_that_takes_effect_is_told_once(self, indexnow: Engine, frozen) -> None:
        frozen("2026-12-01")
        old = make_figure()
        question = make_question(summary="[[filing_days]]。")
        make_question("没有数字？")
        push()
        old.in_force_until = dt.date(2026, 12, 31)
        old.save()
        old.parameter.values.create(value="1", in_force_from=dt.date(2027, 1, 1), source_note="测试")
        Notice.objects.all().delete()
        frozen("2026-12-31")
        before = [notice.path for notice in Notice.objects.all()]
        push()
        first = Notice.objects.count()
        frozen("2027-01-01")
        push()
        push()
        added = Notice.objects.filter(changed_at=start_of(dt.date(2027, 1, 1)))
        assert before == []
        assert [notice.path for notice in added] == [question.get_absolute_url()]
        assert Notice.objects.count() == first + 1

    def test_a_target_without_a_key_costs_one_line_of_log(self, caplog, monkeypatch) -> None:
        monkeypatch.setattr(outbox, "_said", set())
        with caplog.at_level(logging.INFO, logger="seo"):
            make_question()
            make_question("另一个？")
        assert len([line for line in caplog.messages if "INDEXNOW" in line]) == 1
        assert len([line for line in caplog.messages if "BAIDU" in line]) == 1
        assert not Notice.objects.exists()
        assert push() == ""


class TestIndexNow:
    def test_what_is_sent(self, indexnow: Engine) -> None:
        question = make_question()
        assert "200" in push()
        (call,) = indexnow.calls
        assert (call.path, call.kind) == ("/indexnow", "application/json; charset=utf-8")
        assert json.loads(call.body) == {
            "host": "127.0.0.1:8000",
            "key": "abcdef1234567890",
            "keyLocation": f"{SITE}/abcdef1234567890.txt",
            "urlList": [SITE + question.get_absolute_url()],
        }
        assert states() == [NoticeState.SENT]
        push()
        assert len(indexnow.calls) == 1

    def test_the_key_file_is_where_the_notice_says(self, indexnow: Engine, client: Client) -> None:
        make_question()
        push()
        location = json.loads(indexnow.calls[0].body)["keyLocation"]
        assert client.get(location.removeprefix(SITE)).content == b"abcdef1234567890"

    @pytest.mark.parametrize(
        ("status", "state", "least", "most"),
        [
            (200, NoticeState.SENT, 0, 0),
            (202, NoticeState.SENT, 0, 0),
            (400, NoticeState.REFUSED, 3_600, 4_500),
            (403, NoticeState.WAITING, 86_000, 110_000),
            (422, NoticeState.REFUSED, 3_600, 4_500),
            (429, NoticeState.WAITING, 40, 80),
            (500, NoticeState.WAITING, 40, 80),
            (503, NoticeState.WAITING, 40, 80),
            (301, NoticeState.WAITING, 40, 80),
            (404, NoticeState.WAITING, 40, 80),
        ],
    )
    def test_every_answer(self, indexnow: Engine, status: int, state: str, least: int, most: int) -> None:
        make_question()
        indexnow.will(answer(status))
        push()
        assert states() == [state]
        assert least <= paused_for() <= most
        assert str(status) in TargetState.objects.get(name=Target.INDEXNOW).answer

    def test_429_waits_as_long_as_it_is_asked(self, indexnow: Engine) -> None:
        make_question()
        indexnow.will(answer(429, Retry_After="500"))
        push()
        assert 499 <= paused_for() <= 601  # a fifth of jitter and a second on top, never less than was asked

    def test_no_redirect_is_followed(self, indexnow: Engine) -> None:
        make_question()
        indexnow.will(answer(307, Location=f"{indexnow.url}/elsewhere"))
        push()
        assert [call.path for call in indexnow.calls] == ["/indexnow"]

    def test_a_page_changed_twice_is_named_once(self, indexnow: Engine) -> None:
        question = make_question()
        republish(question, minor=False)
        push()
        assert indexnow.calls[0].addresses == [SITE + question.get_absolute_url()]
        assert states() == [NoticeState.SENT] * 2

    def test_batches_of_ten_thousand(self, indexnow: Engine) -> None:
        now = timezone.now()
        Notice.objects.bulk_create(
            [
                Notice(target=Target.INDEXNOW, path=f"/faq/{n}/", reason="published", changed_at=now)
                for n in range(10_001)
            ]
        )
        push()
        push()
        assert [len(call.addresses) for call in indexnow.calls] == [10_000, 1]


class TestBadBehaviour:
    @pytest.mark.parametrize("behave", [engines.reset, engines.hang, engines.drip, engines.garbage])
    def test_a_stranger_cannot_hold_or_break_us(self, indexnow: Engine, monkeypatch, behave: engines.Behaviour) -> None:
        monkeypatch.setattr(targets, "post", lambda *given: sending.post(*given, deadline=0.4))
        make_question()
        indexnow.will(behave)
        begin = time.monotonic()
        assert "连不上" in push()
        assert time.monotonic() - begin < 1.4
        assert states() == [NoticeState.WAITING]
        resume()
        assert "200" in push()
        assert states() == [NoticeState.SENT]

    def test_an_endless_answer_is_cut_off(self, to_baidu: Engine) -> None:
        make_question()
        to_baidu.will(engines.endless)
        assert "看不懂" in push()
        assert states(Target.BAIDU) == [NoticeState.WAITING]

    def test_nobody_there(self, indexnow: Engine, settings) -> None:
        settings.INDEXNOW_ENDPOINT = "http://127.0.0.1:1/indexnow"
        make_question()
        assert "ConnectionRefusedError" in push()

    def test_pauses_grow_and_end_with_success(self, indexnow: Engine) -> None:
        make_question()
        indexnow.will(*[answer(500)] * 12)
        pauses = []
        for _ in range(12):
            push()
            pauses.append(paused_for())
            assert push() == ""  # left alone meanwhile
            resume()
        assert len(indexnow.calls) == 12
        assert all(later > earlier for earlier, later in itertools.pairwise(pauses[:7]))
        assert max(pauses) <= delivery.LONGEST_PAUSE * 1.2
        assert len({round(pause, 3) for pause in pauses[-3:]}) == 3  # jitter
        push()
        state = TargetState.objects.get(name=Target.INDEXNOW)
        assert (state.failures, state.paused_until) == (0, None)

    def test_two_runs_at_once_tell_it_once(self, indexnow: Engine) -> None:
        make_question()
        now = timezone.now()
        assert TargetState.objects.claim(Target.INDEXNOW, now, now + delivery.CLAIM)
        assert push() == ""
        TargetState.objects.update(claimed_until=now - dt.timedelta(seconds=1))  # the other one was killed
        assert "200" in push()
        assert len(indexnow.calls) == 1

    def test_one_engine_down_does_not_stop_the_other(self, indexnow: Engine, to_baidu: Engine, settings) -> None:
        settings.INDEXNOW_ENDPOINT = "http://127.0.0.1:1/"
        to_baidu.will(baidu(1, 99))
        make_question()
        push()
        assert (states(Target.INDEXNOW), states(Target.BAIDU)) == ([NoticeState.WAITING], [NoticeState.SENT])

    def test_publishing_neither_waits_nor_fails(self, indexnow: Engine, settings, client: Client) -> None:
        settings.INDEXNOW_ENDPOINT = "http://127.0.0.1:1/"
        begin = time.monotonic()
        question = make_question()
        assert client.get(question.get_absolute_url()).status_code == 200
        assert time.monotonic() - begin < 2
        assert not indexnow.calls

    def test_housekeeping_runs_it(self, indexnow: Engine, capsys) -> None:
        make_question()
        call_command("housekeeping")
        assert "search engines: INDEXNOW: 200" in capsys.readouterr().out
        assert len(indexnow.calls) == 1


class TestBaidu:
    def test_what_is_sent(self, to_baidu: Engine) -> None:
        questions = [make_question(f"问{number}？") for number in range(3)]
        to_baidu.will(baidu(1, 50), baidu(2, 48))
        push()
        push()
        first, second = to_baidu.calls
        assert (first.path, first.kind) == ("/urls", "text/plain")
        assert first.query == {"site": [SITE], "token": [TOKEN]}
        # The first of the day goes alone: its answer says how many may follow.
        assert first.addresses == [SITE + questions[0].get_absolute_url()]
        assert second.addresses == [SITE + question.get_absolute_url() for question in questions[1:]]
        assert states(Target.BAIDU) == [NoticeState.SENT] * 3

    def test_never_more_than_it_allows(self, to_baidu: Engine) -> None:
        for number in range(6):
            make_question(f"问{number}？")
        to_baidu.will(baidu(1, 2), baidu(2, 0))
        for _ in range(4):
            push()
        assert [len(call.addresses) for call in to_baidu.calls] == [1, 2]

    def test_never_more_than_two_thousand(self, to_baidu: Engine) -> None:
        now = timezone.now()
        Notice.objects.bulk_create(
            [Notice(target=Target.BAIDU, path=f"/faq/{n}/", reason="published", changed_at=now) for n in range(2_500)]
        )
        to_baidu.will(baidu(1, 90_000), baidu(2000, 88_000))
        push()
        push()
        assert [len(call.addresses) for call in to_baidu.calls] == [1, 2000]

    @pytest.mark.parametrize("last", [baidu(1, 0), answer(400, '{"error":400,"message":"over quota"}')])
    def test_it_stops_for_the_day_and_goes_on_the_next(self, to_baidu: Engine, frozen, last: engines.Behaviour) -> None:
        frozen("2026-12-01", tick=True)
        make_question()
        make_question("另一个？")
        to_baidu.will(last)
        for _ in range(5):
            push()
        assert len(to_baidu.calls) == 1
        frozen(dt.datetime(2026, 12, 1, 23, 59), tick=True)
        push()
        assert len(to_baidu.calls) == 1
        frozen(dt.datetime(2026, 12, 2, 0, 20), tick=True)
        to_baidu.will(baidu(1, 9))
        push()
        assert len(to_baidu.calls) == 2

    def test_what_is_unchanged_is_never_sent_again(self, to_baidu: Engine) -> None:
        question = make_question()
        to_baidu.will(*[baidu(1, 50)] * 5)
        for _ in range(3):
            push()
        republish(question, minor=True)
        push()
        assert len(to_baidu.calls) == 1
        republish(question, minor=False)
        push()
        assert len(to_baidu.calls) == 2

    def test_addresses_it_will_not_have(self, to_baidu: Engine) -> None:
        one, two = make_question("一？"), make_question("二？")
        TargetState.objects.create(name=Target.BAIDU, allowance=9, allowance_on=timezone.localdate())
        to_baidu.will(baidu(1, 8, not_valid=[SITE + one.get_absolute_url()]))
        push()
        assert states(Target.BAIDU) == [NoticeState.REFUSED, NoticeState.SENT]
        assert Notice.objects.get(state=NoticeState.SENT).path == two.get_absolute_url()

    @pytest.mark.parametrize(
        ("behave", "said"),
        [
            (answer(200, "<html>"), "看不懂"),
            (answer(200, "[1,2]"), "看不懂"),
            (answer(200, '{"success":"many"}'), "看不懂"),
            (answer(200, b"\xff\xfe\x00"), "看不懂"),
            (answer(200, "[" * 50_000), "看不懂"),
            (answer(401, '{"error":401,"message":"token is not valid"}'), "准入密钥不对"),
            (answer(400, '{"error":400,"message":"site error"}'), "site error"),
            (answer(500, "{}"), "500"),
        ],
    )
    def test_strange_answers_keep_the_notice(self, to_baidu: Engine, behave: engines.Behaviour, said: str) -> None:
        make_question()
        to_baidu.will(behave)
        assert said in push()
        assert states(Target.BAIDU) == [NoticeState.WAITING]
        assert paused_for(Target.BAIDU) > 0

    @pytest.mark.parametrize(
        "behave",
        [baidu(1, 5), engines.reset, engines.garbage, answer(401, f'{{"error":401,"message":"{TOKEN} is not valid"}}')],
    )
    def test_the_token_is_never_written_down(self, to_baidu: Engine, caplog, behave: engines.Behaviour) -> None:
        caplog.set_level(logging.DEBUG)
        make_question()
        to_baidu.will(behave)
        said = push()
        stored = [*Notice.objects.values_list("answer", flat=True), TargetState.objects.get(name=Target.BAIDU).answer]
        assert TOKEN not in " ".join([caplog.text, said, *stored])


class TestAdmin:
    def test_status_and_second_chances(self, indexnow: Engine, admin_client: Client) -> None:
        make_question()
        indexnow.will(answer(422))
        push()
        page = admin_client.get("/admin/seo/targetstate/").content.decode()
        assert "422" in page
        notice = Notice.objects.get()
        admin_client.post("/admin/seo/notice/", {"action": "send_again", "_selected_action": [notice.pk]})
        state = TargetState.objects.get()
        admin_client.post("/admin/seo/targetstate/", {"action": "resume", "_selected_action": [state.pk]})
        push()
        assert states() == [NoticeState.SENT]
        admin_client.post("/admin/seo/notice/", {"action": "send_again", "_selected_action": [notice.pk]})
        assert states() == [NoticeState.SENT]  # never told twice

    def test_only_the_machine_writes(self, indexnow: Engine, admin_client: Client) -> None:
        make_question()
        notice = Notice.objects.get()
        assert admin_client.get("/admin/seo/notice/add/").status_code == 403
        assert admin_client.post(f"/admin/seo/notice/{notice.pk}/delete/").status_code == 403
        admin_client.post(f"/admin/seo/notice/{notice.pk}/change/", {"path": "/x/"})
        assert Notice.objects.get().path == notice.path

    def test_writers_do_not_see_it(self, client: Client) -> None:
        client.force_login(make_user(role=Role.WRITER))
        assert client.get("/admin/seo/notice/").status_code == 403

    def test_changelist_queries_do_not_grow(
        self, indexnow: Engine, admin_client: Client, django_assert_max_num_queries
    ) -> None:
        for number in range(12):
            make_question(f"问{number}？")
        with django_assert_max_num_queries(8):
            admin_client.get("/admin/seo/notice/")


def test_old_settled_rows_are_dropped(indexnow: Engine, frozen) -> None:
    frozen("2026-12-01")
    make_question()
    push()
    frozen("2027-04-01")
    Question.objects.all()
    make_question("新的？")
    push()
    assert Notice.objects.count() == 1
