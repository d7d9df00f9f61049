"""What the tests of the whole site share."""

from __future__ import annotations

import pytest

from filing import impact


@pytest.fixture
def few_journeys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview of a change of rules goes through all questions for every pair of places, those of each exemption and
    exception too, which takes seconds; here for two. The hammer and filing/tests/test_admin.py take them whole."""
    every = impact._pairs
    monkeypatch.setattr(impact, "_pairs", lambda *given: every(*given)[:2])
