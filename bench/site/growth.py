"""What each type of page costs on one database, page cache off: run as a program of its own, prints JSON.

    DATABASE_URL=… SECRET_KEY=… PAGE_CACHE=off python -m bench.site.growth [ROUNDS]

The application is called directly, without a server. Cost is processor time, and time by the clock, which also holds
what a PostgreSQL server does; the least of the rounds counts, because other work on the machine only ever adds to it.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from bench.make_corpus import FIRST

MADE = range(FIRST, FIRST + 90)  # pages that every corpus has, with the same text in each
SAMPLE = 5


@dataclass(frozen=True)
class Cost:
    """Milliseconds of one type of page: by the processor, by the clock, and the first time after content changed."""

    processor: float
    clock: float
    first: float
    bytes: int


class Site:
    """The application, called as a server would call it."""

    def __init__(self) -> None:
        from django.core.wsgi import get_wsgi_application

        self.application: Callable[..., Iterable[bytes]] = get_wsgi_application()

    def get(self, address: str) -> tuple[int, int]:
        """Asks for an address; gives back the status and the number of bytes."""
        path, _, query = address.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr, "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": False,
        }  # fmt: skip
        status: list[int] = []
        answer = self.application(environ, lambda line, headers, error=None: status.append(int(line[:3])))
        size = sum(len(part) for part in answer)
        if hasattr(answer, "close"):
            answer.close()
        return status[0], size


def pages() -> dict[str, list[str]]:
    """Addresses by type of page, such as are there in every corpus."""
    from articles.models import Article
    from faq.models import Question
    from policies.models import PolicyDocument

    live = Question.objects.live().filter(pk__in=list(MADE)).order_by("pk")
    questions = [question.get_absolute_url() for question in live[:SAMPLE]]
    real = [question.get_absolute_url() for question in Question.objects.live().filter(pk__lte=200)[:SAMPLE]]
    return {
        "home": ["/"],
        "question, real": real,
        "question, made": questions,
        "article": [one.get_absolute_url() for one in Article.objects.live().filter(pk__lt=FIRST)[:SAMPLE]],
        "questions": ["/faq/"],
        "questions, page 3": ["/faq/?page=3"],
        "questions of a topic": ["/faq/?topic=filing"],
        "questions of a province": ["/faq/?province=hebei"],
        "questions, topic and province": ["/faq/?topic=filing&province=hebei"],
        "articles": ["/articles/"],
        "topics": ["/topics/"],
        "topic": ["/topics/filing/"],
        "provinces": ["/provinces/"],
        "province": ["/provinces/hebei/"],
        "policies": ["/policies/"],
        "policy": [_most_cited(PolicyDocument, Question).get_absolute_url()],
        "glossary": ["/glossary/"],
        "search": [f"/search/?q={word}" for word in ("%E5%BC%82%E5%9C%B0%E5%A4%87%E6%A1%88", "%E4%BD%8F%E9%99%A2%E6%8A%A5%E9%94%80")],
        "suggestions": ["/search/suggest/?q=%E5%A4%87"],
        "filing guide": ["/filing/"],
        "ask": ["/ask/"],
        "site map for people": ["/site-map/"],
        "sitemap.xml": ["/sitemap.xml"],
        "feed": ["/feed.atom"],
        "feed of a topic": ["/topics/filing/feed.atom"],
        "API list": ["/api/v1/questions/"],
        "Markdown twin": [f"{address.rstrip('/')}.md" for address in real],
    }  # fmt: skip


def _most_cited(policies: Any, questions: Any) -> Any:
    """The document that most pages of the real content rest on: the same one on every database, and its list of questions
    is full on each; the lists of others are longer on a larger site, up to the same limit."""
    real = questions.objects.filter(pk__lt=FIRST)
    return max(policies.objects.order_by("pk"), key=lambda policy: real.citing(policy).count())


def measure(rounds: int) -> dict[str, Cost]:
    """The cost of every type of page."""
    from publishing import version

    site, found = Site(), {}
    for name, addresses in pages().items():
        first = []
        for address in addresses:
            site.get(address)  # templates are compiled, connections are open
            version.forget()
            began = time.perf_counter()
            status, size = site.get(address)
            first.append((time.perf_counter() - began) * 1000)
            if status != 200:
                raise RuntimeError(f"{address} answered {status}")
        warm = [_least(site, address, rounds) for address in addresses]
        found[name] = Cost(
            statistics.median(processor for processor, _ in warm), statistics.median(clock for _, clock in warm),
            statistics.median(first), size,
        )  # fmt: skip
    return found


def _least(site: Site, address: str, rounds: int) -> tuple[float, float]:
    processor, clock = [], []
    for _ in range(rounds):
        began, worked = time.perf_counter(), time.process_time()
        site.get(address)
        processor.append((time.process_time() - worked) * 1000)
        clock.append((time.perf_counter() - began) * 1000)
    return min(processor), min(clock)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yibao_site.settings")
    import django

    django.setup()
    import logging

    logging.disable(logging.WARNING)  # a line a request is part of no page's cost that grows
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
    print(json.dumps({name: asdict(cost) for name, cost in found.items()}))


if __name__ == "__main__":
    main()
