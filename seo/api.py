"""`/api/v1/`: live questions, articles, policies and figures as JSON, for anyone to read and nobody to write."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from publishing import pages, registry
from publishing.models import Availability
from seo import open_data, openapi
from seo.addresses import absolute
from seo.conditional import whole

ROOT = "/api/v1/"
USUAL, MOST = 50, 100
JSON = "application/json; charset=utf-8"
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Resource:
    """A list of the open data: where its rows come from and how each is said."""

    name: str
    found: Callable[[], QuerySet]
    rows: Callable[[Iterable[Any]], list[open_data.Row]]


RESOURCES = [
    Resource("questions", lambda: open_data.documents("question"), open_data.document_rows),
    Resource("articles", lambda: open_data.documents("article"), open_data.document_rows),
    Resource("policies", open_data.policies, lambda found: [open_data.policy_row(row) for row in found]),
    Resource("parameters", open_data.parameters, lambda found: [open_data.parameter_row(row) for row in found]),
]


class BadRequest(Exception):
    """A query string that asks for something impossible; says what to do instead."""


def public(view: View) -> View:
    """Any website may read the answer; only GET and HEAD; every error is JSON."""

    @csrf_exempt  # nothing here writes; a POST deserves its 405 in JSON
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            response: HttpResponseBase = HttpResponse(status=204)
        elif request.method not in {"GET", "HEAD"}:
            response = _error(405, "只能读取，请用 GET。")
        else:
            response = _answer(view, request, *args, **kwargs)
        _open(response)
        if request.method == "OPTIONS":
            response["Access-Control-Allow-Methods"] = "GET, HEAD"
            response["Access-Control-Allow-Headers"] = "If-None-Match"
            response["Access-Control-Max-Age"] = "86400"
        elif response.status_code == 405:
            response["Allow"] = "GET, HEAD, OPTIONS"
        else:
            response["Access-Control-Expose-Headers"] = "ETag, Link"
        return response

    return answer


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    try:
        return view(request, *args, **kwargs)
    except BadRequest as problem:
        return _error(400, str(problem))
    except Http404 as problem:
        return _error(404, str(problem))


def refusal(request: HttpRequest, status: int, sentence: str) -> HttpResponse | None:
    """The error as JSON, for one that none of the views here met; None where the address is not of the API."""
    if not request.path.startswith(ROOT):
        return None
    response = _error(status, sentence)
    _open(response)
    return response


def _open(response: HttpResponseBase) -> None:
    """Lets any website read the answer, and keeps it out of search results."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["X-Robots-Tag"] = "noindex"


def _error(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(_dump({"error": sentence}), content_type=JSON, status=status)


def _dump(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


@public
def index(request: HttpRequest) -> HttpResponseBase:
    """What there is, and on which terms."""
    lists = {resource.name: absolute(reverse("api-list", args=[resource.name])) for resource in RESOURCES}
    description = absolute(reverse("api-description"))
    return whole(request, _dump(open_data.terms() | {"lists": lists, "openapi": description}), JSON)


@public
def listing(request: HttpRequest, name: str) -> HttpResponseBase:
    """A page of a list by id; `next` is the address of the following one."""
    resource = next((resource for resource in RESOURCES if resource.name == name), None)
    if resource is None:
        raise Http404("没有这份数据。")
    size = _size(request)
    found = resource.found().filter(pk__gt=_after(request, name)).order_by("pk")
    rows = list(found[: size + 1])
    following = None
    if len(rows) > size:
        rows = rows[:size]
        query = f"?cursor={_cursor(name, rows[-1].pk)}" + ("" if size == USUAL else f"&limit={size}")
        following = absolute(request.path + query)
    response = whole(request, _dump(open_data.terms() | {"items": resource.rows(rows), "next": following}), JSON)
    if following:
        response["Link"] = f'<{following}>; rel="next"'
    return response


@public
def detail(request: HttpRequest, kind: str, pk: int) -> HttpResponseBase:
    """One live document with all it says; 404 for any other."""
    document = pages.find(registry.content_type(kind).model, pk)
    if document.availability != Availability.LIVE:
        raise Http404("没有这一条，或者它已经不再公开。")
    return whole(request, _dump(open_data.terms() | {"item": open_data.document_detail(pages.build(document))}), JSON)


@public
def description(request: HttpRequest) -> HttpResponseBase:
    """The OpenAPI document."""
    return whole(request, _dump(openapi.document()), JSON)


def _size(request: HttpRequest) -> int:
    given = request.GET.get("limit", str(USUAL))
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= MOST):
        raise BadRequest(f"limit 要在 1 到 {MOST} 之间。")
    return int(given)


def _cursor(name: str, pk: int) -> str:
    return base64.urlsafe_b64encode(f"{name}:{pk}".encode()).decode().rstrip("=")


def _after(request: HttpRequest, name: str) -> int:
    """The id after which the page begins; it says so in a word that callers should not take apart."""
    given = request.GET.get("cursor", "")
    if not given:
        return 0
    try:
        text = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    owner, _, number = text.partition(":")
    if owner != name or not number.isdigit() or len(number) > 18:
        raise BadRequest("cursor 不对。请用上一页的 next 地址，不要自己拼。")
    return int(number)
