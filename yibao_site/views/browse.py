"""Ways into the content: home, topics, provinces, policies and the map for people."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from articles.models import Article
from faq.models import Question
from policies.models import PolicyDocument
from publishing import registry
from publishing.models import Availability
from publishing.rendering import short_answers
from taxonomy.models import Province, Region, Topic

# The situations that bring people here, each with the question that answers it.
TASKS = [
    ("我要去外省住院，怎么办备案", 22),
    ("父母在我这里长住，选哪类备案", 42),
    ("在外地突发急病，没来得及备案", 76),
    ("已经自费出院，回去怎么报", 91),
    ("慢性病要在外地长期开药", 110),
    ("换城市工作，医保怎么转", 150),
]


def home(request: HttpRequest) -> HttpResponse:
    """Search first, then the reader's situation, topics, what changed, places."""
    live = Question.objects.live()
    numbers = [number for _, number in TASKS]
    known = set(live.filter(pk__in=numbers).values_list("pk", flat=True))
    recent = list(live.order_by("-changed_at", "id")[:6])
    short_answers(recent)
    context = {
        "tasks": [(label, number) for label, number in TASKS if number in known],
        "topics": topics_with_counts(),
        "recent": recent,
        "articles": Article.objects.live().filter(kind="guide").order_by("id")[:6],
        "regions": provinces_by_region(),
    }
    return render(request, "home.html", context)


def topics_with_counts() -> Any:
    """All topics with how many live questions each has."""
    live = Q(questions__availability=Availability.LIVE)
    return Topic.objects.annotate(question_count=Count("questions", filter=live, distinct=True)).order_by("order")


def provinces_by_region() -> list[tuple[str, list[Province]]]:
    """Provinces grouped by region, regions in their usual order."""
    order = {value: number for number, value in enumerate(Region.values)}
    provinces = sorted(Province.objects.all(), key=lambda province: (order[province.region], province.code))
    return [
        (Region(region).label, list(members)) for region, members in groupby(provinces, key=lambda item: item.region)
    ]


def topic_list(request: HttpRequest) -> HttpResponse:
    return render(request, "topics.html", {"topics": topics_with_counts()})


def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What a topic is, its questions and its articles."""
    topic = get_object_or_404(Topic, slug=slug)
    questions = list(Question.objects.for_listing().filter(topics=topic))
    short_answers(questions)
    articles = Article.objects.live().filter(topics=topic).order_by("id")
    return render(request, "topic.html", {"topic": topic, "questions": questions, "articles": articles})


def province_list(request: HttpRequest) -> HttpResponse:
    return render(request, "provinces.html", {"regions": provinces_by_region()})


def province_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What is verified of a province, what is not, and the answers written for it."""
    province = get_object_or_404(Province.objects.prefetch_related("neighbours"), slug=slug)
    questions = list(Question.objects.for_listing().of_province(province))
    short_answers(questions)
    context = {
        "province": province,
        "facts": province.facts.publishable(),
        "unknowns": province.facts.unknowns(),
        "questions": questions,
        "articles": Article.objects.live().of_province(province),
        "cities": province.landing_cities.all(),
    }
    return render(request, "province.html", context)


def policy_list(request: HttpRequest) -> HttpResponse:
    """All policy documents as a timeline, newest first."""
    policies = PolicyDocument.objects.for_listing()
    years = [
        (year, list(members))
        for year, members in groupby(policies, key=lambda policy: policy.published_on and policy.published_on.year)
    ]
    return render(request, "policies.html", {"years": years})


def policy_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One policy document and every live page that rests on it."""
    policy = get_object_or_404(PolicyDocument.objects.select_related("superseded_by", "partly_superseded_by"), pk=pk)
    citing = [(kind, list(kind.model.objects.citing(policy))) for kind in registry.content_types()]
    context = {
        "policy": policy,
        "citing": [(kind, documents) for kind, documents in citing if documents],
        "supersedes": policy.supersedes.all(),
        "values": policy.values.select_related("parameter", "province").order_by("parameter__label"),
        "today": timezone.localdate(),
    }
    return render(request, "policy.html", context)


def site_map(request: HttpRequest) -> HttpResponse:
    """Every live page, for people."""
    questions = Question.objects.live().prefetch_related("topics").order_by("id")
    by_topic: dict[int, list[Question]] = {}
    for question in questions:
        for topic in question.topics.all():
            by_topic.setdefault(topic.pk, []).append(question)
    topics = [(topic, by_topic.get(topic.pk, [])) for topic in Topic.objects.order_by("order")]
    context = {"topics": topics, "articles": Article.objects.live().order_by("id"), "regions": provinces_by_region()}
    return render(request, "site_map.html", context)
