"""The ways in that are open to anybody: public forms, links, headers, the login."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.core.signing import Signer
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.hostile.corpus import Payload

OWN = {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_USER_AGENT": "Mozilla/5.0"}


def login(client: Client, payload: Payload) -> Iterator[Any]:
    """A stranger at the login form, whose words, browser and address are written down."""
    headers = {
        "HTTP_USER_AGENT": payload.line,
        "HTTP_REFERER": payload.line,
        "HTTP_X_FORWARDED_FOR": payload.line,
        "HTTP_ACCEPT_LANGUAGE": payload.line,
    }
    data = {"username": payload.text, "password": payload.text, "next": payload.text}
    yield Client(**headers).post("/admin/login/", data)
    yield Client(**headers).get(f"/admin/login/?{urlencode({'next': payload.text})}")


def public_forms(client: Client, payload: Payload) -> Iterator[Any]:
    """Asking, reporting, voting and looking up, first refused and then sent."""
    cache.clear()
    reader = Client(**OWN)
    own = dict.fromkeys(
        ("text", "email", "insured_in", "treated_in", "insurance", "stamp", "website", "consent"), payload.text
    )
    yield reader.post("/ask/", own)
    words = {"text": f"备案要多久 {payload.text}", "email": "a@example.org", "consent": "on"}
    yield reader.post("/ask/", words)
    yield reader.post("/ask/", {**words, "send": "1", "stamp": _stamp("ask")})
    yield reader.post("/ask/nearest/", {"text": words["text"]})
    yield reader.post("/ask/receipt/", {"code": payload.text})
    yield reader.get(f"/ask/?{urlencode({'q': payload.text})}")
    yield reader.post(
        "/feedback/report/question/22/",
        {
            "wrong": payload.text,
            "doing": payload.text,
            "quote": payload.text,
            "stamp": payload.text,
            "revision": payload.text,
        },
    )
    yield reader.post(
        "/feedback/report/question/22/",
        {
            "wrong": f"第三步写错了 {payload.text}",
            "doing": payload.text,
            "quote": payload.text,
            "revision": "1",
            "stamp": _stamp("report"),
        },
    )
    yield reader.post(
        "/feedback/helpful/",
        {"kind": payload.text, "page": payload.text, "revision": payload.text, "helpful": payload.text},
    )
    vote = reader.post(
        "/feedback/helpful/",
        {"kind": "question", "page": "22", "revision": "1", "helpful": "no"},
        HTTP_ACCEPT="application/json",
    )
    yield vote
    signed = vote.json().get("vote", "") if vote["Content-Type"].startswith("application/json") else ""
    yield reader.post("/feedback/helpful/reason/", {"vote": signed, "reason": "other", "comment": payload.text})
    yield reader.post(
        "/feedback/helpful/reason/", {"vote": payload.text, "reason": payload.text, "comment": payload.text}
    )
    yield reader.post("/feedback/view/", payload.text, content_type="text/plain")
    yield reader.post("/search/opened/", {"q": payload.text})


def links(client: Client, payload: Payload) -> Iterator[Any]:
    """The payload in every parameter that any public page reads, and in the path."""
    names = ["q", "topic", "province", "page", "mode", "related", "after", "cursor", "limit", "version", "date", "insured", "treated", "reason",
             "insurance", "care", "stage", payload.line[:60]]  # fmt: skip
    together = urlencode(dict.fromkeys(names, payload.text))
    for url in (
        "/",
        "/faq/",
        "/faq/22/",
        "/search/",
        "/search/suggest/",
        "/filing/plan/",
        "/api/v1/questions/",
        "/about/",
        "/ask/",
    ):
        yield client.get(f"{url}?{together}", HTTP_REFERER=payload.line, HTTP_USER_AGENT=payload.line)
    for name in names[:-1]:
        yield client.get(f"/filing/insured/?{urlencode({name: payload.text})}", follow=True)
        yield client.get(f"/faq/?{urlencode({name: payload.text})}")
    yield client.get(f"/search/?{urlencode({'q': '备案 ' + payload.text})}")
    yield client.get(f"/search/suggest/?{urlencode({'q': payload.text})}")
    for pattern in (
        "question",
        "topic",
        "api-list",
        "filing-question",
        "shared-preview",
        "picture",
        "root-txt",
        "root-html",
    ):
        try:
            yield client.get(reverse(pattern, args=[payload.line]))
        except NoReverseMatch:
            yield client.get(f"/{pattern}/{payload.line}")


def _stamp(purpose: str) -> str:
    return Signer(salt="feedback.stamps").sign(f"{purpose} {int(time.time() * 1000) - 9000}")
