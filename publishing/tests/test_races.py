"""What happens between somebody's look and somebody's click."""

from __future__ import annotations

import pytest

from publishing import workflow
from publishing.drafts import open_draft
from publishing.models import State
from publishing.roles import Role
from tests.factories import make_question, make_user

pytestmark = pytest.mark.django_db


def test_nobody_publishes_words_that_came_after_the_look() -> None:
    """The reviewer's page was opened, the author saved once more, and only then the click arrived."""
    author, reviewer = make_user(role=Role.WRITER), make_user(role=Role.REVIEWER)
    seen = open_draft(make_question(), author)
    type(seen).objects.filter(pk=seen.pk).update(summary="后来又改的话。", lock=seen.lock + 1)
    with pytest.raises(workflow.Blocked, match="又有人改过"):
        workflow.publish(seen, reviewer)
    seen.refresh_from_db()
    assert seen.state == State.DRAFT
    workflow.publish(seen, reviewer)
    seen.refresh_from_db()
    assert (seen.state, seen.summary) == (State.PUBLISHED, "后来又改的话。")


def test_the_second_of_two_clicks_hears_that_the_first_was_there() -> None:
    author, first, second = make_user(role=Role.WRITER), make_user(role=Role.REVIEWER), make_user(role=Role.REVIEWER)
    draft = open_draft(make_question(), author)
    same = type(draft).objects.select_related("document").get(pk=draft.pk)
    workflow.publish(draft, first)
    with pytest.raises(workflow.Blocked, match="别人刚刚"):
        workflow.publish(same, second)
