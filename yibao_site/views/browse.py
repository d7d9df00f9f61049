"""Ways into the content: home, policies and the map for people."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from articles.models import Article
from faq.models import Question
from policies.models import PolicyDocument
from publishing import registry
from publishing.listed import titled
from publishing.shelves import in_words
from taxonomy.models import Term
from yibao_site.views.places import provinces_by_region
from yibao_site.views.topics import topics_with_counts

# The situations that bring people here, each with the question that answers it.
TASKS = [
    ("我要去外省住院，怎么办备案", 22),
    ("父母在我这里长住，选哪类备案", 42),
    ("在外地突发急病，没来得及备案", 76),
    ("已经自费出院，回去怎么报", 91),
    ("慢性病要在外地长期开药", 110),
    ("换城市工作，医保怎么转", 150),
]
POPULAR_TOPICS = 8
# Pages that rest on a policy document, as many as its page names and counts: all that there are now (160 and 27), and some.
MOST_CITING = {"question": 200, "article": 50}
# While the site is small, the map names every page; beyond, it names the lists, which have pages.
MOST_MAPPED = 500


def home(request: HttpRequest) -> HttpResponse:
    """Search first, then the reader's situation, topics, what changed, places."""
    live = Question.objects.live()
    numbers = [number for _, number in TASKS]
    known = set(live.filter(pk__in=numbers).values_list("pk", flat=True))
    topics = list(topics_with_counts())
    context = {
        "tasks": [(label, number) for label, number in TASKS if number in known],
        "topics": sorted(topics, key=lambda topic: -topic.question_count)[:POPULAR_TOPICS],
        "topic_count": len(topics),
        "recent": Question.objects.newest(6),
        "articles": Article.objects.live().filter(kind="guide").order_by("id")[:6],
        "regions": provinces_by_region(),
    }
    return render(request, "home.html", context)


def policy_list(request: HttpRequest) -> HttpResponse:
    """All policy documents as a timeline, newest first."""
    policies = PolicyDocument.objects.for_listing()
    years = [
        (year, list(members))
        for year, members in groupby(policies, key=lambda policy: policy.known_on and policy.known_on.year)
    ]
    return render(request, "policies.html", {"years": years})


def policy_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One policy document and every live page that rests on it."""
    policy = get_object_or_404(PolicyDocument.objects.select_related("superseded_by", "partly_superseded_by"), pk=pk)
    numbers = [
        (kind, most := MOST_CITING[kind.name], kind.model.objects.numbers_citing(policy, most + 1))
        for kind in registry.content_types()
    ]
    context = {
        "policy": policy,
        "citing": [
            (kind, in_words(len(found), most), titled(kind.model, found[:most]))
            for kind, most, found in numbers
            if found
        ],
        "supersedes": policy.supersedes.all(),
        "partly_supersedes": policy.partly_supersedes.all(),
        "values": policy.values.select_related("parameter", "province").order_by("parameter__label"),
        "today": timezone.localdate(),
    }
    return render(request, "policy.html", context)


def glossary(request: HttpRequest) -> HttpResponse:
    """Every term of the trade, explained in plain words."""
    return render(request, "glossary.html", {"terms": Term.objects.select_related("topic")})


def site_map(request: HttpRequest) -> HttpResponse:
    """Every live page, for people; of a large site every list."""
    numbers, articles = Question.objects.numbers(MOST_MAPPED + 1), Article.objects.numbers(MOST_MAPPED + 1)
    by_topic: dict[int, list[Question]] = {}
    if len(numbers) <= MOST_MAPPED:
        for question in Question.objects.among(numbers).prefetch_related("topics"):
            for topic in question.topics.all():
                by_topic.setdefault(topic.pk, []).append(question)
    topics = [(topic, by_topic.get(topic.pk, [])) for topic in topics_with_counts()]
    context = {
        "topics": topics,
        "articles": Article.objects.among(articles) if len(articles) <= MOST_MAPPED else [],
        "regions": provinces_by_region(),
    }
    return render(request, "site_map.html", context)
