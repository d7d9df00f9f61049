"""Makes a large site out of the real content: as many questions as asked for, and an article for every twenty of them.

    DATABASE_URL=sqlite:////tmp/large.sqlite3 SECRET_KEY=… python bench/make_corpus.py 100000
    DATABASE_URL=postgres://… python bench/make_corpus.py 1000000
    python bench/make_corpus.py            # 5,000 in a scratch folder, only to see how fast it is

An empty database gets the real content first. Then it grows to the number asked for; run again with a larger number, it
goes on. Titles, dates, places and texts vary as in the real content, one seed gives one corpus, and the search index is
complete. Related pages are plausible picks of the same topic; `manage.py rebuild_related` works out the true ones.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import secrets
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FIRST = 1_000_000  # numbers below are real pages
CHUNK = 1000
ARTICLES = 20  # questions to one article
RELATED = 6
TODAY_BACK = dt.timedelta(days=8 * 365)  # the oldest page
# Shares of pages: with an older version, written for provinces, withdrawn, never published.
OLDER, PROVINCIAL, WITHDRAWN, DRAFT = 0.15, 0.3, 0.01, 0.02


@dataclass(slots=True)
class Page:
    """A made page as far as others link to it."""

    number: int
    title: str
    summary: str
    topic: str


class Maker:
    """Makes the pages of one content type and queues their rows."""

    def __init__(self, name: str, seed: int) -> None:
        from bench.corpus.pieces import models_of
        from bench.corpus.titles import Titles
        from publishing.registry import content_type
        from search.index import state
        from taxonomy.models import City, Province

        kind = content_type(name)
        self.name, self.seed = name, seed
        self.models = models_of(kind, FIRST, self._dice("texts"))
        self.titles = Titles(list(City.objects.order_by("code").values_list("short_name", flat=True)))
        self.provinces = list(Province.objects.order_by("code").values_list("pk", "slug"))
        self.moments, self.days = _moments()
        self.generation = state().generation
        self.queue(kind.model)

    def queue(self, document: Any) -> None:
        """One table for each kind of row; the columns are those that differ from page to page."""
        from bench.corpus.bulk import Table
        from search.models import IndexEntry, RelatedRow

        revision = document._meta.get_field("live").related_model
        citation, use = (revision._meta.get_field(name).related_model for name in ("citations", "parameter_uses"))
        self.documents = Table(
            document, "id", "live_id", "availability", "withdrawn_on", "first_published_at", "changed_at", "created_at",
            "verified_on", "review_due_on", "nationwide", "search_terms", *self.models[0].fields,
        )  # fmt: skip
        self.revisions = Table(
            revision, "id", "document_id", "number", "title", "summary", "body", "state", "is_minor", "change_note",
            "published_at", "created_at", "updated_at", *revision.LINE_FIELDS,
        )  # fmt: skip
        self.citations = Table(citation, "revision_id", "policy_id", "clause", "note", "position")
        self.uses = Table(use, "revision_id", "parameter_id", "province_id")
        self.topics = Table(document._meta.get_field("topic_items").related_model, "content_object_id", "tag_id")
        self.places = Table(document.provinces.through, f"{document._meta.model_name}_id", "province_id")
        self.entries = Table(
            IndexEntry, "generation", "kind", "object_id", "revision_id", "title", "text", "heads", "content", "head_tokens",
            "body_tokens", "pinyin", "initials", "topics", "provinces", "changed_at",
        )  # fmt: skip
        self.links = Table(
            RelatedRow, "source_kind", "source_id", "target_kind", "target_id", "rank", "group", "score", "reason", "title",
            "summary",
        )  # fmt: skip
        self.tables = [self.documents, self.revisions, self.citations, self.uses, self.topics, self.places, self.entries,
                       self.links]  # fmt: skip

    def _dice(self, what: object) -> random.Random:
        return random.Random(f"{self.seed} {self.name} {what}")

    def chunk(self, numbers: range) -> list[Page]:
        """Queues the rows of some pages; gives back those that are live."""
        dice = self._dice(numbers.start)
        return [page for number in numbers if (page := self._page(number, dice))]

    def _page(self, number: int, dice: random.Random) -> Page | None:
        model = _pick(self.models, dice)
        title, text = self.titles.around(model.title, dice), _pick(model.texts, dice)
        changed = int(dice.random() ** 2 * len(self.moments))  # more new pages than old ones
        provinces = self._provinces(dice) if dice.random() < PROVINCIAL else []
        fate = dice.random()
        availability = "unpublished" if fate < DRAFT else "withdrawn" if fate < DRAFT + WITHDRAWN else "live"
        self._document(number, model, changed, not provinces, availability, dice)
        self._revisions(number, model, title.text, text.body, changed, availability, dice.random() < OLDER)
        for pk, _ in provinces:
            self.places.add(number, pk)
        if availability != "live":
            return None
        self._entry(number, model, title, text, changed, [slug for _, slug in provinces])
        return Page(number, title.text, model.summary.source, model.topics[0].slug)

    def _document(
        self, number: int, model: Any, changed: int, nationwide: bool, availability: str, dice: random.Random
    ) -> None:
        published, withdrawn = availability != "unpublished", availability == "withdrawn"
        at = self.moments[changed]
        first = self.moments[min(changed + int(dice.random() * 400), len(self.moments) - 1)]
        # Some pages are overdue, as on a site whose editors have much to do.
        verified = int(dice.random() * 200)
        self.documents.add(
            number, number * 10 if published else None, availability, self.days[0] if withdrawn else None,
            first if published else None, at if published else None, first, self.days[verified], self.days[verified - 180],
            nationwide, model.terms, *model.fields.values(),
        )  # fmt: skip
        for topic in model.topics:
            self.topics.add(number, topic.pk)

    def _revisions(
        self, number: int, model: Any, title: str, body: str, changed: int, availability: str, older: bool
    ) -> None:
        """The text, its sources and figures, and sometimes the text that it replaced."""
        at, revision = self.moments[changed], number * 10
        state = "draft" if availability == "unpublished" else "published"
        lines = [piece.source for piece in model.lines]
        self.revisions.add(revision, number, 1 + older, title, model.summary.source, body, state, False,
                           "更新了办理渠道" if older else "", at if state == "published" else None, at, at, *lines)  # fmt: skip
        if older:
            before = self.moments[min(changed + 60, len(self.moments) - 1)]
            self.revisions.add(revision + 1, number, 1, title, model.summary.source, body, "superseded", False, "", before,
                               before, before, *lines)  # fmt: skip
        for citation in model.citations:
            self.citations.add(revision, *citation)
        for figure in model.figures:
            self.uses.add(revision, *figure)

    def _entry(self, number: int, model: Any, title: Any, text: Any, changed: int, places: list[str]) -> None:
        from search.text import title_tokens

        tokens = dict.fromkeys(title_tokens(title.text))
        tokens.update(dict.fromkeys(model.head_tokens))
        self.entries.add(
            self.generation, self.name, number, number * 10, title.text, text.text, title.text.lower() + model.heads,
            text.content, " ".join(tokens), text.tokens, title.pinyin, title.initials,
            spaced([topic.slug for topic in model.topics]), spaced(places), self.moments[changed],
        )  # fmt: skip

    def _provinces(self, dice: random.Random) -> list[tuple[int, str]]:
        """Mostly one, the first of the list more often than the last."""
        how_many = 1 if dice.random() < 0.9 else 3
        picked = {int(dice.random() ** 1.5 * len(self.provinces)) for _ in range(how_many)}
        return [self.provinces[place] for place in sorted(picked)]

    def relate(self, pages: list[Page], questions: list[Page], guides: list[Page]) -> None:
        """Links from pages to questions of the same topic, and from each question to a guide."""
        dice = self._dice(f"links {pages[0].number}" if pages else "")
        by_topic: dict[str, list[Page]] = defaultdict(list)
        for question in questions:
            by_topic[question.topic].append(question)
        for page in pages:
            family = by_topic.get(page.topic) or questions
            start = int(dice.random() * len(family))
            near = [one for one in family[start : start + RELATED] if one is not page][: RELATED - 1]
            for rank, one in enumerate(near):
                self.links.add(self.name, page.number, "question", one.number, rank, "similar", 0.9 - rank / 10, "问法相近",
                               one.title, one.summary)  # fmt: skip
            if guides and self.name == "question":
                guide = _pick(guides, dice)
                self.links.add(self.name, page.number, "article", guide.number, RELATED, "similar", 0.4, "办事指南",
                               guide.title, guide.summary)  # fmt: skip


def _moments() -> tuple[list[str], list[str]]:
    """Moments of the last years, newest first, and days from today into the past; a negative place is in the future.

    As texts, because every database reads them and no time is lost with making objects.
    """
    from django.db import connection
    from django.utils import timezone

    now, zone = timezone.now().replace(microsecond=0), "+00" if connection.vendor == "postgresql" else ""
    steps = int(TODAY_BACK / dt.timedelta(hours=5))
    moments = [f"{now - dt.timedelta(hours=5 * step):%Y-%m-%d %H:%M:%S}{zone}" for step in range(1, steps)]
    past = [str(now.date() - dt.timedelta(days=day)) for day in range(400)]
    future = [str(now.date() + dt.timedelta(days=day)) for day in range(200, 0, -1)]
    return moments, past + future


def _pick(things: list[Any], dice: random.Random) -> Any:
    """As `dice.choice`, five times as fast."""
    return things[int(dice.random() * len(things))]


def spaced(slugs: list[str]) -> str:
    """As the index keeps slugs."""
    return f" {' '.join(slugs)} " if slugs else ""


def make(count: int, seed: int = 1, related: bool = False) -> int:
    """Grows the site until so many questions have been made; gives back how many are live then."""
    from tqdm import tqdm

    from bench.corpus.bulk import bare, follow_numbers, write_all
    from faq.models import Question

    questions, articles = Maker("question", seed), Maker("article", seed)
    tables = [*questions.tables, *articles.tables]
    last = Question.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    begin = max(last + 1, FIRST)
    guides: list[Page] = []
    with (
        bare([table.name for table in tables]),
        tqdm(total=max(FIRST + count - begin, 0), unit="q", disable=None) as bar,
    ):
        for start in range(begin, FIRST + count, CHUNK):
            numbers = range(start, min(start + CHUNK, FIRST + count))
            made = questions.chunk(numbers)
            first = FIRST + (start - FIRST) // ARTICLES
            fresh = articles.chunk(range(first, FIRST + (numbers.stop - FIRST) // ARTICLES))
            guides = fresh or guides
            questions.relate(made, made, guides)
            articles.relate(fresh, made, guides)
            write_all(tables)
            bar.update(len(numbers))
    follow_numbers(tables)
    settle(related)
    return Question.objects.live().count()


def settle(related: bool) -> None:
    """What triggers, listeners and housekeeping would have kept: shelves, word counts, a sign that the content changed."""
    from faq.models import Question
    from publishing import shelving
    from search import rebuild_related, seed

    shelving.refill()
    seed.settle()
    if related:
        rebuild_related.rebuild()
    for question in Question.objects.live().order_by("-pk")[:1]:
        question.save(update_fields=["search_terms"])


def prepare(url: str = "") -> None:
    """Sets up Django on a database, and gives it tables and the real content where it has none."""
    sys.path.insert(0, str(ROOT))
    if url:
        os.environ["DATABASE_URL"] = url
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yibao_site.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from faq.models import Question
    from publishing.roles import ensure_roles

    call_command("migrate", verbosity=0, interactive=False)
    if not Question.objects.exists():
        ensure_roles()
        call_command("load_content", ROOT / "fixtures", verbosity=0)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("count", type=int, nargs="?", default=0, help="questions to make")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--related", action="store_true", help="work out the true related pages; slow above 10,000")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-corpus-") as folder:
        prepare("" if chosen.count else f"sqlite:///{folder}/corpus.sqlite3")
        began = time.perf_counter()
        count = chosen.count or 5000
        live = make(count, chosen.seed, chosen.related)
        seconds = time.perf_counter() - began
        print(f"{live} live questions; {count} in {seconds:.0f} s, {count / seconds:,.0f} a second, index included")


if __name__ == "__main__":
    main()
