"""Figures in the index: an entry shows the values of the day on which it was written."""

from __future__ import annotations

from django.utils import timezone

from policies.models import Parameter, ParameterValue
from publishing import registry
from search.index import index
from search.models import IndexState


def figures_today() -> dict[str, str]:
    """Every figure in force today, by key and province."""
    rows = ParameterValue.objects.in_force(timezone.localdate()).select_related("parameter", "province")
    return {f"{row.parameter.key}|{row.province.slug if row.province else ''}": row.text for row in rows}


def follow_figures() -> str:
    """Housekeeping: indexes anew the documents whose figures were edited or took effect since the last time."""
    current, today = IndexState.current(), figures_today()
    before = current.figures
    if before == today:
        return ""
    keys = {name.partition("|")[0] for name in before.keys() | today.keys() if before.get(name) != today.get(name)}
    documents = [
        document
        for parameter in Parameter.objects.filter(key__in=keys)
        for kind in registry.content_types()
        for document in kind.model.objects.showing(parameter)
    ]
    unique = list({(type(document), document.pk): document for document in documents}.values())
    index(unique)
    IndexState.objects.filter(pk=current.pk).update(figures=today)
    return f"{len(keys)} figures changed, {len(unique)} documents indexed anew" if unique else ""
