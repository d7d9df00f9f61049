"""Forms of this site are sent from this site; no page needs a token or a cookie for it."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from feedback.models import HelpfulVote
from publishing.own_site import is_from_this_site
from tests.factories import make_question

OWN = "http://testserver"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"origin": OWN, "sec-fetch-site": "same-origin"}, True),
        ({"origin": OWN}, True),
        ({"referer": OWN + "/faq/1/"}, True),
        ({"origin": OWN, "referer": "https://evil.example/"}, True),
        ({"sec-fetch-site": "same-origin", "referer": OWN + "/ask/"}, True),
        ({}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://testserver"}, False),
        ({"origin": "http://testserver.evil.example"}, False),
        ({"origin": "http://testserver@evil.example"}, False),
        ({"origin": "http://testserver:8080"}, False),
        ({"origin": "http://[broken"}, False),
        ({"origin": OWN, "sec-fetch-site": "cross-site"}, False),
        ({"origin": OWN, "sec-fetch-site": "same-site"}, False),
        ({"origin": OWN, "sec-fetch-site": "none"}, False),
        ({"origin": "https://evil.example", "referer": OWN + "/"}, False),
        ({"sec-fetch-site": "same-origin"}, False),
    ],
)
def test_who_may_post(headers: dict[str, str], allowed: bool) -> None:
    assert is_from_this_site(RequestFactory().post("/ask/", headers=headers)) is allowed


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/ask/", "/ask/nearest/", "/ask/receipt/", "/feedback/helpful/", "/feedback/helpful/reason/", "/feedback/view/"],
)
def test_a_foreign_page_is_refused_in_words(path: str) -> None:
    response = Client(enforce_csrf_checks=True).post(
        path, {"text": "异地就医怎么备案"}, headers={"origin": "https://evil.example"}
    )
    assert response.status_code == 403
    assert "不是从本站页面发出的" in response.content.decode()
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_foreign_page_cannot_vote() -> None:
    question = make_question()
    values = {"kind": "question", "page": question.pk, "revision": 1, "helpful": "no"}
    Client().post(
        "/feedback/helpful/", values, headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    )
    assert not HelpfulVote.objects.exists()


@pytest.mark.django_db
def test_no_public_page_sets_a_cookie_or_carries_a_token(client) -> None:
    question = make_question()
    for path in (
        "/ask/",
        "/ask/receipt/",
        question.get_absolute_url(),
        f"/feedback/report/question/{question.pk}/",
        "/about/editors/",
    ):
        response = client.get(path)
        assert response.status_code == 200
        assert not response.cookies
        assert b"csrfmiddlewaretoken" not in response.content
    assert b'name="stamp" value=""' in client.get("/ask/").content  # the cacheable form carries nothing of its own


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/feedback/helpful/", "/feedback/helpful/reason/", "/feedback/view/", "/ask/nearest/"]
)
def test_nothing_is_changed_by_a_link(client, path: str) -> None:
    assert client.get(path).status_code == 405
