"""The results page, suggestions while typing, and the count of opened results."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from publishing.listing import Listing
from publishing.own_site import is_from_this_site
from search import nearby, querylog
from search.results import find
from search.store import Filters
from search.suggestions import suggest
from search.text import clean
from search.understanding import LONGEST_QUERY
from taxonomy.models import Province, Topic

SEARCH_CACHE = "public, max-age=60"
SUGGEST_CACHE = "public, max-age=600"


@require_GET
def search_page(request: HttpRequest) -> HttpResponse:
    """Results for `?q=`, filtered by `topic` and `province`; without a query, ways to begin."""
    text = " ".join(clean(request.GET.get("q", "")).split())[:LONGEST_QUERY]
    topic, province = _chosen(Topic, request.GET.get("topic")), _chosen(Province, request.GET.get("province"))
    context: dict[str, Any] = {"search_text": text, "topic": topic, "province": province, "noindex": True}
    if text:
        filters = Filters(topic=topic.slug if topic else "", province=province.slug if province else "")
        results = find(text, filters, request.GET.get("page"))
        kept = {
            "q": text,
            **({"topic": topic.slug} if topic else {}),
            **({"province": province.slug} if province else {}),
        }
        context |= {
            "results": results,
            "listing": Listing(results.page, topic, province, kept),
            "places": places(results),
        }
        context |= {"base": urlencode({"q": text})}
    if not text or not context["results"].rows:
        context |= {"nearby": nearby.around(text)}
    response = render(request, "search/results.html", context)
    response["Cache-Control"], response["X-Robots-Tag"] = SEARCH_CACHE, "noindex"
    if text:  # last, because what follows a write is read from the primary
        querylog.record(text, found=bool(results.rows))
    return response


def places(results: Any) -> list[tuple[str, list[Any]]]:
    """The places that the query names, each with the provinces whose pages tell more."""
    found: dict[str, list[str]] = {}
    for place in results.query.places:
        found.setdefault(place.name, []).append(place.province)
    provinces = {one.slug: one for one in Province.objects.filter(slug__in={slug for slugs in found.values() for slug in slugs})} \
        if found else {}  # fmt: skip
    return [(name, [provinces[slug] for slug in slugs if slug in provinces]) for name, slugs in found.items()]


@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    """Suggestions for what has been typed so far, as JSON."""
    text = clean(request.GET.get("q", ""))[:LONGEST_QUERY]
    response = JsonResponse({"suggestions": suggest(text)}, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"], response["X-Robots-Tag"] = SUGGEST_CACHE, "noindex"
    return response


@csrf_exempt  # a beacon without cookies or session
@require_POST
def opened(request: HttpRequest) -> HttpResponse:
    """Counts that a result of a query was opened, where a page of this site says so."""
    if not is_from_this_site(request):
        return HttpResponse(status=403)
    querylog.record_opened(clean(request.POST.get("q", ""))[:LONGEST_QUERY])
    return HttpResponse(status=204)


def _chosen(model: Any, slug: str | None) -> Any:
    if not slug:
        return None
    found = model.objects.filter(slug=clean(slug)).first()
    if found is None:
        raise Http404("没有这个筛选条件")
    return found
