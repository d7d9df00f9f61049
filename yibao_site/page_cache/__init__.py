"""Keeps public pages as bytes in front of Django; docs/caching.md has it on one page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def in_front_of(application: Application) -> Application:
    """The application behind a page cache, as the settings say; the application itself where they switch it off."""
    from django.conf import settings

    from yibao_site.page_cache import release
    from yibao_site.page_cache.front import Front
    from yibao_site.page_cache.memory import Memory
    from yibao_site.page_cache.shared import Shared

    if not settings.PAGE_CACHE:
        return application
    shared = Shared(settings.CACHE_URL, release.fingerprint()) if settings.CACHE_URL else None
    return Front(application, Memory(settings.PAGE_CACHE_MB * 1_000_000), shared, release.made_at())
