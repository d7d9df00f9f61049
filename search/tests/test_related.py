"""Related pages: pins first, hidden never, withdrawn at once, nothing that says the same, and always the same result."""

from __future__ import annotations

import pytest
from django.db import transaction

from articles.models import Article
from faq.models import Question, RelatedLink
from publishing import workflow
from publishing.roles import Role
from search import rebuild, rebuild_related
from search.kin import PAGE
from search.models import DuplicatePair, RelatedRow
from search.related import related_to
from tests.factories import make_article, make_province, make_question, make_topic, make_user

pytestmark = pytest.mark.django_db

TITLES = ["怎么办理异地就医备案？", "异地就医备案多久生效？", "异地备案后怎么用？", "异地备案怎么取消？", "备案选错城市怎么改？",
          "没有居住证能备案吗？", "备案可以让家人帮办吗？", "备案要花钱吗？"]  # fmt: skip


@pytest.fixture
def questions() -> list[Question]:
    return [make_question(title=title) for title in TITLES]


def titles(question: Question, batch: int = 1) -> list[str]:
    return [link.title for link in related_to(question, batch).links]


def rows() -> list[tuple]:
    names = (
        "source_kind",
        "source_id",
        "target_kind",
        "target_id",
        "rank",
        "group",
        "reason",
        "score",
        "pinned",
        "title",
    )
    return list(RelatedRow.objects.order_by("source_kind", "source_id", "rank").values_list(*names))


def test_publishing_gives_a_page_its_list_and_puts_it_into_others(questions) -> None:
    assert len(titles(questions[0])) >= 4
    fresh = make_question(title="异地就医备案在哪里办理？")
    assert len(titles(fresh)) >= 4
    assert RelatedRow.objects.filter(target_id=fresh.pk, rank__lt=PAGE).values("source_id").distinct().count() >= 2


def test_pins_come_first_in_their_order_and_hidden_never(questions) -> None:
    source, first, second, hidden = questions[0], questions[7], questions[6], questions[1]
    RelatedLink.objects.create(question=source, target=first, position=1)
    RelatedLink.objects.create(question=source, target=second, position=2)
    RelatedLink.objects.create(question=source, target=hidden, hidden=True)
    for work in (lambda: workflow.make_live(source.live, None), rebuild.rebuild, rebuild_related.rebuild):
        with transaction.atomic():
            work()
        assert titles(source)[:2] == [first.live.title, second.live.title]
        assert [link.group for link in related_to(source).links[:2]] == ["编辑推荐", "编辑推荐"]
        assert hidden.live.title not in titles(source) + titles(source, 2)


def test_what_is_withdrawn_vanishes_in_the_same_transaction(questions) -> None:
    gone = questions[1]
    assert any(gone.live.title in titles(question) for question in questions)
    with transaction.atomic():
        workflow.withdraw(gone.live, make_user("r1", role=Role.REVIEWER), "规定变了")
        assert not RelatedRow.objects.filter(target_id=gone.pk, target_kind="question").exists()
        transaction.set_rollback(True)
    assert RelatedRow.objects.filter(target_id=gone.pk).exists()
    gone.refresh_from_db()
    workflow.withdraw(gone.live, make_user("r2", role=Role.REVIEWER), "规定变了")
    assert not any(gone.live.title in titles(question) for question in questions)
    workflow.restore(gone.live, make_user("r3", role=Role.REVIEWER))
    assert any(gone.live.title in titles(question) for question in questions)


def test_a_new_title_reaches_every_list(questions) -> None:
    question = questions[1]
    question.live.title = "异地就医备案几天生效？"
    question.live.save()
    workflow.make_live(question.live, None)
    assert not RelatedRow.objects.filter(target_id=question.pk).exclude(title="异地就医备案几天生效？").exists()


def test_two_rebuilds_are_identical(questions) -> None:
    rebuild.rebuild()
    rebuild_related.rebuild()
    before = rows()
    rebuild_related.rebuild()
    assert rows() == before
    assert before


