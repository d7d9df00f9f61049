"""What nginx says by itself, when it refuses a request and when the site is down: files that `collectstatic` writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from django.template.loader import render_to_string

# Made of the same plain page as the site's own errors (templates/pages/plain.html). deploy/nginx names each file by its status.
TEMPLATES = {
    "400": "400.html",
    **{status: f"nginx/{status}.html" for status in ("404", "408", "413", "429", "503")},
}


class ErrorPages(BaseFinder):
    """Gives `collectstatic` the pages as `errors/<status>.html`; the site itself never serves them."""

    def find(self, path: str, **options: Any) -> list[str]:
        return []

    def list(self, ignore_patterns: list[str] | None) -> Iterator[tuple[str, Storage]]:
        """The name of each page and where it can be read."""
        storage = InMemoryStorage()
        for status, template in TEMPLATES.items():
            name = f"errors/{status}.html"
            storage.save(name, ContentFile(render_to_string(template).encode()))
            yield name, storage
