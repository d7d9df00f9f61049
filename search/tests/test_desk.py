"""What search tells the editors' desk."""

from __future__ import annotations

import pytest
from django.utils import timezone

from faq.models import Question
from publishing import similar
from publishing.roles import Role
from search.models import DuplicatePair, QueryCount
from tests.factories import make_question, make_user

pytestmark = pytest.mark.django_db


def test_the_desk_counts_searches_without_results_and_pairs_that_say_the_same(client) -> None:
    client.force_login(make_user(role=Role.REVIEWER))
    QueryCount.objects.create(day=timezone.localdate(), query="医保卡消磁", searches=3, empty=3)
    DuplicatePair.objects.create(kind="question", first_id=1, second_id=2, likeness=0.9)
    html = client.get("/admin/").content.decode()
    assert "零结果检索词" in html
    assert "疑似重复" in html
    assert client.get("/admin/search/querycount/report/empty/").status_code == 200
    assert client.get("/admin/search/duplicatepair/?dismissed__exact=0").status_code == 200


def test_a_title_being_typed_finds_what_says_the_same() -> None:
    make_question(title="生育津贴什么时候到账？")
    question = make_question(title="怎么办理异地就医备案？")
    near = similar.nearest(Question, "怎么办理 异地就医备案")
    assert near[0].document == question
    assert near[0].is_same
    assert similar.nearest(Question, "的") == []
