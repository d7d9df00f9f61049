"""Do the links of published pages lead somewhere? Internal ones are always asked, external ones only as a report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.test import Client

from policies.models import PolicyDocument
from publishing.registry import live_documents
from publishing.richtext import is_external
from publishing.rules import is_dangerous, links_in

TIMEOUT = 10
AGENT = "Mozilla/5.0 (compatible; link check)"


@dataclass(frozen=True)
class Link:
    """A link and the page it stands on."""

    page: str
    title: str
    href: str


@dataclass(frozen=True)
class Fault:
    """A link that does not lead where a reader expects."""

    link: Link
    level: str
    problem: str

    def __str__(self) -> str:
        return f"{self.level}: {self.link.page} {self.link.title} -> {self.link.href} ({self.problem})"


def published_links() -> Iterator[Link]:
    """Every link of every live page, and the official addresses of policy documents."""
    for document in live_documents():
        for href in links_in(document.live.body):
            yield Link(document.get_absolute_url(), document.live.title, href)
    for policy in PolicyDocument.objects.exclude(url="").order_by("pk"):
        yield Link(policy.get_absolute_url(), policy.title, policy.url)


def check(links: Iterator[Link], *, external: bool = False, pause: float = 0.5) -> Iterator[Fault]:
    """The links that are dangerous, broken inside, or, if asked, broken outside; each address is asked once."""
    answers: dict[str, str] = {}
    for link in links:
        href = link.href
        if is_dangerous(href):
            yield Fault(link, "danger", "hides where it leads")
        elif is_external(href):
            if external:
                if href not in answers:
                    answers[href] = ask_outside(href)
                    time.sleep(pause)
                if answers[href]:
                    yield Fault(link, "report", answers[href])
        elif not href.startswith(("tel:", "mailto:", "#")):
            if href not in answers:
                answers[href] = ask_inside(href)
            if answers[href]:
                yield Fault(link, "broken", answers[href])


def ask_inside(href: str) -> str:
    """What is wrong with an internal address; empty if it is a page (a page that moved answers as well)."""
    parts = urlsplit(href)
    if parts.path.startswith((settings.STATIC_URL, settings.MEDIA_URL)):
        return ""
    client = Client(SERVER_NAME=urlsplit(settings.SITE_URL).hostname or "localhost", raise_request_exception=False)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    status = client.get(path, secure=settings.HTTPS).status_code
    return "" if status < HTTPStatus.BAD_REQUEST else f"answers {status}"


class _Stay(HTTPRedirectHandler):
    """Follows a few redirects, as a browser would, but never away from http and https."""

    max_redirections = 5


def ask_outside(href: str) -> str:
    """What is wrong with an external address; empty if it answers."""
    request = Request(href, headers={"User-Agent": AGENT})  # noqa: S310 - is_external() lets only http and https through
    try:
        with build_opener(_Stay).open(request, timeout=TIMEOUT):
            return ""
    except HTTPError as error:
        return f"answers {error.code}"
    except (URLError, TimeoutError, OSError, ValueError) as error:
        return f"no answer: {getattr(error, 'reason', error)}"
