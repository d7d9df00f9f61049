"""A page as it is kept: its bytes, its headers ready to send, and the forms that visitors asked for so far."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from dataclasses import dataclass, field
from email.utils import formatdate

import brotli

from yibao_site.page_cache import Headers
from yibao_site.page_cache.negotiation import BR, GZIP, IDENTITY

BROTLI_QUALITY, GZIP_LEVEL = 5, 6
# Two versions of a library may write the same text as different bytes; a strong tag says which.
MARKS = {BR: f"-br{brotli.__version__}", GZIP: f"-gz{zlib.ZLIB_RUNTIME_VERSION}", IDENTITY: ""}
SMALLEST = 256  # bytes below which compression costs more than it saves
OVERHEAD = 4_000  # bytes that an entry takes beside its bodies
TEXTS = ("text/", "application/json", "application/feed+json", "application/xml", "application/atom+xml")
# Ours to say, or different for each answer.
OWN = {
    "content-length",
    "etag",
    "last-modified",
    "vary",
    "date",
    "x-cache",
    "x-request-id",
    "server-timing",
    "connection",
}


@dataclass(frozen=True)
class Form:
    """The page in one coding, ready to send."""

    body: bytes
    etag: str
    headers: Headers
    unchanged_headers: Headers  # of a 304

    @property
    def refused_headers(self) -> Headers:
        """Of a 412, which nobody may keep."""
        about_the_page = {"etag", "last-modified", "cache-control"}
        kept = [pair for pair in self.unchanged_headers if pair[0].lower() not in about_the_page]
        return [*kept, ("Cache-Control", "no-store"), ("Content-Length", "0")]


@dataclass
class Entry:
    """One page under one content version. `since` is the second from which these bytes hold; `is_exact` says that no
    other bytes held in that same second."""

    version: str
    status: str
    headers: Headers
    body: bytes
    since: int
    is_exact: bool = True
    forms: dict[str, Form] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return hashlib.blake2b(self.body, digest_size=16).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of memory, nearly."""
        return (
            OVERHEAD + len(self.body) + sum(len(form.body) for coding, form in self.forms.items() if coding != IDENTITY)
        )

    def form(self, coding: str) -> Form:
        """The page in this coding; made at the first call."""
        form = self.forms.get(coding)
        if form is None:
            form = self.forms[coding] = self._make(coding)
        return form

    def _make(self, coding: str) -> Form:
        is_text = dict(self.headers).get("Content-Type", "").startswith(TEXTS)
        body = compress(self.body, coding) if is_text and len(self.body) >= SMALLEST else self.body
        if len(body) >= len(self.body):
            coding, body = IDENTITY, self.body
        etag = f'"{self.digest}{MARKS[coding]}"'
        shared = [("ETag", etag), ("Last-Modified", formatdate(self.since, usegmt=True))]
        shared += [("Vary", "Accept-Encoding")] if is_text else []
        coded = [("Content-Encoding", coding)] if coding != IDENTITY else []
        kept = [(name, value) for name, value in self.headers if not name.lower().startswith("content-")]
        return Form(body, etag, [*self.headers, *shared, *coded, ("Content-Length", str(len(body)))], [*kept, *shared])

    def follow(self, before: Entry | None) -> None:
        """Takes over the date of the entry that it replaces where the bytes are the same, and what was made of them."""
        if before is None or (self.status, self.body) != (before.status, before.body):
            return
        self.since, self.is_exact = before.since, before.is_exact
        if self.headers == before.headers:
            self.forms = before.forms


def compress(body: bytes, coding: str) -> bytes:
    """The same bytes for the same body, always."""
    if coding == BR:
        return brotli.compress(body, quality=BROTLI_QUALITY)
    return gzip.compress(body, GZIP_LEVEL, mtime=0) if coding == GZIP else body


def packed(entry: Entry) -> bytes:
    """An entry for a cache that processes share: a line of JSON, then the compressed body."""
    facts = [entry.version, entry.status, entry.headers, entry.since, entry.is_exact]
    return json.dumps(facts, separators=(",", ":")).encode() + b"\n" + compress(entry.body, BR)


def unpacked(data: bytes) -> Entry:
    """The entry back; ValueError where the bytes are none."""
    facts, _, body = data.partition(b"\n")
    try:
        version, status, headers, since, is_exact = json.loads(facts)
        pairs = [(str(name), str(value)) for name, value in headers]
        return Entry(str(version), str(status), pairs, brotli.decompress(body), int(since), bool(is_exact))
    except (brotli.error, TypeError, KeyError) as error:
        raise ValueError("not an entry") from error
