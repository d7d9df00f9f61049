"""Every place that shows words, with hostile words in every row: nothing of them survives as markup."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.test import Client

from publishing.roles import Role
from tests.factories import make_user
from tests.hostile.places import SILENT, Place, admin_places, look, public_patterns, public_places
from tests.hostile.scene import add_rows, poison, text_columns, watched_models

# What is cleaned and shown is the same on every database.
pytestmark = pytest.mark.sqlite


@pytest.fixture
def poisoned(content: None) -> dict[int, set[str]]:
    """The content with every word replaced, and the search index and related links made of that."""
    add_rows()
    return poison()


@pytest.mark.django_db
def test_every_column_of_words_is_poisoned_and_every_payload_used(poisoned) -> None:
    columns = {column for held in poisoned.values() for column in held}
    filled = {
        f"{model._meta.label}.{column.name}"
        for model in watched_models()
        if model.objects.exists()
        for column in text_columns(model)
    }
    assert columns == filled
    assert len(poisoned) >= 600


def test_every_public_address_is_a_place_or_known_to_be_silent(poisoned) -> None:
    assert {str(pattern.name) for pattern in public_patterns() if pattern.name not in SILENT} == {
        place.name for place in public_places(2)
    }


def test_nothing_survives_in_public(poisoned, client: Client) -> None:
    assert _findings(client, public_places(2)) == []


def test_nothing_survives_in_the_admin(poisoned, small_pages, client: Client) -> None:
    client.force_login(make_user(role=Role.ADMINISTRATOR, is_superuser=True))
    assert _findings(client, admin_places(1, 1)) == []


def test_nothing_survives_after_the_index_is_built_anew(poisoned, client: Client) -> None:
    call_command("rebuild_search", verbosity=0)
    call_command("rebuild_related", verbosity=0)
    places = [
        place for place in public_places(1) if place.name in {"search", "search-suggest", "question", "article", "home"}
    ]
    assert _findings(client, places) == []


def _findings(client: Client, places: list[Place]) -> list[str]:
    """What is wrong in any of the places; and most of them must answer at all."""
    answers = [look(client, place) for place in places]
    assert sum(status == 200 for status, _ in answers) > 0.8 * len(places)
    return [finding for _, findings in answers for finding in findings]
