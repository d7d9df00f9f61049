"""Lists with `?topic=&province=&page=`; an unknown word or page is a 404.

The first `COUNTED` rows have numbered pages. What lies beyond is reached from page to page with `?after=<id>`: the rows
behind that id, read from an index, so that the last page costs what the first one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import InvalidPage, Page, Paginator
from django.http import Http404, HttpRequest

from publishing.listed import listed
from publishing.models import DocumentQuerySet
from publishing.shelves import COUNTED, in_words
from taxonomy.models import Province, Topic

PAGE_SIZE = 20
LONGEST_ID = 18  # digits of the largest id that every database takes


@dataclass
class Listing:
    """One page of a filtered list, ready for a template."""

    page: Page
    topic: Topic | None
    province: Province | None
    query: dict[str, str]
    after: int = 0  # beyond the numbered pages: the id behind which this page begins
    following: int = 0  # the id behind which the next such page begins
    more: bool = False  # whether there are more rows than were counted

    @property
    def count(self) -> str:
        """How many rows there are, in words."""
        return in_words(self.page.paginator.count + self.more)

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Each filter in force as a label and the query string of the list without it."""
        filters = [("topic", self.topic and self.topic.name), ("province", self.province and self.province.short_name)]
        return [(label, self._without(name)) for name, label in filters if label]

    def _without(self, filter_name: str) -> str:
        rest = {name: value for name, value in self.query.items() if name != filter_name}
        return "?" + urlencode(rest) if rest else "."

    def url(self, number: int, after: int = 0) -> str:
        """The query string of another page of the same list; the first page has no number."""
        place = {"after": str(after)} if after else {"page": str(number)} if number > 1 else {}
        parts = {**self.query, **place}
        return "?" + urlencode(parts) if parts else "."

    @property
    def own_url(self) -> str:
        """The query string of this very page, for its canonical address."""
        url = self.url(self.page.number, self.after)
        return "" if url == "." else url

    @property
    def previous_url(self) -> str | None:
        if self.after:
            return self.url(self.page.paginator.num_pages)
        return self.url(self.page.number - 1) if self.page.has_previous() else None

    @property
    def next_url(self) -> str | None:
        if self.following:
            return self.url(0, self.following)
        return self.url(self.page.number + 1) if self.page.has_next() and not self.after else None


def listing(request: HttpRequest, documents: DocumentQuerySet) -> Listing:
    """The list that the query string asks for; Http404 where it names something that does not exist."""
    topic = _named(Topic, request.GET.get("topic"))
    province = _named(Province, request.GET.get("province"))
    query = {name: request.GET[name] for name in ("topic", "province") if request.GET.get(name)}
    numbers = documents.numbers(COUNTED + 1, topic, province)
    page, more = paginate(numbers[:COUNTED], request.GET.get("page")), len(numbers) > COUNTED
    found = Listing(page, topic, province, query, more=more)
    if request.GET.get("after"):
        found.after = _after(request)
        further = documents.numbers(PAGE_SIZE + 1, topic, province, found.after)
        if not more or not further:
            raise Http404("没有这一页")
        page.object_list = further[:PAGE_SIZE]
        found.following = further[PAGE_SIZE - 1] if len(further) > PAGE_SIZE else 0
    elif more and not page.has_next():
        found.following = numbers[COUNTED - 1]
    page.object_list = listed(documents.model, page.object_list)
    return found


def _after(request: HttpRequest) -> int:
    """The id behind which a page begins; it stands alone, so that every page has one address."""
    given = request.GET["after"]
    if not (given.isascii() and given.isdigit() and len(given) <= LONGEST_ID) or request.GET.get("page"):
        raise Http404("没有这一页")
    return int(given)


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
