"""Lists with `?topic=&province=&page=`; an unknown word or page is a 404."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import InvalidPage, Page, Paginator
from django.http import Http404, HttpRequest

from publishing.models import DocumentQuerySet
from publishing.rendering import short_answers
from taxonomy.models import Province, Topic

PAGE_SIZE = 20


@dataclass
class Listing:
    """One page of a filtered list, ready for a template."""

    page: Page
    topic: Topic | None
    province: Province | None
    query: dict[str, str]

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Each filter in force as a label and the query string of the list without it."""
        filters = [("topic", self.topic and self.topic.name), ("province", self.province and self.province.short_name)]
        return [(label, self._without(name)) for name, label in filters if label]

    def _without(self, filter_name: str) -> str:
        rest = {name: value for name, value in self.query.items() if name != filter_name}
        return "?" + urlencode(rest) if rest else "."

    def url(self, number: int) -> str:
        """The query string of another page of the same list; the first page has no number."""
        parts = {**self.query, **({"page": str(number)} if number > 1 else {})}
        return "?" + urlencode(parts) if parts else "."

    @property
    def own_url(self) -> str:
        """The query string of this very page, for its canonical address."""
        url = self.url(self.page.number)
        return "" if url == "." else url

    @property
    def previous_url(self) -> str | None:
        return self.url(self.page.number - 1) if self.page.has_previous() else None

    @property
    def next_url(self) -> str | None:
        return self.url(self.page.number + 1) if self.page.has_next() else None


def listing(request: HttpRequest, documents: DocumentQuerySet) -> Listing:
    """The list that the query string asks for; Http404 where it names something that does not exist."""
    topic = _named(Topic, request.GET.get("topic"))
    province = _named(Province, request.GET.get("province"))
    found = documents.for_listing().about(topic, province)
    page = paginate(found, request.GET.get("page"))
    short_answers(page.object_list)
    query = {name: request.GET[name] for name in ("topic", "province") if request.GET.get(name)}
    return Listing(page, topic, province, query)


def paginate(found: Any, number: str | None, size: int = PAGE_SIZE) -> Page:
    """The page of that number; Http404 for one that is no number or out of range."""
    try:
        return Paginator(found, size).page(number or 1)
    except InvalidPage as error:
        raise Http404("没有这一页") from error


def _named(model: Any, slug: str | None) -> Any | None:
    if not slug:
        return None
    found = model.objects.filter(slug=slug).first()
    if found is None:
        raise Http404(f"没有“{slug}”这个筛选条件")
    return found
