"""Links in published text: internal ones must lead to something that readers can see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import Resolver404, resolve

from publishing import registry
from publishing.audit import Finding
from publishing.models import Availability

HREF = re.compile(r'href="(/[^"#?]*)')


def broken_links(revision: Any) -> Iterator[Finding]:
    """Internal links of a text that lead nowhere."""
    for address in sorted(set(HREF.findall(revision.body))):
        if not leads_somewhere(address):
            yield Finding("error", "body", "站内链接打不开", address)


def leads_somewhere(address: str) -> bool:
    """Whether an internal address is a page, and, for a document, one that readers can see."""
    try:
        match = resolve(address)
    except Resolver404:
        return False
    names = {kind.name: kind for kind in registry.content_types()}
    if match.url_name not in names:
        return True
    documents = names[match.url_name].model.objects.filter(pk=match.kwargs["pk"])
    return documents.filter(availability__in=[Availability.LIVE, Availability.MERGED]).exists()