def test_pages_that_say_the_same_go_to_the_editors_not_to_readers(questions) -> None:
    twin = make_question(title="怎么办理 异地就医备案？")
    assert DuplicatePair.objects.get().first_id == questions[0].pk
    assert DuplicatePair.objects.get().second_id == twin.pk
    rebuild.rebuild()
    rebuild_related.rebuild()
    pair = DuplicatePair.objects.get()
    assert (pair.first_id, pair.second_id) == (questions[0].pk, twin.pk)
    assert twin.live.title not in titles(questions[0])
    assert questions[0].live.title not in titles(twin)
    pair.dismissed = True
    pair.save()
    rebuild_related.rebuild()
    assert DuplicatePair.objects.get().dismissed


def test_two_provinces_are_not_related_and_their_own_rule_is(questions) -> None:
    jiangsu, zhejiang = make_province("江苏", "jiangsu"), make_province("浙江", "zhejiang")
    own = make_question(title="江苏备案多久生效？", provinces=[jiangsu])
    other = make_question(title="浙江备案多久生效？", provinces=[zhejiang])
    second = make_question(title="江苏备案怎么取消？", provinces=[jiangsu])
    assert other.live.title not in titles(own) + titles(own, 2)
    link = next(link for link in related_to(second).links if link.title == own.live.title)
    assert (link.group, link.reason) == ("本省", "本省规定")


def test_a_later_step_is_offered_as_the_next_one(questions) -> None:
    found = {link.title: link for link in related_to(questions[0]).links}
    steps = [link for link in found.values() if link.group == "接下来可能要办"]
    assert steps
    assert all(link.reason == "下一步" for link in steps)


def test_articles_and_questions_lead_to_each_other(questions) -> None:
    article = make_article(title="怎么办异地就医备案：一步一步")
    article.related_questions.add(questions[3])
    workflow.make_live(article.live, None)
    workflow.make_live(questions[3].live, None)
    assert titles(article)[0] == questions[3].live.title
    link = next(link for link in related_to(questions[3]).links if link.kind == "article")
    assert (link.url, link.reason) == (f"/articles/{article.pk}/", "办事指南")


@pytest.mark.parametrize("title", ["备", "的", "？", "怎么办理异地就医备案？", "☃"])
def test_odd_questions_have_a_sensible_list_or_none(questions, title: str) -> None:
    odd = make_question(title=title, topics=[])
    assert odd.live.title not in titles(odd)
    rebuild.rebuild()
    rebuild_related.rebuild()
    related_to(odd)


def test_a_lonely_question_is_an_honest_empty_list() -> None:
    alone = make_question(title="只有一个问题？", topics=[make_topic("别的", "other")])
    assert not related_to(alone)
    rebuild.rebuild()
    assert rebuild_related.rebuild().links == 0


def test_a_page_costs_one_query(questions, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert related_to(questions[0]).links


def test_another_batch_without_script(content, client) -> None:
    question = Question.objects.live().get(pk=22)
    first, second = titles(question, 1), titles(question, 2)
    assert len(first) == PAGE
    assert second
    assert not set(first) & set(second)
    html = client.get("/faq/22/").content.decode()
    assert 'href="?related=2#related"' in html
    assert second[0] in client.get("/faq/22/?related=2").content.decode()
    for odd in ("0", "99", "x", "-1", "9" * 50):
        assert client.get("/faq/22/", {"related": odd}).status_code == 200


def test_every_page_is_found_and_no_list_repeats_itself(content) -> None:
    from bench.related_quality import measure

    quality = measure()
    assert quality.coverage == 1
    assert quality.orphans == 0
    assert quality.duplicates == 0
    assert quality.precision >= 0.80
    linked = RelatedRow.objects.filter(target_kind="article", rank__lt=PAGE)
    for article in Article.objects.live():
        assert linked.filter(target_id=article.pk).count() >= 2


def test_quality_of_what_is_computed(content) -> None:
    """Without the editors' pins, which were chosen by people and not by the ranking."""
    from bench.related_quality import measure

    RelatedLink.objects.all().delete()
    rebuild_related.rebuild()
    quality = measure()
    assert quality.precision >= 0.85
    assert quality.ndcg >= 0.85
