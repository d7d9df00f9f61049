"""Open data: what the OpenAPI document promises, page by page, and only what is live."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from faq.models import Question
from publishing.models import Availability
from seo import openapi
from seo.tests.reading import body, local
from taxonomy.models import Confidence
from tests.factories import make_article, make_figure, make_policy, make_province, make_question

pytestmark = pytest.mark.django_db
TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "null": type(None)}


def assert_matches(value: Any, schema: dict[str, Any], where: str = "") -> None:
    """Fails where the value is not what the schema says, or says more than it does."""
    if reference := schema.get("$ref"):
        schema = openapi.SCHEMAS[reference.rpartition("/")[2]]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert any(type(value) is TYPES[kind] for kind in kinds), f"{where}: {value!r} is no {kinds}"
    assert "enum" not in schema or value in schema["enum"], where
    if value is not None and schema.get("format") == "date-time":
        assert dt.datetime.fromisoformat(value).utcoffset() == dt.timedelta(hours=8), where
    if value is not None and schema.get("format") == "date":
        dt.date.fromisoformat(value)
    if isinstance(value, list):
        for number, item in enumerate(value):
            assert_matches(item, schema["items"], f"{where}[{number}]")
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema.get("required", [])) <= set(value) <= set(schema["properties"]), where
        for name, item in value.items():
            assert_matches(item, schema["properties"][name], f"{where}.{name}")


def read(client: Client, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200, body(response)
    return json.loads(body(response))


def some_content() -> Question:
    make_figure()
    policy = make_policy(issued_on=dt.date(2022, 6, 30), superseded_by=make_policy())
    make_article()
    return make_question(
        summary="[[filing_days]]。", policies=[policy], provinces=[make_province()], steps="先备案。[^1]",
        verified_on=dt.date(2026, 11, 22), review_due_on=dt.date(2020, 1, 1),
    )  # fmt: skip


def test_every_path_answers_as_described(client: Client) -> None:
    question = some_content()
    numbers = {"questions": question.pk, "articles": read(client, "/api/v1/articles/")["items"][0]["id"]}
    description = read(client, "/api/v1/openapi.json")
    assert description["openapi"] == "3.1.0"
    for path, operations in description["paths"].items():
        number = next((pk for name, pk in numbers.items() if name in path), 0)
        answer = read(client, "/api/v1" + path.replace("{id}", str(number)))
        schema = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert_matches(answer, schema, path)
        assert "items" not in answer or answer["items"], path


def test_the_index_leads_everywhere(client: Client) -> None:
    some_content()
    index = read(client, "/api/v1/")
    assert set(index["lists"]) == {"questions", "articles", "policies", "parameters"}
    for address in [*index["lists"].values(), index["openapi"]]:
        read(client, local(address))
    assert index["licence"] == "https://creativecommons.org/licenses/by/4.0/"


def test_a_question_says_what_its_page_says(client: Client) -> None:
    question = some_content()
    item = read(client, f"/api/v1/questions/{question.pk}/")["item"]
    assert item["short_answer"] == "2个工作日。"
    assert item["steps"][0].startswith("先备案。<sup")
    assert (item["provinces"], item["nationwide"], item["topics"]) == (["jiangsu"], False, ["filing"])
    assert item["verified_on"] == "2026-11-22"
    assert "复核" in item["notices"][0]
    assert item["citations"][0]["clause"] == "第八条"
    assert item["figures"][0]["parameter"] == "filing_days"


def test_pages_by_cursor_reach_everything_once(client: Client) -> None:
    expected = [make_question(f"问{number}？").pk for number in range(7)]
    found, path = [], "/api/v1/questions/?limit=3"
    while path:
        answer = read(client, path)
        found += [item["id"] for item in answer["items"]]
        path = answer["next"] and local(answer["next"])
        if len(found) == 3:
            Question.objects.filter(pk=expected[0]).update(availability=Availability.GONE)  # shifts no later page
    assert found == expected


def test_only_live_pages(client: Client) -> None:
    question = make_question()
    for availability in (Availability.UNPUBLISHED, Availability.WITHDRAWN, Availability.GONE):
        Question.objects.filter(pk=question.pk).update(availability=availability, withdrawn_on=dt.date(2026, 1, 1))
        assert read(client, "/api/v1/questions/")["items"] == []
        response = client.get(f"/api/v1/questions/{question.pk}/")
        assert response.status_code == 404
        assert json.loads(response.content)["error"]


def test_values_we_are_not_sure_of_are_left_out(client: Client) -> None:
    make_figure(confidence=Confidence.LOW)
    assert read(client, "/api/v1/parameters/")["items"][0]["values"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=ten", "limit=-1", "limit=٣", "cursor=zzz", "cursor=cXVlc3Rpb25zOng", "cursor=备案"])  # fmt: skip
def test_a_wrong_question_is_answered_with_a_sentence(client: Client, query: str) -> None:
    response = client.get(f"/api/v1/questions/?{query}")
    assert response.status_code == 400
    assert len(json.loads(response.content)["error"]) > 5


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/questions/%00", 400),
        ("/api/v1/questions/?cursor=%00", 400),
        ("/api/v1/nothing/", 404),
        ("/api/v1/nothing/at/all", 404),
        ("/api/v1/questions/x/", 404),
        ("/api/v1/questions/999/", 404),
    ],
)
def test_an_error_that_no_view_met_is_json_too(client: Client, address: str, status: int) -> None:
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (status, "application/json; charset=utf-8")
    assert len(json.loads(response.content)["error"]) > 5
    assert (response["Access-Control-Allow-Origin"], response["X-Robots-Tag"]) == ("*", "noindex")


def test_a_mistake_of_ours_is_json_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError

    monkeypatch.setattr(openapi, "document", broken)
    response = Client(raise_request_exception=False).get("/api/v1/openapi.json")
    assert response.status_code == 500
    assert response["X-Request-ID"] in json.loads(response.content)["error"]


def test_an_error_elsewhere_is_still_a_page(client: Client) -> None:
    for address in ("/faq/%00", "/api/", "/nothing/"):
        assert client.get(address)["Content-Type"] == "text/html; charset=utf-8"


def test_a_cursor_of_another_list_is_refused(client: Client) -> None:
    for number in range(3):
        make_question(f"问{number}？")
    following = read(client, "/api/v1/questions/?limit=1")["next"]
    assert client.get(local(following).replace("questions", "articles")).status_code == 400


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.text())
def test_no_query_string_breaks_it(client: Client, cursor: str, limit: str) -> None:
    answer = client.get("/api/v1/parameters/", {"cursor": cursor, "limit": limit})
    assert answer.status_code in {200, 400}


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/questions/", "/api/v1/policies/", "/api/v1/openapi.json"])
def test_any_website_may_read_and_nobody_write(client: Client, path: str) -> None:
    response = client.get(path, headers={"origin": "https://elsewhere.example"})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["X-Robots-Tag"] == "noindex"
    assert not response.cookies
    preflight = client.options(path, headers={"origin": "https://elsewhere.example"})
    assert (preflight.status_code, preflight["Access-Control-Allow-Methods"]) == (204, "GET, HEAD")
    client = Client(enforce_csrf_checks=True)
    for method in (client.post, client.put, client.delete, client.patch):
        refused = method(path)
        assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert client.get(path, headers={"if-none-match": response["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("path", "queries"),
    [("/api/v1/questions/", 4), ("/api/v1/articles/", 3), ("/api/v1/policies/", 1), ("/api/v1/parameters/", 2)],
)
def test_queries_do_not_grow(client: Client, path: str, queries: int, django_assert_num_queries) -> None:
    some_content()
    with django_assert_num_queries(queries):
        client.get(path)
    for number in range(5):
        make_question(f"问{number}？", summary="[[filing_days]]。", provinces=[make_province()])
        make_article(f"文{number}")
    make_figure("other_days")
    with django_assert_num_queries(queries):
        client.get(path)
