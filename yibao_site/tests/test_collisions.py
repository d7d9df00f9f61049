"""The same row twice: a form says so, and where two people were equally fast, a page says so."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory

from search.models import Pin
from tests.factories import make_question, make_user
from yibao_site.collisions import Collisions, is_collision

pytestmark = pytest.mark.django_db


def collide(**fields: object) -> IntegrityError:
    """The error of a row that may not be stored."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Pin.objects.create(**{"query": "备案", "kind": "question", "object_id": 1, **fields})
    return caught.value


def test_the_form_finds_it_first(client: Client) -> None:
    question = make_question()
    client.force_login(make_user(is_superuser=True))
    data = {"query": "备案 多久", "kind": "question", "object_id": question.pk, "position": 1}
    assert client.post("/admin/search/pin/add/", data).status_code == 302
    again = client.post("/admin/search/pin/add/", {**data, "query": "备案，多久？"})
    assert "已经置顶在这个查询上了" in again.content.decode()
    pin = Pin.objects.get()
    assert client.post(f"/admin/search/pin/{pin.pk}/change/", {**data, "position": 2}).status_code == 302


def test_who_comes_second_by_a_moment_hears_a_sentence(client: Client, monkeypatch) -> None:
    question = make_question()
    client.force_login(make_user(is_superuser=True))
    data = {"query": "备案", "kind": "question", "object_id": question.pk, "position": 1}
    Pin.objects.create(query="备案", kind="question", object_id=question.pk)
    monkeypatch.setattr("search.admin.PinForm.clean", lambda form: form.cleaned_data)  # looked before the other stored
    response = client.post("/admin/search/pin/add/", data)
    assert response.status_code == 409
    assert "已经有同样的一条" in response.content.decode()
    assert Pin.objects.count() == 1


def test_only_a_row_that_is_there_already_is_a_collision(rf: RequestFactory) -> None:
    Pin.objects.create(query="备案", kind="question", object_id=1)
    twice, empty = collide(), collide(object_id=None)
    assert is_collision(twice)
    assert not is_collision(empty)
    middleware = Collisions(lambda request: None)
    assert middleware.process_exception(rf.post("/admin/search/pin/add/"), empty) is None
    assert middleware.process_exception(rf.post("/ask/"), twice) is None
    assert middleware.process_exception(rf.get("/admin/"), twice) is None


def test_refusals_are_plain_sentences(client: Client) -> None:
    """Django's own pages are English, and their style is stopped by our policy."""
    strict = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    pages = {
        400: client.get("/", HTTP_HOST="evil.example"),
        403: client.get("/admin/search/pin/add/"),
        "403 csrf": strict.post("/admin/login/", {"username": "a"}),
    }
    for name, page in pages.items():
        text = page.content.decode()
        assert page.status_code == int(str(name)[:3])
        assert 'data-page="error"' in text, name
        assert "没有改动任何东西" in text, name
        assert "<style" not in text
