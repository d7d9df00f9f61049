"""Every verb, for every role, from every state, for the author and for somebody else: one table, asked and then done."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from publishing import workflow
from publishing.models import Availability, State
from publishing.roles import Role
from publishing.workflow import Action, Blocked, blockers
from tests.factories import draft_question, make_question, make_user

pytestmark = pytest.mark.django_db

NOBODY = None
ROLES = [NOBODY, Role.WRITER, Role.REVIEWER, Role.ADMINISTRATOR]
WRITERS = {Role.WRITER, Role.REVIEWER, Role.ADMINISTRATOR}
REVIEWERS = {Role.REVIEWER, Role.ADMINISTRATOR}
BOTH, OTHERS = {True, False}, {False}  # whether the user may be the author

# verb: who, from which state of the text, and whether its author may.
TEXT = {
    Action.SUBMIT: (WRITERS, {State.DRAFT, State.REJECTED}, BOTH),
    Action.REJECT: (REVIEWERS, {State.SUBMITTED, State.SCHEDULED}, BOTH),
    Action.PUBLISH: (REVIEWERS, {State.DRAFT, State.SUBMITTED, State.SCHEDULED}, OTHERS),
    Action.SCHEDULE: (REVIEWERS, {State.DRAFT, State.SUBMITTED}, OTHERS),
    Action.FORCE_PUBLISH: (REVIEWERS, {State.DRAFT, State.SUBMITTED, State.REJECTED, State.SCHEDULED}, BOTH),
    Action.APPROVE_AFTER: (REVIEWERS, {State.PUBLISHED}, OTHERS),
}
# verb: who, from which state of the page.
PAGE = {
    Action.VERIFY: (REVIEWERS, {Availability.LIVE}),
    Action.WITHDRAW: (REVIEWERS, {Availability.LIVE}),
    Action.RESTORE: (REVIEWERS, {Availability.WITHDRAWN}),
    Action.MERGE: (REVIEWERS, {Availability.LIVE, Availability.WITHDRAWN}),
    Action.REMOVE: (REVIEWERS, {Availability.LIVE, Availability.WITHDRAWN}),
}


def run(action: Action, revision: Any, user: Any, target: Any = None) -> None:
    """The verb with what it asks for."""
    day = timezone.localdate() + dt.timedelta(days=90)
    more = {
        Action.REJECT: ("请补例外",), Action.SCHEDULE: (timezone.now() + dt.timedelta(days=1),), Action.FORCE_PUBLISH: ("系统今天切换",),
        Action.VERIFY: (day,), Action.WITHDRAW: ("政策已变",), Action.MERGE: (target,), Action.REMOVE: ("重复",),
    }  # fmt: skip
    getattr(workflow, action)(revision, user, *more.get(action, ()))


def in_state(state: State, author: Any) -> Any:
    """A version in that state, forced if it is the published one, on a page that fits."""
    revision = draft_question(title="怎么办备案？", author=author)
    if state in {State.PUBLISHED, State.SUPERSEDED}:
        workflow.make_live(revision, None)
        revision.forced_reason = "急"
    revision.state = state
    revision.publish_at = timezone.now() + dt.timedelta(days=1) if state == State.SCHEDULED else None
    revision.save()
    return revision


def attempt(action: Action, revision: Any, user: Any, target: Any = None) -> bool:
    """Whether the verb went through; whatever it did is undone."""
    asked, reasons = not blockers(action, revision, user), []
    with transaction.atomic():
        try:
            run(action, revision, user, target)
            done = True
        except Blocked as refusal:
            done, reasons = False, refusal.reasons
        transaction.set_rollback(True)
    assert asked == done, f"{action}: blockers() and the verb do not agree"
    assert done or reasons
    assert all(reason.endswith("\u3002") for reason in reasons)
    return done


@pytest.mark.parametrize(("action", "role", "state", "is_author"), list(product(TEXT, ROLES, State, [True, False])))
def test_verbs_of_a_text(action: Action, role: Role | None, state: State, is_author: bool) -> None:
    roles, states, authors = TEXT[action]
    user = make_user(role=role)
    revision = in_state(state, user if is_author else make_user())
    expected = role in roles and state in states and is_author in authors
    assert attempt(action, revision, user) is expected


@pytest.mark.parametrize(("action", "role", "availability"), list(product(PAGE, ROLES, Availability)))
def test_verbs_of_a_page(action: Action, role: Role | None, availability: Availability) -> None:
    roles, allowed = PAGE[action]
    user, other = make_user(role=role), make_question(title="另一个？")
    question = make_question(title="怎么办备案？")
    ended = {
        Availability.WITHDRAWN: {"withdrawn_on": timezone.localdate()},
        Availability.MERGED: {"replaced_by": other},
    }
    for name, value in {"availability": availability, **ended.get(availability, {})}.items():
        setattr(question, name, value)
    question.save()
    assert attempt(action, question.live, user, other) is (role in roles and availability in allowed)


@pytest.mark.parametrize(("action", "availability"), list(product(TEXT, [Availability.MERGED, Availability.GONE])))
def test_no_text_of_an_ended_page_moves(action: Action, availability: Availability) -> None:
    other, user = make_question(title="另一个？"), make_user(role=Role.ADMINISTRATOR)
    revision = in_state(next(iter(TEXT[action][1])), make_user())
    document = revision.document
    document.availability, document.replaced_by = availability, other if availability == Availability.MERGED else None
    document.save()
    assert attempt(action, revision, user) is False


def test_who_forced_it_does_not_approve_it() -> None:
    author, first, second = make_user(role=Role.WRITER), make_user(role=Role.REVIEWER), make_user(role=Role.REVIEWER)
    revision = draft_question(author=author)
    workflow.force_publish(revision, first, "系统今天切换")
    with pytest.raises(Blocked, match="另一位审核人"):
        workflow.approve_after(revision, first)
    workflow.approve_after(revision, second)
    revision.refresh_from_db()
    assert revision.forced_approved_by == second
    with pytest.raises(Blocked, match="不需要补审"):
        workflow.approve_after(revision, second)


def test_who_changed_it_last_does_not_publish_it() -> None:
    reviewer = make_user(role=Role.REVIEWER)
    revision = draft_question(author=make_user(role=Role.WRITER), edited_by=reviewer)
    with pytest.raises(Blocked, match="最后改动这一版的是您"):
        workflow.publish(revision, reviewer)
    workflow.publish(revision, make_user(role=Role.REVIEWER))


@pytest.mark.parametrize("action", [Action.REJECT, Action.FORCE_PUBLISH, Action.WITHDRAW, Action.REMOVE])
def test_verbs_that_need_a_reason(action: Action) -> None:
    reviewer = make_user(role=Role.REVIEWER)
    revision = make_question().live if action in PAGE else in_state(next(iter(TEXT[action][1])), make_user())
    with pytest.raises(Blocked, match="请写明"):
        getattr(workflow, action)(revision, reviewer, "  ")


def test_a_stale_page_does_not_publish_twice() -> None:
    first, second = make_user(role=Role.REVIEWER), make_user(role=Role.REVIEWER)
    revision = draft_question()
    stale = type(revision).objects.get(pk=revision.pk)
    workflow.publish(revision, first)
    with pytest.raises(Blocked, match="请刷新页面再看"):
        workflow.publish(stale, second)
