"""Small, valid rows for tests; every argument may be given."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

from articles.models import Article, ArticleCitation, ArticleRevision
from faq.models import Question, QuestionCitation, QuestionRevision
from policies.models import Parameter, ParameterValue, PolicyDocument
from publishing.roles import Role, ensure_roles
from publishing.workflow import make_live
from taxonomy.models import Province, Region, Topic

numbers = count(1)


def make_user(name: str = "", role: Role | None = None, **fields: Any) -> Any:
    """A member of staff; with a role, in its group."""
    user = get_user_model().objects.create_user(
        name or f"user{next(numbers)}", password="Pass-word-of-tests-1", is_staff=True, **fields
    )
    if role:
        # The groups are there from the start, except after a test that emptied all tables.
        user.groups.add(Group.objects.filter(name=role.value).first() or ensure_roles()[role])
    return user


def make_topic(name: str = "异地备案", slug: str = "filing", **fields: Any) -> Topic:
    return Topic.objects.get_or_create(slug=slug, defaults={"name": name, **fields})[0]


def make_province(short_name: str = "江苏", slug: str = "jiangsu", **fields: Any) -> Province:
    defaults = {"code": f"{900000 + next(numbers)}", "name": short_name + "省", "short_name": short_name,
                "region": Region.EAST, "bureau_name": short_name + "省医疗保障局", **fields}  # fmt: skip
    return Province.objects.get_or_create(slug=slug, defaults=defaults)[0]


def make_policy(code: str = "", **fields: Any) -> PolicyDocument:
    code = code or f"T{next(numbers)}"
    defaults = {
        "title": f"关于测试的通知{code}",
        "published_on": dt.date(2022, 7, 26),
        "in_force_from": dt.date(2023, 1, 1),
    }
    return PolicyDocument.objects.create(code=code, **{**defaults, **fields})


def make_figure(key: str = "filing_days", value: str = "2", unit: str = "个工作日", **fields: Any) -> ParameterValue:
    """A figure with one value in force."""
    parameter, _ = Parameter.objects.get_or_create(key=key, defaults={"label": f"数字{key}", "unit": unit})
    defaults = {"in_force_from": dt.date(2023, 1, 1), "source_note": "测试"}
    return ParameterValue.objects.create(parameter=parameter, value=value, **{**defaults, **fields})


def draft_question(title: str = "异地就医备案多久生效？", policies: list[PolicyDocument] | None = None,
                   topics: list[Topic] | None = None, provinces: list[Province] | None = None, **fields: Any) -> QuestionRevision:  # fmt: skip
    """The first draft of a question, ready to be published by somebody other than its author."""
    identity = {
        name: fields.pop(name) for name in ("pk", "review_due_on", "verified_on", "search_terms") if name in fields
    }
    question = Question.objects.create(nationwide=not provinces, **identity)
    question.provinces.set(provinces or [])
    for topic in topics if topics is not None else [make_topic()]:
        question.topic_items.create(tag=topic)
    defaults = {"summary": "要看参保地，有的马上生效。", "body": "<p>要看参保地。[^1]</p>"}
    revision = QuestionRevision.objects.create(document=question, title=title, **{**defaults, **fields})
    for position, policy in enumerate(policies if policies is not None else [make_policy()], 1):
        QuestionCitation.objects.create(revision=revision, policy=policy, clause="第八条", position=position)
    return revision


def make_question(title: str = "异地就医备案多久生效？", **fields: Any) -> Question:
    """A live question."""
    revision = draft_question(title, **fields)
    with transaction.atomic():
        make_live(revision, None)
    return revision.document


def make_article(title: str = "怎么办异地就医备案", topics: list[Topic] | None = None, **fields: Any) -> Article:
    """A live article."""
    article = Article.objects.create(**({"pk": fields.pop("pk")} if "pk" in fields else {}))
    for topic in topics if topics is not None else [make_topic()]:
        article.topic_items.create(tag=topic)
    defaults = {"summary": "四步办好备案。", "body": "<h2>先看</h2><p>告知书。[^1]</p>"}
    revision = ArticleRevision.objects.create(document=article, title=title, **{**defaults, **fields})
    ArticleCitation.objects.create(revision=revision, policy=make_policy(), clause="第九条")
    with transaction.atomic():
        make_live(revision, None)
    return article
