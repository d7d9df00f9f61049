"""Topics: what each is about, what to read first, and all its questions in groups."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from articles.models import Article
from faq.models import Question, QuestionShelved, RelatedLink
from publishing.listed import listed, titled
from publishing.shelves import COUNTED, TOPIC, in_words, size_of
from taxonomy.models import Topic

FIRST = 3
MOST_LISTED = 60  # a page stays a page however many questions a topic has; the list of all has pages
MOST_ARTICLES = 20
SMALLEST_GROUP = 3  # a heading over fewer questions costs readers more than it gives


def topics_with_counts() -> Any:
    """All topics with how many live questions each has, counted up to `COUNTED` + 1."""
    return Topic.objects.annotate(question_count=size_of(QuestionShelved, TOPIC)).order_by("order")


def topic_list(request: HttpRequest) -> HttpResponse:
    """All topics under the headings of their groups."""
    groups = [(name, list(topics)) for name, topics in groupby(topics_with_counts(), key=lambda topic: topic.group)]
    return render(request, "topics.html", {"groups": groups})


def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What a topic is, what to read first, its questions in groups, its articles."""
    topic = get_object_or_404(Topic, slug=slug)
    numbers = Question.objects.numbers(COUNTED + 1, topic)
    questions = list(Question.objects.among(numbers[:MOST_LISTED]).prefetch_related("topics"))
    first = listed(Question, [question.pk for question in most_referred(questions)])
    articles = Article.objects.numbers(MOST_ARTICLES + 1, topic)
    context = {
        "topic": topic,
        "first": first,
        "groups": by_neighbour(topic, questions),
        "question_count": in_words(len(numbers)),
        "has_more": len(questions) > len(first),
        "is_cut": len(numbers) > MOST_LISTED,
        "articles": titled(Article, articles[:MOST_ARTICLES]),
        "more_articles": len(articles) > MOST_ARTICLES,
    }
    return render(request, "topic.html", context)


def most_referred(questions: list[Any], limit: int = FIRST) -> list[Any]:
    """The questions to which editors point most often from other answers; ties by id."""
    links = (
        RelatedLink.objects.filter(hidden=False, target__in=questions).values_list("target").annotate(times=Count("id"))
    )
    times = dict(links)
    ranked = sorted(questions, key=lambda question: (-times.get(question.pk, 0), question.pk))
    return ranked[:limit]


def by_neighbour(topic: Topic, questions: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """The questions of a topic under headings: those of it alone, those that touch another topic, the rest."""
    alone: list[Any] = []
    groups: dict[Topic, list[Any]] = {}
    for question in questions:
        other = next((each for each in question.topics.all() if each.pk != topic.pk), None)
        (groups.setdefault(other, []) if other else alone).append(question)
    large = sorted(
        (other for other, members in groups.items() if len(members) >= SMALLEST_GROUP), key=lambda other: other.order
    )
    rest = [question for other, members in groups.items() if other not in large for question in members]
    headed = [
        (f"{topic.name}本身", alone),
        *((f"和“{other.name}”有关", groups[other]) for other in large),
        ("还有这些", rest),
    ]
    return [(heading, members) for heading, members in headed if members]
