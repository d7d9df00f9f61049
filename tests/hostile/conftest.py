"""What the tests of hostile words share."""

from __future__ import annotations

import pytest
from django.contrib import admin


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch, few_journeys: None) -> None:
    """Lists of few rows and previews of few journeys: every page, in seconds; the hammer takes them whole."""
    for own in admin.site._registry.values():
        monkeypatch.setattr(own, "list_per_page", 4)
