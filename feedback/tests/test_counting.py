"""Views: noted without a database, added up exactly once, robots left out."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback import counting
from feedback.counting import FileStore, RedisStore, drain, note_view, totals
from feedback.models import CountedBatch, DailyViews
from feedback.popularity import most_read, rounded, shown_count
from feedback.tests.conftest import Reader
from feedback.views.counts import is_robot
from tests.factories import make_article, make_province, make_question, make_topic
from yibao_site.settings.storage import IN_REDIS

CHROME = "Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, settings, monkeypatch) -> None:
    settings.VIEWS_DIR, settings.CACHE_URL = tmp_path / "views", ""
    monkeypatch.setattr(counting, "SETTLED", 0.0)


def beacon(reader: Reader, page: str, **headers: str):
    return reader.post("/feedback/view/", page, content_type="text/plain", headers=headers)


@pytest.mark.django_db
def test_a_view_writes_nothing_to_the_database(reader: Reader) -> None:
    question = make_question()
    beacon(reader, f"question/{question.pk}")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for _ in range(20):
            assert beacon(reader, f"question/{question.pk}").status_code == 200
    assert not queries.captured_queries  # the count that is shown is cached
    drain()
    assert DailyViews.objects.get().views == 21


@pytest.mark.django_db
def test_views_are_added_to_the_day(frozen) -> None:
    frozen("2026-11-22T23:59")
    note_view("question", 5, "aaaa")
    frozen("2026-11-23T00:01")
    note_view("question", 5, "aaaa")
    note_view("article", 5, "aaaa")
    assert drain() == "3 views added"
    rows = {(str(row.day), row.kind): row.views for row in DailyViews.objects.all()}
    assert rows == {("2026-11-22", "question"): 1, ("2026-11-23", "question"): 1, ("2026-11-23", "article"): 1}
    note_view("question", 5, "aaaa")
    drain()
    assert DailyViews.objects.get(day="2026-11-23", kind="question").views == 2
    assert drain() == ""


@pytest.mark.django_db
def test_one_network_cannot_lift_a_page() -> None:
    for _ in range(50):
        note_view("question", 1, "same")
    for number in range(10):
        note_view("question", 2, f"net{number}")
    drain()
    assert {row.object_id: (row.views, row.weight) for row in DailyViews.objects.all()} == {1: (50, 5), 2: (10, 10)}


@pytest.mark.django_db
def test_a_crash_between_the_total_and_the_file_counts_nothing_twice(settings) -> None:
    note_view("question", 5, "aaaa")
    store = FileStore(Path(settings.VIEWS_DIR))
    name, lines = next(store.batches())
    counting._add(name, lines)  # and here the process dies, before `forget`
    assert drain() == ""
    assert DailyViews.objects.get().views == 1
    assert CountedBatch.objects.count() == 1
    assert not list(Path(settings.VIEWS_DIR).glob("*.views"))


@pytest.mark.django_db
def test_a_crash_before_the_total_loses_nothing(settings) -> None:
    note_view("question", 5, "aaaa")
    next(FileStore(Path(settings.VIEWS_DIR)).batches())  # moved aside, and here the process dies
    note_view("question", 5, "aaaa")
    assert drain() == "2 views added"
    assert DailyViews.objects.get().views == 2


def test_broken_lines_are_left_out() -> None:
    lines = {
        "2026-11-22 question 5 aaaa": 2,
        "2026-11-22 ques": 1,
        "": 3,
        "20262026-11-22 question 5 aaaa": 1,
        "2026-11-22 nothing 5 aaaa": 1,
        "2026-11-22 question x aaaa": 1,
    }
    views, _ = totals(lines)
    assert dict(views) == {(dt.date(2026, 11, 22), "question", 5): 2}


NOTE_MANY = """
import django, pathlib, sys
django.setup()
from feedback.counting import FileStore
store = FileStore(pathlib.Path(sys.argv[1]))
for number in range(1000):
    store.note(f"2026-11-22 question {number % 3} aaaa")
