"""The static mirror: every public page as a file, which nginx serves while the site itself is down.

A page `/faq/` is `faq/index.html`, its second page `faq/index@page=2.html`, a file `/feed.atom` keeps its name, and Markdown
under another ending is `llms.txt@.markdown`; beside each are `.gz` and `.br`. A new mirror is made in a folder of its own,
where unchanged files are links to the old ones, and then takes the old one's place in one step.
"""

from __future__ import annotations

import fcntl
import gzip
import html
import os
import re
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import brotli
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yibao_site.observability.logs import quiet

BEGIN = ("home", "sitemap", "sitemap-text", "robots", "llms", "security", "feed", "feed-json", "api-index", "site-map")
# What editors, visitors' own answers and the machine itself are shown is no public page; files are nginx's anyway.
LEFT_OUT = ("/admin/", "/preview/", "/feedback/", "/static/", "/media/", "/healthz", "/readyz")
# Pages whose query string is a visitor's own question.
ASKING = ("/search/", "/ask/", "/filing/")
# The names by which deploy/nginx knows which answer a folder's address gives.
INDEX = {"text/html": "html", "application/json": "data"}
# A file whose own ending would make nginx call it something else.
MARKDOWN = "text/markdown"
NIGHT = range(2, 6)  # hours in China
QUERY = re.compile(r"[a-z]+=[A-Za-z0-9._~-]+(?:&[a-z]+=[A-Za-z0-9._~-]+)*")
# Far down in a filtered list: each place's list holds all that holds everywhere, so these pages are many and never missed.
DEEP = re.compile(r"^(?=.*\b(?:topic|province)=).*\b(?:after=|page=(?:2[1-9]|[3-9]\d|\d{3,}))")
LINK = re.compile(r"<(?:a|link)\b[^>]*>")
HREF = re.compile(r'\bhref="([^"]*)"')
LOCATION = re.compile(r"<loc>([^<]*)</loc>")
TWINS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda body: gzip.compress(body, 6, mtime=0),
    ".br": lambda body: brotli.compress(body, quality=5),
}


@dataclass
class Export:
    """What an export did: pages by what became of them, and what went wrong by address."""

    written: int = 0
    unchanged: int = 0
    failed: dict[str, str] = field(default_factory=dict)


class Incomplete(Exception):
    """The mirror is new, but pages are missing or are those of last time."""


class Refused(Exception):
    """The mirror stays as it was; the text says why."""


def nightly() -> str:
    """Housekeeping: makes the mirror anew once a night, and at once where there is none."""
    if not settings.MIRROR_DIR:
        return ""
    made = Path(settings.MIRROR_DIR) / "current"
    now = timezone.localtime()
    if made.is_symlink():
        is_old = now.timestamp() - made.lstat().st_mtime > 20 * 3600
        if not (is_old and now.hour in NIGHT):
            return ""
    report = export(Path(settings.MIRROR_DIR))
    if report.failed:
        raise Incomplete(f"{len(report.failed)} pages could not be mirrored: {', '.join(list(report.failed)[:5])}")
    return f"{report.written} pages written, {report.unchanged} unchanged"


