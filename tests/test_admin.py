"""The editors' admin: every list and form opens, at a constant number of queries."""

from __future__ import annotations

import pytest

from articles.models import Article
from faq.models import Question
from policies.models import Parameter, PolicyDocument
from publishing.models import State
from publishing.roles import Role
from tests.factories import (
    draft_question,
    make_article,
    make_policy,
    make_province,
    make_question,
    make_topic,
    make_user,
)

pytestmark = pytest.mark.django_db
LISTS = [
    "/admin/", "/admin/faq/question/", "/admin/articles/article/", "/admin/policies/policydocument/", "/admin/policies/parameter/",
    "/admin/taxonomy/topic/", "/admin/taxonomy/province/", "/admin/taxonomy/city/", "/admin/publishing/auditevent/",
]  # fmt: skip


@pytest.fixture
def administrator(client) -> None:
    client.force_login(make_user(is_superuser=True))


@pytest.mark.parametrize("url", LISTS)
def test_lists_open_in_chinese(content, administrator, client, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 200
    assert 'lang="zh-hans"' in response.content.decode()


@pytest.mark.parametrize("url", LISTS[1:4])
def test_lists_cost_the_same_whatever_their_length(
    administrator, client, url: str, django_assert_max_num_queries
) -> None:
    province = make_province()
    for number in range(3):
        make_question(title=f"问{number}？", provinces=[province])
        make_article(title=f"文{number}")
    client.get(url)
    with django_assert_max_num_queries(40) as few:
        client.get(url)
    for number in range(3, 12):
        make_question(
            title=f"问{number}？", topics=[make_topic(f"栏目{number}", f"topic-{number}")], provinces=[province]
        )
        make_article(title=f"文{number}")
    with django_assert_max_num_queries(len(few)):
        client.get(url)


def test_filters_and_search(content, administrator, client) -> None:
    topic = Question.objects.live().first().topics.first()
    for query in (
        f"topics__id__exact={topic.pk}",
        "availability__exact=live",
        "q=备案",
        "provinces__id__exact=1",
        "draft=draft",
    ):
        assert client.get(f"/admin/faq/question/?{query}").status_code == 200


def test_forms_open(content, administrator, client) -> None:
    question, article = Question.objects.live().first(), Article.objects.live().first()
    for url in (f"/admin/faq/question/{question.pk}/change/", f"/admin/faq/questionrevision/{question.live.pk}/change/",
                f"/admin/articles/article/{article.pk}/change/", f"/admin/articles/articlerevision/{article.live.pk}/change/",
                f"/admin/policies/policydocument/{PolicyDocument.objects.first().pk}/change/",
                f"/admin/policies/parameter/{Parameter.objects.first().pk}/change/", "/admin/faq/question/add/"):  # fmt: skip
        assert client.get(url).status_code == 200, url


def test_a_new_question_starts_with_a_draft(administrator, client) -> None:
    topic = make_topic()
    response = client.post("/admin/faq/question/add/", {
        "title": "新问题怎么办？", "topics": [topic.pk], "nationwide": "on", "search_terms": "", "origin": "scenario",
        "related_links-TOTAL_FORMS": 0, "related_links-INITIAL_FORMS": 0,
    })  # fmt: skip
    question = Question.objects.get()
    assert response.status_code == 302
    assert question.revisions.get().title == "新问题怎么办？"
    assert question.revisions.get().state == State.DRAFT
    assert list(question.topics.all()) == [topic]


@pytest.mark.parametrize(
    ("nationwide", "places", "sentence"), [("on", True, "不要再勾选省份"), ("", False, "请勾选至少一个省份")]
)
def test_nationwide_or_provinces(administrator, client, nationwide: str, places: bool, sentence: str) -> None:
    data = {"title": "问？", "topics": [make_topic().pk], "nationwide": nationwide, "origin": "scenario",
            "related_links-TOTAL_FORMS": 0, "related_links-INITIAL_FORMS": 0}  # fmt: skip
    if places:
        data["provinces"] = [make_province().pk]
    assert sentence in client.post("/admin/faq/question/add/", data).content.decode()
    assert not Question.objects.exists()


def test_unknown_topics_are_refused(administrator, client) -> None:
    response = client.post(
        "/admin/faq/question/add/", {"title": "问？", "topics": [9999], "nationwide": "on", "origin": "scenario"}
    )
    assert response.status_code == 200
    assert not Question.objects.exists()


def test_what_readers_have_seen_cannot_be_edited_or_deleted(client) -> None:
    question = make_question(policies=[make_policy()])
    client.force_login(make_user(role=Role.REVIEWER))
    assert client.post(f"/admin/faq/questionrevision/{question.live.pk}/change/", {"title": "改"}).status_code in {
        302,
        403,
    }
    question.live.refresh_from_db()
    assert question.live.title != "改"
    assert client.post(f"/admin/faq/question/{question.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_editor_page_alone_is_relaxed(content, administrator, client) -> None:
    question = Question.objects.live().first()
    draft = draft_question()
    form = client.get(f"/admin/faq/questionrevision/{draft.pk}/change/")["Content-Security-Policy"]
    assert "'unsafe-inline'" in form
    shown = f"/admin/faq/questionrevision/{question.live.pk}/change/"  # without an editor: readers have seen this text
    for url in ("/", f"/faq/{question.pk}/", "/admin/", "/admin/faq/question/", shown):
        assert "unsafe" not in client.get(url)["Content-Security-Policy"]
