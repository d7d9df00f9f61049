"""What the open data says of each kind of thing, as plain dictionaries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from policies.models import Parameter, ParameterValue, PolicyDocument
from publishing import pages, registry
from publishing.models import Document
from publishing.rendering import short_answers
from seo.addresses import absolute, markdown_path
from seo.dates import iso
from taxonomy.models import Confidence

Row = dict[str, Any]


def documents(kind: str) -> QuerySet:
    """Live documents of a kind, with what a list row says."""
    found = registry.content_type(kind).model.objects.live().with_changed_at(timezone.now())
    return found.prefetch_related("topics", "provinces")


def document_rows(found: Iterable[Document]) -> list[Row]:
    """Documents in short; one query for all their figures."""
    found = list(found)
    short_answers(found)
    return [_document(document) | {"short_answer": document.short_answer} for document in found]


def _document(document: Any) -> Row:
    path = document.get_absolute_url()
    return {
        "id": document.pk,
        "url": absolute(path),
        "markdown_url": absolute(markdown_path(path)),
        "title": document.live.title,
        "topics": [topic.slug for topic in document.topics.all()],
        "nationwide": document.nationwide,
        "provinces": [province.slug for province in document.provinces.all()],
        "published_at": iso(document.first_published_at),
        "changed_at": iso(document.effective_changed_at),
        "verified_on": _day(document.verified_on),
        "review_due_on": _day(document.review_due_on),
    }


def document_detail(page: pages.Page) -> Row:
    """Everything a page says. Text fields hold HTML, as on the page; figures are filled in for today."""
    return _document(page.document) | {
        "short_answer": page.text.short_answer,
        "notices": page.notices,
        **{name: [str(line) for line in lines] for name, lines in page.text.lines.items()},
        "body": str(page.text.body),
        "citations": [_citation(number, citation) for number, citation in enumerate(page.citations, 1)],
        "figures": [_value(value) | {"parameter": value.parameter.key} for value in page.text.figures.used()],
    }


def _citation(number: int, citation: Any) -> Row:
    return {
        "number": number,
        "policy": citation.policy.code,
        "clause": citation.clause,
        "note": citation.note,
        "as_history": citation.as_history,
    }


def policies() -> QuerySet:
    """All policy documents."""
    return PolicyDocument.objects.select_related("superseded_by", "partly_superseded_by")


def policy_row(policy: PolicyDocument) -> Row:
    """A policy document; its status is that of today."""
    return {
        "id": policy.pk,
        "code": policy.code,
        "url": absolute(policy.get_absolute_url()),
        "title": policy.title,
        "number": policy.number,
        "issuer": policy.issuer,
        "kind": policy.kind,
        "issued_on": _day(policy.issued_on),
        "published_on": _day(policy.published_on),
        "in_force_from": _day(policy.in_force_from),
        "in_force_until": _day(policy.in_force_until),
        "status": policy.status.value,
        "superseded_by": policy.superseded_by.code if policy.superseded_by else None,
        "official_url": policy.official_url,
        "confidence": policy.confidence,
        "summary": policy.summary,
    }


def parameters() -> QuerySet:
    """All figures with the values that may be shown as fact."""
    sure = ParameterValue.objects.exclude(confidence=Confidence.LOW).select_related("province", "policy", "parameter")
    return Parameter.objects.prefetch_related(Prefetch("values", queryset=sure))


def parameter_row(parameter: Parameter) -> Row:
    """A figure with all its values, past, present and announced."""
    return {
        "id": parameter.pk,
        "key": parameter.key,
        "label": parameter.label,
        "unit": parameter.unit,
        "note": parameter.note,
        "values": [_value(value) for value in parameter.values.all()],
    }


def _value(value: ParameterValue) -> Row:
    return {
        "value": value.value,
        "text": value.text,
        "province": value.province.slug if value.province else None,
        "in_force_from": _day(value.in_force_from),
        "in_force_until": _day(value.in_force_until),
        "policy": value.policy.code if value.policy else None,
        "clause": value.clause,
        "source_note": value.source_note,
        "verified_on": _day(value.verified_on),
    }


def terms() -> Row:
    """Who made the data, on which terms, and what a reader of it must know."""
    return {
        "publisher": settings.SITE_OPERATOR,
        "site": absolute("/"),
        "licence": settings.DATA_LICENCE,
        "notice": "引用请写明出处、网址和核对日期。办事以参保地医保部门最新规定为准。",
    }


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
