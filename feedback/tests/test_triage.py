"""What editors decide about a question, and what becomes of it."""

from __future__ import annotations

import pytest

from feedback import triage
from feedback.clusters import likeness, tokens
from feedback.models import (
    Inbox,
    ReaderQuestion,
)
from feedback.tests.scenes import asked
from publishing.models import Origin
from publishing.workflow import make_live
from tests.factories import draft_question, make_question, make_user

pytestmark = pytest.mark.django_db


def test_likeness_is_between_nothing_and_all() -> None:
    one = tokens("江苏参保去上海住院要不要备案")
    assert likeness(one, one) == 1
    assert likeness(one, tokens("")) == 0
    assert likeness(one, tokens("江苏参保，到上海住院，要不要备案？")) > 0.6
    assert likeness(one, tokens("门诊慢特病的药能网购吗")) < 0.2


def test_answered_by_what_is_there() -> None:
    question, answer, user = asked(), make_question(), make_user()
    triage.answer_with([question], answer, user, "看这里，电话13800138000")
    question.refresh_from_db()
    assert (question.state, question.answer, question.handled_by) == (Inbox.ANSWERED, answer, user)
    assert question.closed_at
    assert question.reply == "看这里，电话【手机号】"
    with pytest.raises(triage.Refused):
        triage.answer_with([question], draft_question().document, user)


def test_a_new_answer_is_a_draft_of_its_own_and_publishing_it_answers(frozen) -> None:
    questions, user = [asked(), asked("去上海住院要先备案吗？")], make_user()
    with pytest.raises(triage.Refused):
        triage.write_answer(questions, " ", user)
    with pytest.raises(triage.Refused):
        triage.write_answer(questions, "我叫张三怎么备案", user)
    document = triage.write_answer(questions, "去外省住院要先备案吗？", user)
    assert document.origin == Origin.READER
    draft = document.working_revision
    assert (draft.title, draft.author, draft.body) == ("去外省住院要先备案吗？", user, "")
    assert all(question.text not in draft.title for question in questions)
    assert set(ReaderQuestion.objects.values_list("state", flat=True)) == {Inbox.DRAFTING}
    make_live(draft, None)
    assert set(ReaderQuestion.objects.values_list("state", flat=True)) == {Inbox.ANSWERED}
    assert ReaderQuestion.objects.filter(closed_at__isnull=True).count() == 0


def test_merging_leads_to_the_first_and_never_in_a_circle() -> None:
    first, second, third, user = asked(), asked("二"), asked("三"), make_user()
    triage.merge_into(second, first, user)
    triage.merge_into(third, second, user)
    third.refresh_from_db()
    assert third.merged_into == first
    with pytest.raises(triage.Refused):
        triage.merge_into(first, third, user)
