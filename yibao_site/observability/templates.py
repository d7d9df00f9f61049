"""Both kinds of templates with a stopwatch, used where DEBUG is on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.template.backends import django, jinja2
from django.utils.safestring import SafeString

from yibao_site.observability.trace import current


@contextmanager
def stopwatch() -> Iterator[None]:
    """Adds what rendering takes to the request's trace; queries that a template makes are part of it."""
    began = time.perf_counter()
    try:
        yield
    finally:
        if trace := current.get():
            trace.in_templates += time.perf_counter() - began


class TimedTemplate(django.Template):
    def render(self, context: dict[str, Any] | None = None, request: Any = None) -> SafeString:
        with stopwatch():
            return super().render(context, request)


class TimedTemplates(django.DjangoTemplates):
    """Django's own, for the admin."""

    def get_template(self, template_name: str) -> TimedTemplate:
        """As Django's own."""
        return TimedTemplate(super().get_template(template_name).template, self)


class TimedPage(jinja2.Template):
    def render(self, context: dict[str, Any] | None = None, request: Any = None) -> str:
        with stopwatch():
            return super().render(context, request)


class TimedPages(jinja2.Jinja2):
    """Jinja's, for readers' pages."""

    def get_template(self, template_name: str) -> TimedPage:
        """As Django's own."""
        return TimedPage(super().get_template(template_name).template, self)
