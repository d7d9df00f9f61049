"""The verbs: who may, when, and what readers see after."""

import pytest
from django.db import IntegrityError, transaction

from faq.models import Question
from publishing import workflow
from publishing.drafts import open_draft
from publishing.models import AuditEvent, Availability, State
from publishing.roles import Role
from publishing.workflow import Action, Blocked, blockers
from tests.factories import draft_question, make_figure, make_province, make_question, make_user

pytestmark = pytest.mark.django_db


def test_publishing_moves_the_pointer() -> None:
    writer, reviewer = make_user(role=Role.WRITER), make_user(role=Role.REVIEWER)
    first = draft_question(author=writer)
    workflow.publish(first, reviewer)
    question = first.document
    assert question.live == first
    draft = open_draft(question, writer)
    draft.title = "备案几天生效？"
    draft.save()
    assert Question.objects.live().get().live.title == first.title
    workflow.publish(draft, reviewer)
    first.refresh_from_db()
    assert Question.objects.live().get().live.title == "备案几天生效？"
    assert first.state == State.SUPERSEDED
    assert AuditEvent.objects.filter(action="publish").count() == 2


def test_nobody_publishes_their_own_text() -> None:
    reviewer = make_user(role=Role.REVIEWER)
    revision = draft_question(author=reviewer)
    with pytest.raises(Blocked, match="另一位审核人"):
        workflow.publish(revision, reviewer)
    assert not Question.objects.live().exists()


def test_a_writer_may_not_publish() -> None:
    with pytest.raises(Blocked, match="没有发布权限"):
        workflow.publish(draft_question(), make_user(role=Role.WRITER))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"summary": " "}, "简短回答"),
        ({"policies": []}, "依据"),
        ({"body": "<p>见[^2]</p>"}, "[^2]"),
        ({"steps": "等[[no_such_key]]"}, "[[no_such_key]]"),
    ],
)
def test_a_text_that_would_harm_readers_is_not_published(fields: dict, sentence: str) -> None:
    reasons = blockers(Action.PUBLISH, draft_question(**fields), make_user(role=Role.REVIEWER))
    assert any(sentence in reason for reason in reasons)


def test_a_minor_edit_moves_no_date() -> None:
    question = make_question()
    changed = question.changed_at
    draft = open_draft(question, make_user(role=Role.WRITER))
    draft.is_minor = True
    draft.save()
    workflow.publish(draft, make_user(role=Role.REVIEWER))
    question.refresh_from_db()
    assert question.changed_at == changed
    assert question.live == draft


def test_merging_leads_to_the_final_target_in_one_hop() -> None:
    reviewer = make_user(role=Role.REVIEWER)
    first, second, third = (make_question(title=f"问题{n}？") for n in "甲乙丙")
    workflow.merge(first.live, reviewer, second)
    workflow.merge(second.live, reviewer, third)
    first.refresh_from_db()
    assert first.replaced_by == third


def test_withdrawing_needs_a_reason_and_restoring_brings_the_page_back() -> None:
    reviewer, question = make_user(role=Role.REVIEWER), make_question()
    with pytest.raises(Blocked, match="原因"):
        workflow.withdraw(question.live, reviewer, " ")
    workflow.withdraw(question.live, reviewer, "政策已变")
    assert question.availability == Availability.WITHDRAWN
    assert not Question.objects.live().exists()
    workflow.restore(question.live, reviewer)
    assert Question.objects.live().get() == question


def test_figures_used_are_remembered() -> None:
    value = make_figure("days", "2")
    question = make_question(summary="[[days]]内办结")
    assert list(Question.objects.showing(value.parameter)) == [question]


class TestDatabaseGuards:
    """What must hold even if code forgets."""

    def refused(self, **changes) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Question.objects.filter(pk=self.question.pk).update(**changes)

    @pytest.fixture(autouse=True)
    def _two_questions(self, db) -> None:
        self.question, self.other = make_question(), make_question(title="另一个？")

    def test_the_live_revision_belongs_to_the_document(self) -> None:
        Question.objects.filter(pk=self.other.pk).update(availability=Availability.UNPUBLISHED, live=None)
        self.refused(live=self.other.revisions.get())

    def test_one_revision_is_live_for_one_document(self) -> None:
        self.refused(live=self.other.live)

    def test_no_circle_of_replacements(self) -> None:
        Question.objects.filter(pk=self.other.pk).update(availability=Availability.MERGED, replaced_by=self.question)
        self.refused(availability=Availability.MERGED, replaced_by=self.other)

    def test_not_replaced_by_itself(self) -> None:
        self.refused(availability=Availability.MERGED, replaced_by=self.question)

    def test_merged_needs_a_target_and_a_target_needs_merged(self) -> None:
        self.refused(availability=Availability.MERGED)
        self.refused(replaced_by=self.other)

    def test_live_needs_a_revision(self) -> None:
        self.refused(live=None)

    def test_nationwide_or_provinces(self) -> None:
        Question.objects.filter(pk=self.question.pk).update(availability=Availability.GONE)
        self.refused(availability=Availability.LIVE, nationwide=False)
        self.question.provinces.add(make_province())
        self.refused(availability=Availability.LIVE, nationwide=True)

    def test_a_topic_is_there_once(self) -> None:
        topic = self.question.topics.get()
        with pytest.raises(IntegrityError), transaction.atomic():
            self.question.topic_items.create(tag=topic)
