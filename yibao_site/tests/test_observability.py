"""What operators see: metrics that nobody else sees, log lines that hold nothing personal, and one id for both."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st

from publishing import housekeeping, trail
from yibao_site.observability import figures, scrape
from yibao_site.observability.logs import Json, Plain, Trace
from yibao_site.observability.middleware import observe
from yibao_site.urls import handler400, handler404, handler500  # noqa: F401 - for `urlpatterns` below

Lines = list[logging.LogRecord]


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("电话13800138000")


def slow(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT\n %s", ["王小明的话"])
    return HttpResponse("done")


urlpatterns = [path("broken/", broken, name="broken"), path("slow/", slow, name="slow")]


def metrics(client: Client, **headers: str) -> dict[str, float]:
    text = client.get("/metrics", **headers).content.decode()
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in rows}


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """Every line that is logged meanwhile, as the JSON handler writes it."""
    records: Lines = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Keep()
    handler.addFilter(Trace())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(Json().format(record)) for record in records]
    logging.getLogger().removeHandler(handler)


# Who may see the metrics


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"HTTP_HOST": "nobody.example"}, 200),
        ({"REMOTE_ADDR": "203.0.113.9"}, 404),
        ({"REMOTE_ADDR": ""}, 404),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
        ({"HTTP_FORWARDED": "for=127.0.0.1"}, 404),
        ({"HTTP_VIA": "1.1 proxy"}, 404),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer wrong"}, 404),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer "}, 404),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer 密"}, 404),
    ],
)
def test_metrics_are_seen_from_this_machine_alone(
    db: None, client: Client, headers: dict[str, str], status: int
) -> None:
    assert client.get("/metrics", **headers).status_code == status


def test_metrics_are_seen_by_who_knows_the_token(db: None, client: Client, settings: object) -> None:
    settings.METRICS_TOKEN = "long-and-secret"
    elsewhere = {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "198.51.100.7"}
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer long-and-secret", **elsewhere).status_code == 200
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer long-and-secreT", **elsewhere).status_code == 404
    assert client.post("/metrics", HTTP_AUTHORIZATION="Bearer long-and-secret").status_code in {403, 404}


# What is counted


def test_requests_and_queries_are_counted_by_view(content: None, client: Client) -> None:
    before = metrics(client)
    client.get("/faq/1/")
    client.get("/faq/424242/")
    after = metrics(client)

    def more(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert more('yibao_requests_total{method="GET",status="2xx",view="question"}') == 1
    assert more('yibao_requests_total{method="GET",status="4xx",view="question"}') == 1
    assert more('yibao_request_seconds_count{view="question"}') == 2
    assert more('yibao_database_queries_total{view="question"}') >= 3
    assert more('yibao_database_seconds_total{view="question"}') > 0


def test_nothing_that_a_reader_sends_becomes_a_label(db: None, client: Client) -> None:
    before = set(metrics(client))
    for number in range(40):
        client.generic(f"WORD{number}", "/", HTTP_HOST="127.0.0.1")
        client.get(f"/no/such/page-{number}/?word={number}")
        client.get(f"/static/none-{number}.css")
        client.get(f"/admin/none-{number}/")
    added = {name for name in set(metrics(client)) - before if not name.startswith("yibao_request_seconds")}
    assert len(added) < 16, added
    assert not any("none-" in name or "WORD" in name or "page-" in name for name in added)


def test_figures_about_work_and_machine(content: None, client: Client, settings: object, tmp_path: Path) -> None:
    settings.HOUSEKEEPING_FILE = tmp_path / "metrics" / "housekeeping"
    scrape._figures.until = 0
    first = metrics(client)
    assert first["yibao_database_up"] == 1
    assert first['yibao_worker_memory_bytes{worker="1"}'] > 10_000_000
    assert first["yibao_disk_free_bytes"] > 0
    assert first["yibao_content_age_seconds"] >= 0
    assert first['yibao_reviews_due{kind="question"}'] == 0
    assert "yibao_housekeeping_success_timestamp_seconds" not in first


def test_housekeeping_is_remembered_only_when_all_jobs_went_well(
    db: None, settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOUSEKEEPING_FILE = tmp_path / "housekeeping"
    monkeypatch.setattr(housekeeping, "_jobs", {"fails": lambda: 1 // 0})
    with pytest.raises(Exception, match="fails"):
        call_command("housekeeping")
    assert figures.last_housekeeping() is None
    monkeypatch.setattr(housekeeping, "_jobs", {"works": lambda: ""})
    call_command("housekeeping")
    assert time.time() - figures.last_housekeeping() < 60


def test_overdue_pages_and_empty_searches_are_counted(
    content: None, client: Client, frozen: Callable[..., None]
) -> None:
    frozen("2031-01-01")
    client.get("/search/", {"q": "量子计算机维修"})
    scrape._figures.until = 0
    found = metrics(client)
    assert found['yibao_reviews_due{kind="question"}'] > 100
    assert found["yibao_searches_today"] == 1
    assert found["yibao_searches_empty_today"] == 1


def test_without_a_database_the_rest_is_told(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch, lines: Callable[[], list[dict[str, object]]]
) -> None:
    def fail() -> None:
        raise DatabaseError("gone")

    scrape._figures.until = 0
    monkeypatch.setattr(figures, "_work", fail)
    found = metrics(client)
    scrape._figures.until = 0
    assert found["yibao_database_up"] == 0
    assert "yibao_disk_free_bytes" in found


# Request ids and log lines


def test_an_id_is_taken_from_our_own_proxy_only(db: None, client: Client, settings: object) -> None:
    given = "0123456789abcdef0123456789abcdef"
    assert client.get("/healthz", HTTP_X_REQUEST_ID=given).headers["X-Request-ID"] != given
    settings.TRUSTED_PROXIES = 1
    assert client.get("/healthz", HTTP_X_REQUEST_ID=given).headers["X-Request-ID"] == given


@given(st.text(max_size=80))
def test_no_id_can_forge_a_log_line(text: str) -> None:
    request = RequestFactory().get("/healthz", HTTP_X_REQUEST_ID=text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "TRUSTED_PROXIES", 1)
        answer = observe(lambda request: HttpResponse("ok"))(request)
    assert answer.headers["X-Request-ID"].replace("-", "").replace("_", "").isalnum()
    assert 8 <= len(answer.headers["X-Request-ID"]) <= 64


def test_a_log_line_tells_what_happened_and_nothing_about_the_reader(
    content: None, client: Client, lines: Callable[[], list[dict[str, object]]]
) -> None:
    answer = client.get(
        "/search/", {"q": "我叫王小明13800138000"}, HTTP_USER_AGENT="Phone/1", REMOTE_ADDR="203.0.113.77"
    )
    [line] = [line for line in lines() if line["logger"] == "yibao.access"]
    assert (line["method"], line["view"], line["status"]) == ("GET", "search", 200)
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["bytes"] == len(answer.content)
    assert line["ms"] > 0
    everything = json.dumps(lines(), ensure_ascii=False)
    assert not [word for word in ("王小明", "13800138000", "q=", "Phone/1", "203.0.113.77") if word in everything]


@pytest.mark.urls("yibao_site.tests.test_observability")
def test_an_error_page_shows_the_id_under_which_the_log_tells_more(
    db: None, lines: Callable[[], list[dict[str, object]]]
) -> None:
    answer = Client(raise_request_exception=False).get("/broken/?q=13900139000")
    name = answer.headers["X-Request-ID"]
    assert answer.status_code == 500
    assert f"<code>{name}</code>" in answer.content.decode()
    [line] = [line for line in lines() if line["level"] == "ERROR"]
    assert line["request_id"] == name
    assert "RuntimeError" in line["error"]
    assert "13800138000" not in json.dumps(lines(), ensure_ascii=False)
    assert "13900139000" not in json.dumps(lines(), ensure_ascii=False)


@given(st.text())
def test_a_message_is_one_line_of_json_or_of_text(text: str) -> None:
    record = logging.LogRecord("any", logging.INFO, "file", 1, "said: %s", (text,), None)
    Trace().filter(record)
    [line] = Json().format(record).splitlines()
    assert json.loads(line)["logger"] == "any"
    assert len(Plain().format(record).splitlines()) == 1


@pytest.fixture
def security_record(db: None, caplog: pytest.LogCaptureFixture) -> Callable[..., logging.LogRecord]:
    """Gives back `record(action, about, **details)`: what the trail logs about it."""
    caplog.set_level(logging.INFO, logger="security")

    def record(action: str, user: Any, **details: Any) -> logging.LogRecord:
        trail.write(action, user, user, **details)
        return caplog.records[-1]

    return record


def test_a_line_of_the_security_log_is_one_object_in_readable_chinese(
    security_record: Callable[..., logging.LogRecord], django_user_model: type
) -> None:
    zhang = django_user_model.objects.create_user("zhang")
    record = security_record("permissions", zhang, who="张三", added=["审核"], name="电话13800138000")
    line = Json().format(record)
    assert "张三" in line
    told = json.loads(line)
    assert {name: told[name] for name in ("logger", "message", "actor", "about", "details")} == {
        "logger": "security", "message": "permissions", "actor": zhang.pk, "about": f"user:{zhang.pk}",
        "details": {"who": "张三", "added": ["审核"], "name": "电话【手机号】"},
    }  # fmt: skip


@pytest.mark.parametrize("form", [Json, Plain])
def test_nothing_that_was_typed_begins_a_line_of_the_security_log(
    security_record: Callable[..., logging.LogRecord], django_user_model: type, form: type[logging.Formatter]
) -> None:
    path = "/admin/\r\n2026-11-22 INFO security forged\u2028\u2029\x85"
    record = security_record("denied", django_user_model.objects.create_user("zhang"), path=path)
    Trace().filter(record)
    [line] = form().format(record).splitlines()
    assert "forged" in line
    assert form is Plain or json.loads(line)["details"]["path"] == path


def test_a_user_is_known_by_number(
    client: Client, django_user_model: type, lines: Callable[[], list[dict[str, object]]]
) -> None:
    user = django_user_model.objects.create_superuser("wang-xiaoming", password="p" * 20)
    client.force_login(user)
    before = len(lines())
    client.get("/admin/")
    [line] = [line for line in lines()[before:] if line["logger"] == "yibao.access"]
    assert (line["view"], line["user"]) == ("admin", user.pk)
    assert "wang-xiaoming" not in json.dumps(lines()[before:])


@pytest.mark.urls("yibao_site.tests.test_observability")
def test_a_slow_query_is_logged_without_its_values(
    db: None, client: Client, settings: object, lines: Callable[[], list[dict[str, object]]]
) -> None:
    client.get("/slow/")
    assert not [line for line in lines() if line["logger"] == "yibao.slow_query"]
    settings.SLOW_QUERY_MS = 0
    answer = client.get("/slow/")
    [line] = [line for line in lines() if line["logger"] == "yibao.slow_query"]
    assert (line["sql"], line["view"], line["request_id"]) == ("SELECT %s", "slow", answer.headers["X-Request-ID"])
    assert "王小明" not in json.dumps(lines(), ensure_ascii=False)


def test_timings_are_told_to_developers_only(content: None, client: Client, settings: object) -> None:
    assert "Server-Timing" not in client.get("/faq/1/").headers
    settings.DEBUG = True
    told = client.get("/faq/1/").headers["Server-Timing"]
    assert told.startswith("db;dur=")
    assert "queries" in told
    assert "total;dur=" in told
