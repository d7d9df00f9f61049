"""What a browser would post from the text form, for tests that play an editor without one."""

from __future__ import annotations

from typing import Any

from django.test import Client


def text_form(client: Client, revision: Any) -> dict[str, Any]:
    """Every field of the form as it is opened now, with its version token."""
    app, model = revision._meta.app_label, revision._meta.model_name
    response = client.get(f"/admin/{app}/{model}/{revision.pk}/change/")
    form = response.context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    data |= {"version_token": response.context["version_token"], "base": response.context["base"]}
    for inline in response.context["inline_admin_formsets"]:
        formset = inline.formset
        rows = formset.initial_forms
        data |= {f"{formset.prefix}-TOTAL_FORMS": len(rows), f"{formset.prefix}-INITIAL_FORMS": len(rows)}
        for row in rows:
            data |= {row.add_prefix(name): row[name].value() for name in row.fields}
    return {name: value for name, value in data.items() if value not in (None, False)}


def text_url(revision: Any, page: str = "change") -> str:
    return f"/admin/{revision._meta.app_label}/{revision._meta.model_name}/{revision.pk}/{page}/"