"""


def test_several_processes_share_one_file(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NOTE_MANY, str(tmp_path)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    workers = [subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    lines = dict(next(FileStore(tmp_path).batches())[1])
    assert sum(lines.values()) == 3000
    assert len(lines) == 3  # no line was torn


@pytest.mark.redis
@pytest.mark.django_db
def test_redis_counts_and_the_file_helps_out(settings, monkeypatch) -> None:
    settings.CACHE_URL = os.environ["TEST_REDIS_URL"]
    store = RedisStore(settings.CACHE_URL)
    store.client.delete(counting.REDIS_KEY)
    for _ in range(5):
        note_view("question", 5, "aaaa")
    assert store.client.hlen(counting.REDIS_KEY) == 1
    assert drain() == "5 views added"
    assert DailyViews.objects.get().views == 5
    assert not list(store.client.scan_iter(f"{counting.REDIS_KEY}*"))
    settings.CACHE_URL = "redis://127.0.0.1:1/0"
    note_view("question", 5, "aaaa")
    drain()
    assert DailyViews.objects.get().views == 6


@pytest.mark.django_db
def test_without_redis_views_are_noted_in_the_file_and_the_log_says_so_once(reader: Reader, settings, caplog) -> None:
    """It refuses here; one that fell silent is the same after half a second."""
    settings.CACHE_URL = "redis://127.0.0.1:1/0"
    settings.CACHES = {**settings.CACHES, "default": {**IN_REDIS, "LOCATION": settings.CACHE_URL}}
    for _ in range(5):
        assert beacon(reader, "question/5").json() == {"count": None}
    assert [record.message for record in caplog.records if record.levelname != "INFO"] == [
        "views are noted in a file, Redis does not answer: ConnectionError"
    ]
    settings.CACHE_URL = ""
    assert drain() == "5 views added"


@pytest.mark.parametrize("agent", ["", "Googlebot/2.1", "Mozilla/5.0 (compatible; Baiduspider/2.0)", "Mozilla/5.0 HeadlessChrome/120", "curl/8.0",
                                   "python-requests/2", "Bytespider", "Sogou web spider/4.0", "YisouSpider", "WeChat-link-preview"])  # fmt: skip
def test_robots(agent: str) -> None:
    assert is_robot(agent)


def test_people_are_no_robots() -> None:
    wechat = CHROME + " MicroMessenger/8.0.40 NetType/WIFI Language/zh_CN"
    assert not is_robot(CHROME)
    assert not is_robot(wechat)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        "",
        "question",
        "question/0",
        "question/x",
        "nothing/5",
        "question/5/6",
        "question/5 ",
        "question/" + "9" * 30,
        "x" * 5000,
        "\x00",
    ],
)
def test_beacons_that_are_none(reader: Reader, body: str, settings) -> None:
    assert beacon(reader, body).status_code == 400
    assert not (Path(settings.VIEWS_DIR) / "current").exists()


@pytest.mark.django_db
def test_robots_are_not_counted(reader: Reader) -> None:
    beacon(reader, "question/5", **{"user-agent": "Googlebot/2.1"})
    assert drain() == ""


@pytest.mark.django_db
def test_a_full_disk_does_not_break_the_page(reader: Reader, settings, caplog) -> None:
    note_view("question", 5, "aaaa")
    (Path(settings.VIEWS_DIR) / "current").unlink()
    Path(settings.VIEWS_DIR).rmdir()
    assert beacon(reader, "question/5").status_code == 200
    assert "cannot be noted" in caplog.text


def read(document, kind: str = "question", day: str = "2026-11-20", count: int = 10) -> None:
    DailyViews.objects.create(kind=kind, object_id=document.pk, day=day, views=count, weight=count)


@pytest.mark.django_db
def test_most_read_this_week_by_topic_and_province(frozen) -> None:
    frozen("2026-11-22")
    filing, claims = make_topic(), make_topic("手工报销", "claims")
    jiangsu = make_province()
    often = make_question("问得多的", topics=[filing])
    seldom = make_question("问得少的", topics=[filing])
    local = make_question("江苏的", topics=[claims], provinces=[jiangsu])
    old = make_question("上个月的", topics=[filing])
    guide = make_article("指南", topics=[filing])
    gone = make_question("撤下的", topics=[filing])
    for document, count in ((often, 30), (seldom, 6), (local, 20), (gone, 90)):
        read(document, count=count)
    read(guide, "article", count=25)
    read(old, day="2026-10-20", count=500)
    read(seldom, day="2026-11-22", count=900)  # today counts from tomorrow on
    type(gone).objects.filter(pk=gone.pk).update(availability="withdrawn", withdrawn_on="2026-11-21")
    assert most_read() == [often, guide, local, seldom]
    assert most_read(topic=filing) == [often, guide, seldom]
    assert most_read(province=jiangsu) == [local]
    frozen("2026-11-23")
    assert most_read()[0] == seldom


@pytest.mark.django_db
def test_what_three_people_read_is_no_list(frozen, client) -> None:
    frozen("2026-11-22")
    question = make_question()
    read(question, count=4)
    assert most_read() == []
    assert "大家都在看" not in client.get("/").content.decode()


@pytest.mark.django_db
def test_the_list_is_on_the_pages(frozen, client) -> None:
    frozen("2026-11-22")
    jiangsu = make_province()
    read(make_question("江苏的备案", provinces=[jiangsu]), count=20)
    for path in ("/", "/topics/filing/", "/provinces/jiangsu/"):
        html = client.get(path).content.decode()
        assert "大家都在看" in html
        assert "江苏的备案" in html


@pytest.mark.parametrize(("count", "shown"), [(100, 100), (104, 100), (1234, 1200), (99999, 99000), (7, 7)])
def test_round_numbers(count: int, shown: int) -> None:
    assert rounded(count) == shown


@pytest.mark.django_db
def test_a_count_is_shown_when_it_means_something(frozen, reader: Reader) -> None:
    frozen("2026-11-22")
    question, other = make_question(), make_question("备案要带什么？")
    read(question, count=99)
    assert shown_count("question", question.pk) is None
    read(other, count=1234)
    assert beacon(reader, f"question/{other.pk}").json() == {"count": 1200}
