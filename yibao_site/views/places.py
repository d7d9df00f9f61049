"""Provinces: what is verified of each and what is not, and the answers written for it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from articles.models import Article
from faq.models import Question, QuestionShelved
from publishing.listed import listed, titled
from publishing.shelves import PROVINCE, in_words, size_of
from taxonomy.models import Confidence, Province, Region

MOST_LISTED = 20  # the list of all that holds in a province has pages
MOST_COUNTED = 100  # of each province, where all stand on one page


def provinces_by_region() -> list[tuple[str, list[Province]]]:
    """Provinces grouped by region, regions in their usual order."""
    return _grouped(Province.objects.all())


def provinces_with_knowledge() -> list[tuple[str, list[Province]]]:
    """The same, each with how many checked facts, open points and answers of its own it has."""
    sure = Q(facts__is_unknown=False, facts__confidence__in=[Confidence.HIGH, Confidence.MEDIUM])
    sizes = Province.objects.annotate(own=size_of(QuestionShelved, PROVINCE, MOST_COUNTED))
    own = dict(sizes.values_list("pk", "own"))
    provinces = Province.objects.annotate(
        fact_count=Count("facts", filter=sure), unknown_count=Count("facts", filter=Q(facts__is_unknown=True))
    )
    for province in provinces:
        province.answer_count = in_words(own[province.pk], MOST_COUNTED) if own[province.pk] else ""
    return _grouped(provinces)


def _grouped(provinces: Iterable[Province]) -> list[tuple[str, list[Province]]]:
    order = {value: number for number, value in enumerate(Region.values)}
    ordered = sorted(provinces, key=lambda province: (order[province.region], province.code))
    return [(Region(region).label, list(group)) for region, group in groupby(ordered, key=lambda item: item.region)]


def province_list(request: HttpRequest) -> HttpResponse:
    return render(request, "provinces.html", {"regions": provinces_with_knowledge()})


def province_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What is verified of a province, what is not, and the answers written for it."""
    province = get_object_or_404(Province.objects.prefetch_related("neighbours"), slug=slug)
    numbers = Question.objects.numbers(MOST_LISTED, province=province, own=True)
    context = {
        "province": province,
        "facts": province.facts.publishable(),
        "unknowns": province.facts.unknowns(),
        "questions": listed(Question, numbers),
        "articles": titled(Article, Article.objects.numbers(MOST_LISTED, province=province, own=True)),
        "cities": province.landing_cities.all(),
    }
    return render(request, "province.html", context)
