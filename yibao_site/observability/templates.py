"""Django's templates with a stopwatch, used where DEBUG is on."""

from __future__ import annotations

import time
from typing import Any

from django.template.backends.django import DjangoTemplates, Template
from django.utils.safestring import SafeString

from yibao_site.observability.trace import current


class TimedTemplate(Template):
    """Adds what rendering takes to the request's trace; queries that a template makes are part of it."""

    def render(self, context: dict[str, Any] | None = None, request: Any = None) -> SafeString:
        began = time.perf_counter()
        try:
            return super().render(context, request)
        finally:
            if trace := current.get():
                trace.in_templates += time.perf_counter() - began


class TimedTemplates(DjangoTemplates):
    """The backend that hands them out."""

    def get_template(self, template_name: str) -> TimedTemplate:
        """As Django's own."""
        return TimedTemplate(super().get_template(template_name).template, self)
