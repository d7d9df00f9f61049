"""A reviewer can hold an answer against its facts in a minute."""

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_question

pytestmark = pytest.mark.django_db


def test_each_part_stands_beside_its_facts(capsys) -> None:
    question = make_question(
        steps="打电话", body="<p>甲。[^1]</p><p>乙。[^1]</p>", trace="短答：F044\n正文1:F076 F078\n办理：F035"
    )
    call_command("content_trace", question=question.pk)
    said = capsys.readouterr().out
    assert "[短答]  F044\n  要看参保地" in said
    assert "[正文1]  F076 F078\n  甲。" in said
    assert "[正文2]  no fact noted" in said
    assert "[办理]  F035\n  打电话" in said
    assert "第八条" in said


def test_a_question_that_is_not_there() -> None:
    with pytest.raises(CommandError, match="no live question 999"):
        call_command("content_trace", question=999)
