"""Which requests may be answered from the cache, and what Django sees of one that renders a page for everybody."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from yibao_site.page_cache import Environ
from yibao_site.page_cache.addresses import canonical_query

MOST_HOSTS = 100  # spellings of the site's own name that are remembered
# With one of these, or with a body, only Django knows the answer.
SPECIAL = ("HTTP_AUTHORIZATION", "HTTP_TRANSFER_ENCODING")
# All that Django sees of the visitor's headers; none of them may show on a page.
PASSED = {"HTTP_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_FOR", "HTTP_X_REQUEST_ID"}
DROPPED = {"CONTENT_LENGTH", "CONTENT_TYPE", "QUERY_STRING", "RAW_URI", "REQUEST_URI"}


class Page(NamedTuple):
    """A page that may be kept: its key and its one query string."""

    key: str
    query: str


class Requests:
    """Knows the site's names and whether it asks for https."""

    def __init__(self) -> None:
        self._hosts: set[str] = set()
        self._only_secure: bool = settings.SECURE_SSL_REDIRECT
        self._proxy_header: tuple[str, str] | None = settings.SECURE_PROXY_SSL_HEADER

    def page(self, environ: Environ) -> Page | None:
        """The page asked for; None for everything that Django must answer itself."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or environ.get("SCRIPT_NAME"):
            return None
        if any(name in environ for name in SPECIAL) or environ.get("CONTENT_LENGTH", "") not in {"", "0"}:
            return None
        is_secure = self._is_secure(environ)
        if not self._is_ours(environ.get("HTTP_HOST", "")) or (self._only_secure and not is_secure):
            return None
        path = environ["PATH_INFO"]
        query = canonical_query(path, environ.get("QUERY_STRING", ""))
        return None if query is None else Page(f"{'s' if is_secure else ''}{path}?{query}", query)

    def for_everybody(self, environ: Environ, page: Page) -> Environ:
        """The same request without anything that tells its visitor from another."""
        kept = {
            name: value
            for name, value in environ.items()
            if name in PASSED or not (name.startswith("HTTP_") or name in DROPPED)
        }
        return {**kept, "REQUEST_METHOD": "GET", "QUERY_STRING": page.query}

    def _is_ours(self, host: str) -> bool:
        if host in self._hosts:
            return True
        domain, _ = split_domain_port(host)
        if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
            return False
        if len(self._hosts) < MOST_HOSTS:
            self._hosts.add(host)
        return True

    def _is_secure(self, environ: Environ) -> bool:
        """As Django sees it."""
        if self._proxy_header:
            name, value = self._proxy_header
            said = environ.get(name)
            if said is not None:
                return said.split(",", 1)[0].strip() == value
        return environ["wsgi.url_scheme"] == "https"
