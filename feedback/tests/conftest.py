"""A reader whose browser says where its posts come from."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone


class Reader(Client):
    """A browser on this site: Django's token check is on, and no token is ever sent."""

    def __init__(self, **options: Any) -> None:
        own = {
            "origin": "http://testserver",
            "sec-fetch-site": "same-origin",
            "user-agent": "Mozilla/5.0 (Linux; Android 10)",
        }
        super().__init__(enforce_csrf_checks=True, headers=own, **options)

    def ask(self, text: str, wait: int = 5, **fields: str) -> HttpResponse:
        """Writes a question, looks at the answers for a while, and sends it."""
        second = self.post("/ask/", {"text": text, **fields})
        assert second.status_code == 200, second.content.decode()
        with time_machine.travel(timezone.now() + dt.timedelta(seconds=wait), tick=False):
            return self.post("/ask/", {"text": text, **fields, "send": "yes", "stamp": stamp_in(second)})

    def report(self, page: str, wait: int = 5, **fields: str) -> HttpResponse:
        """Opens the form, writes for a while, and sends it."""
        form = self.get(page)
        with time_machine.travel(timezone.now() + dt.timedelta(seconds=wait), tick=False):
            return self.post(page, {**fields, "stamp": stamp_in(form)})


def stamp_in(response: HttpResponse) -> str:
    return re.search(r'name="stamp" value="([^"]*)"', response.content.decode())[1]


def code_in(response: HttpResponse) -> str:
    return re.search(r"data-receipt>([\d ]+)<", response.content.decode())[1].replace(" ", "")


@pytest.fixture
def reader() -> Reader:
    cache.clear()
    return Reader()
