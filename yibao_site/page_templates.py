"""The language of readers' pages: Jinja, which compiles a template to Python (docs/dependencies.md says what that is worth).

Templates in `templates/pages` may call the functions and filters named here and nothing else. The admin's templates are
Django's own and know none of them.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

import jinja2
from django.template import defaultfilters
from django.templatetags.static import static
from django.utils.timezone import template_localtime

from feedback import page_parts
from filing.entries import filing_entries
from publishing.shelves import in_words
from seo import head
from seo.dates import iso
from taxonomy.addresses import address
from yibao_site.qr import qr


def environment(**options: Any) -> jinja2.Environment:
    """What Django's backend renders pages with."""
    made = jinja2.Environment(**options)  # noqa: S701 - Django's backend switches autoescape on
    made.globals |= {
        "url": address,
        "static": lru_cache(maxsize=256)(static),
        "qr": qr,
        "page_head": head.page_head,
        "page_description": head.page_description,
        "breadcrumb_data": head.breadcrumb_data,
        "page_kind": page_parts.page_kind,
        "page_foot": page_parts.page_foot,
        "popular": page_parts.popular,
        "recently_changed": page_parts.recently_changed,
        "recently_asked": page_parts.recently_asked,
        "filing_entries": filing_entries,
    }
    made.filters |= {
        "date": date,
        "iso": iso,
        "linebreaks": defaultfilters.linebreaks_filter,
        "linebreaksbr": defaultfilters.linebreaksbr,
        "truncatechars": defaultfilters.truncatechars,
        "urlencode": defaultfilters.urlencode,
        "counted": in_words,
        "title_text": head.title_text,
        "description_text": head.description_text,
    }
    return made


@lru_cache(maxsize=4096)
def date(moment: dt.date | dt.datetime | None, form: str) -> str:
    """A day, or a moment as clocks in China show it; empty for None. Pages of a site share most of their days."""
    return defaultfilters.date(template_localtime(moment), form)
