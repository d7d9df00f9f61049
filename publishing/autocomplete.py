"""The admin's search-as-you-type choices, when what was posted is no key at all."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.widgets import AutocompleteMixin
from django.core.exceptions import ValidationError

_optgroups = AutocompleteMixin.optgroups


def install() -> None:
    """Makes every such widget show a posted value that is no key as nothing chosen: Django looks it up and fails, in the
    very form that was to say what is wrong. The admin makes these widgets itself, so there is nothing to inherit from."""
    AutocompleteMixin.optgroups = _optgroups_of_keys


def _optgroups_of_keys(self: Any, name: str, value: list[Any], attr: Any = None) -> Any:
    return _optgroups(self, name, [one for one in value if _is_key(self, one)], attr)


def _is_key(widget: Any, value: Any) -> bool:
    key = widget.choices.queryset.model._meta.pk
    try:
        key.run_validators(key.to_python(value))
    except ValidationError:
        return value in widget.choices.field.empty_values
    return True
