"""Hostile words through every way in: each answer is clean, and so is every page that shows them afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from faq.models import QuestionRevision
from publishing.roles import Role
from tests.factories import make_user
from tests.hostile.corpus import Payload, families, sample
from tests.hostile.doors import DOORS, SLOW, folders
from tests.hostile.inspection import survivors
from tests.hostile.places import admin_places, judged, look, public_places
from tests.hostile.scene import add_rows

# What is cleaned and shown is the same on every database.
pytestmark = pytest.mark.sqlite

WORST = families()["breakout"][5]


@pytest.fixture
def administrator(content: None, small_pages: None, client: Client) -> Client:
    add_rows()
    client.force_login(make_user("administrator", role=Role.ADMINISTRATOR, is_superuser=True))
    return client


def wrong_answers(door: str, client: Client, payload: Payload) -> list[str]:
    """What is wrong with the answers at a door."""
    cache.clear()
    found = []
    for answer in DOORS[door](client, payload):
        where = f"{door} {payload.id} {answer.request['REQUEST_METHOD']} {answer.request['PATH_INFO']}"
        if answer.status_code >= 500:
            found.append(f"{where}: {answer.status_code}")
        content = answer.getvalue() if answer.streaming else answer.content
        found += [f"{where}: {finding}" for finding in judged(answer.get("Content-Type", ""), content)]
    return found


@pytest.mark.parametrize("door", DOORS)
def test_no_answer_at_a_door_holds_what_was_sent(door: str, administrator: Client) -> None:
    payloads = [WORST] if door in SLOW else [WORST, *sample(3)]
    assert [finding for payload in payloads for finding in wrong_answers(door, administrator, payload)] == []
    assert _unclean_bodies() == []


def test_files_of_a_folder_are_cleaned_or_refused(administrator: Client, tmp_path: Path) -> None:
    for payload in sample(8):
        folders(payload, tmp_path / payload.id)
    assert _unclean_bodies() == []


def test_what_came_in_is_shown_as_words(administrator: Client) -> None:
    for door in set(DOORS) - SLOW - {"links", "lists"}:
        wrong_answers(door, administrator, WORST)
    places = [*public_places(1), *admin_places(1, 1)]
    assert [finding for place in places for finding in look(administrator, place)[1]] == []


def _unclean_bodies() -> list[Any]:
    bodies = QuestionRevision.objects.values_list("pk", "body")
    return [(pk, found) for pk, body in bodies.order_by("-pk")[:40] if (found := survivors(body, fragment=True))]
