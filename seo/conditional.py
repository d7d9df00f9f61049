"""Answers that cost a second visitor nothing: a strong ETag made of the bytes themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

CHUNK = 32_768


def whole(request: HttpRequest, text: str, content_type: str) -> HttpResponseBase:
    """A small answer, or 304 where the visitor already has these bytes."""
    body = text.encode()
    response = HttpResponse(body, content_type=content_type)
    return _unless_known(request, hashlib.sha256(body).hexdigest(), response)


def streamed(request: HttpRequest, produce: Callable[[], Iterable[str]], content_type: str) -> HttpResponseBase:
    """A long answer in constant memory, or 304. It is produced once for its ETag and again only if it must be sent."""
    digest = hashlib.sha256()
    for part in produce():
        digest.update(part.encode())
    response = StreamingHttpResponse(_chunks(produce()), content_type=content_type)
    return _unless_known(request, digest.hexdigest(), response)


def _unless_known(request: HttpRequest, digest: str, response: HttpResponseBase) -> HttpResponseBase:
    response["ETag"] = f'"{digest[:32]}"'
    return get_conditional_response(request, etag=response["ETag"], response=response)


def _chunks(parts: Iterable[str]) -> Iterator[bytes]:
    buffer = bytearray()
    for part in parts:
        buffer += part.encode()
        if len(buffer) >= CHUNK:
            yield bytes(buffer)
            buffer.clear()
    if buffer:
        yield bytes(buffer)
