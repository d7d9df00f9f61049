"""The figures that an editor may put into a text: what each is called, what it is today, and where it comes from."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.forms.widgets import Script
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone

from policies.models import ParameterValue


def insertable() -> list[dict[str, Any]]:
    """One entry a figure and place with a value today, national first. One query."""
    values = ParameterValue.objects.in_force(timezone.localdate()).select_related("parameter", "province", "policy")
    values = values.order_by("parameter__label", "province__code")
    return [_entry(value) for value in sorted(values, key=lambda value: value.province_id is not None)]


def _entry(value: ParameterValue) -> dict[str, Any]:
    figure, place = value.parameter, value.province
    source = (
        f"{value.policy.number or value.policy.title} {value.clause}".strip() if value.policy else value.source_note
    )
    return {
        "token": f"[[{figure.key}|{place.slug}]]" if place else figure.token,
        "label": f"{figure.label}（{place.short_name}）" if place else figure.label,
        "today": value.text,
        "source": source,
        "note": figure.note,
    }


def insertable_view(request: HttpRequest) -> JsonResponse:
    """The list as JSON, for editors who may read figures."""
    if not request.user.has_perm("policies.view_parameter"):
        raise PermissionDenied
    return JsonResponse({"figures": insertable()})


def insert_media() -> Media:
    """Script and style for a form: a button beside each field marked `data-figures`, and the dialog behind the editor's."""
    script = Script(
        "admin_figures/figures.js",
        type="module",
        **{"data-figures-url": reverse("admin:policies_parameter_insertable")},
    )
    return Media(css={"all": ["admin_figures/figures.css"]}, js=[script])