def export(folder: Path, progress: Callable[[int, int], None] = lambda done, known: None) -> Export:
    """Makes the mirror anew; `folder/current` is it. A page that fails keeps its file of last time.

    Refused where the home page fails, or where another export is at work.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder), quiet("yibao.access"):  # nobody visited these pages
        old = (folder / "current").resolve()
        for rest in folder.glob("new-*"):
            shutil.rmtree(rest)
        new = folder / f"new-{os.getpid()}"
        new.mkdir()
        report = Export()
        try:
            for done, (address, answer, known) in enumerate(_answers(), 1):
                progress(done, known)
                _keep(address, answer, old, new, report)
            if "/" in report.failed:
                raise Refused(f"the home page cannot be made ({report.failed['/']})")
            _replace(folder, old, new)
        except OSError as error:
            raise Refused(f"the files cannot be written ({error.strerror})") from error
        finally:
            shutil.rmtree(new, ignore_errors=True)  # half a mirror may be what fills the disk
    return report


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("another export is at work") from error
        yield


@dataclass(frozen=True)
class Answer:
    """What the site says under an address: the bytes, or why there are none."""

    kind: str
    body: bytes
    trouble: str = ""


def _answers() -> Iterator[tuple[str, Answer, int]]:
    """Every address that can be reached from the beginnings, with its answer and how many are known so far."""
    client = Client(raise_request_exception=False, headers={"host": urlsplit(settings.SITE_URL).netloc})
    waiting = deque(dict.fromkeys(reverse(name) for name in BEGIN))
    known = set(waiting)
    while waiting:
        address = waiting.popleft()
        response = client.get(address, secure=settings.HTTPS)
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.status_code in {301, 302}:
            found = _addresses([response.headers["Location"]], address)
        elif response.status_code == 200:
            body = response.getvalue()
            yield address, Answer(kind, body), len(known)
            found = _addresses(_links(kind, body), address)
        else:
            yield address, Answer(kind, b"", f"it answers {response.status_code}"), len(known)
            continue
        for one in found:
            if one not in known:
                known.add(one)
                waiting.append(one)


def _links(kind: str, body: bytes) -> Iterator[str]:
    """The addresses in a page or a sitemap, without those that no crawler should follow."""
    if kind == "application/xml":
        yield from LOCATION.findall(body.decode())
    elif kind == "text/html":
        for tag in LINK.findall(body.decode()):
            href = HREF.search(tag)
            if href and "nofollow" not in tag:
                yield html.unescape(href[1])


def _addresses(links: Iterator[str] | list[str], base: str) -> Iterator[str]:
    """The links that are public pages of this site, as path and query string."""
    home = settings.SITE_URL
    for link in links:
        parts = urlsplit(urljoin(home + base, link))
        path = parts.path or "/"
        if f"{parts.scheme}://{parts.netloc}" != home or path.startswith(LEFT_OUT):
            continue
        if parts.query and (path.startswith(ASKING) or not QUERY.fullmatch(parts.query) or DEEP.search(parts.query)):
            continue
        yield f"{path}?{parts.query}" if parts.query else path


def file_name(address: str, kind: str) -> str:
    """Under which name a page is kept; the query string's parts in the order in which nginx asks for them."""
    path, _, query = address.partition("?")
    path = unquote(path).lstrip("/")
    if path and not path.endswith("/"):
        return f"{path}@.markdown" if kind == MARKDOWN and not path.endswith(".md") else path
    return f"{path}index{'@' if query else ''}{'&'.join(sorted(query.split('&')))}.{INDEX[kind]}"


def _keep(address: str, answer: Answer, old: Path, new: Path, report: Export) -> None:
    """Writes one page with its twins, or links to last time's where nothing changed or nothing better is to be had."""
    if answer.trouble:
        report.failed[address] = answer.trouble
        is_folder = address.partition("?")[0].endswith("/")
        for name in {file_name(address, kind) for kind in (*INDEX, *([] if is_folder else [MARKDOWN]))}:
            _link(old, new, name)
        return
    try:
        name = file_name(address, answer.kind)
    except KeyError:
        report.failed[address] = f"nobody knows how to keep {answer.kind}"
        return
    if _is_same(old / name, answer.body) and _link(old, new, name):
        report.unchanged += 1
        return
    target = new / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(answer.body)
    for suffix, packed in TWINS.items():
        target.with_name(target.name + suffix).write_bytes(packed(answer.body))
    report.written += 1


def _is_same(file: Path, body: bytes) -> bool:
    with suppress(OSError):
        return file.stat().st_size == len(body) and file.read_bytes() == body
    return False


def _link(old: Path, new: Path, name: str) -> bool:
    """Links a page and its twins into the new mirror; whether all three were there."""
    (new / name).parent.mkdir(parents=True, exist_ok=True)
    try:
        for suffix in ("", *TWINS):
            os.link(f"{old / name}{suffix}", f"{new / name}{suffix}")
    except FileNotFoundError:
        return False
    return True


def _replace(folder: Path, old: Path, new: Path) -> None:
    """Puts the new mirror where the old one was; a visitor gets the one or the other."""
    place = folder / f"pages-{os.urandom(4).hex()}"
    new.rename(place)
    pointer = folder / "current.new"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(place.name)
    pointer.replace(folder / "current")
    for stale in folder.glob("pages-*"):
        if stale != place:
            shutil.rmtree(stale)
