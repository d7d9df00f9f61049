"""Loads questions and articles as published documents."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection, models

from articles.models import Article, ArticleCitation, ArticleRevision
from faq.models import Question, QuestionCitation, QuestionRevision, RelatedLink
from policies.models import PolicyDocument
from publishing.models import Origin
from publishing.workflow import make_live, text_blockers
from taxonomy.models import Province, Topic
from yibao_site.content.files import Row, read
from yibao_site.content.reference import check, one_of

REVIEW_MONTHS = {"low": 12, "medium": 6, "high": 3}
# The day on which every page was read against the facts by somebody who did not write it.
VERIFIED_ON = dt.date(2026, 11, 22)


class Names:
    """Everything that content files refer to by natural key, read once."""

    def __init__(self) -> None:
        self.topics = {topic.slug: topic for topic in Topic.objects.all()}
        self.provinces = {province.slug: province for province in Province.objects.all()}
        self.policies = {policy.code: policy for policy in PolicyDocument.objects.all()}
        self.owner, _ = Group.objects.get_or_create(name="审核")
        users = {
            user.get_username(): user for user in get_user_model().objects.filter(username__in=["writer", "reviewer"])
        }
        self.author, self.reviewer = users.get("writer"), users.get("reviewer")


def load_question(row: Row, names: Names) -> Question | None:
    """One published question; None where it is already there (what editors have is never overwritten)."""
    number = row.number("id")
    if Question.objects.filter(pk=number).exists():
        return None
    question = Question(pk=number, origin=row.text("origin", Origin.SCENARIO))
    revision = QuestionRevision(
        document=question, title=row.text("title"), summary=row.text("short_answer"), body=row.text("body", ""),
        scope=row.lines("scope"), steps=row.lines("steps"), checklist=row.lines("checklist"), exceptions=row.lines("exceptions"),
    )  # fmt: skip
    _store(question, revision, QuestionCitation, row, names)
    return question


def load_article(row: Row, names: Names) -> Article | None:
    """One published article; None where it is already there."""
    number = row.number("id")
    if Article.objects.filter(pk=number).exists():
        return None
    article = Article(pk=number, kind=row.text("kind"))
    revision = ArticleRevision(
        document=article, title=row.text("title"), summary=row.text("summary"), body=row.text("body")
    )
    _store(article, revision, ArticleCitation, row, names)
    return article


def _store(document: Any, revision: Any, citation_model: type[models.Model], row: Row, names: Names) -> None:
    provinces = [one_of(row, "provinces", names.provinces, slug) for slug in row.items("provinces")]
    topics = [one_of(row, "topics", names.topics, slug) for slug in row.items("topics")]
    if not topics:
        raise row.fail("topics", "at least one topic is needed")
    document.nationwide, document.owner = not provinces, names.owner
    document.search_terms = row.lines("search_terms")
    document.verified_on = row.day("verified_on") or VERIFIED_ON
    document.review_due_on = _review_day(row, document.verified_on)
    check(document, row)
    document.save()
    document.provinces.set(provinces)
    for topic in topics:
        document.topic_items.create(tag=topic)
    revision.document, revision.author = document, names.author
    revision.trace = row.lines("trace")
    check(revision, row, exclude=["document"])
    revision.save()
    _store_citations(revision, citation_model, row, names)
    reasons = text_blockers(revision)
    if reasons:
        raise row.fail("body", " ".join(reasons))
    make_live(revision, names.reviewer)


def _store_citations(revision: Any, citation_model: type[models.Model], row: Row, names: Names) -> None:
    citations = []
    for position, entry in enumerate(row.rows("citations"), 1):
        recheck = entry.text("recheck_with", "")
        citations.append(
            citation_model(
                revision=revision, position=position, clause=entry.text("clause"), note=entry.text("note", ""),
                policy=one_of(entry, "policy", names.policies, entry.text("policy")), as_history=entry.flag("as_history"),
                recheck_with=one_of(entry, "recheck_with", names.policies, recheck) if recheck else None,
            )
        )  # fmt: skip
        check(citations[-1], entry)
    citation_model.objects.bulk_create(citations)


def _review_day(row: Row, verified_on: dt.date) -> dt.date:
    given = row.day("review_due_on")
    if given:
        return given
    volatility = row.text("volatility", "medium")
    if volatility not in REVIEW_MONTHS:
        raise row.fail("volatility", "must be low, medium or high")
    months = verified_on.month - 1 + REVIEW_MONTHS[volatility]
    return verified_on.replace(year=verified_on.year + months // 12, month=months % 12 + 1)


def load_documents(folder: Path) -> dict[str, int]:
    """Loads all questions and articles of a folder, then the links between them."""
    names = Names()
    questions = [row for path in sorted((folder / "questions").glob("*.yaml")) for row in read(path, "id")]
    articles = [row for path in sorted((folder / "articles").glob("*.yaml")) for row in read(path, "id")]
    new_questions = [row for row in questions if load_question(row, names)]
    new_articles = [row for row in articles if load_article(row, names)]
    known = set(Question.objects.values_list("pk", flat=True))
    for row in new_questions:
        _link_questions(row, known)
    for row in new_articles:
        related = [number for number in row.items("related_questions") if number in known]
        Article.objects.get(pk=row.number("id")).related_questions.add(*related)
    reset_ids()
    return {"questions": len(new_questions), "articles": len(new_articles)}


def _link_questions(row: Row, known: set[int]) -> None:
    targets = [number for number in row.items("related") if number in known and number != row.number("id")]
    RelatedLink.objects.bulk_create(
        [
            RelatedLink(question_id=row.number("id"), target_id=number, position=position)
            for position, number in enumerate(dict.fromkeys(targets), 1)
        ]
    )


def reset_ids() -> None:
    """After rows with chosen ids, lets the database count on from the highest (PostgreSQL does not by itself)."""
    from django.core.management.color import no_style

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Question, Article, PolicyDocument]):
            cursor.execute(statement)
