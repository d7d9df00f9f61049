"""A column that holds several codes of a closed list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models


class CodesField(models.CharField):
    """Codes of `options`, kept as one text and given as a tuple; empty means any of them."""

    def __init__(self, *args: Any, options: type[models.TextChoices] | None = None, **kwargs: Any) -> None:
        self.options = options
        super().__init__(*args, **{"max_length": 200, "blank": True, "default": tuple, **kwargs})

    def from_db_value(self, value: str | None, *args: Any) -> tuple[str, ...]:
        return self.to_python(value)

    def to_python(self, value: Any) -> tuple[str, ...]:
        return tuple(value.split() if isinstance(value, str) else value or ())

    def get_prep_value(self, value: Any) -> str:
        return " ".join(self.to_python(value))

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))

    def validate(self, value: tuple[str, ...], model_instance: models.Model | None) -> None:
        unknown = [code for code in value if self.options and code not in self.options.values]
        if unknown:
            raise ValidationError(f"“{unknown[0]}”不在可选的范围里，请从清单里选。")

    def formfield(self, **kwargs: Any) -> forms.Field:
        return forms.TypedMultipleChoiceField(
            choices=self.options.choices if self.options else [], required=False, coerce=str, empty_value=(),
            widget=forms.CheckboxSelectMultiple, label=self.verbose_name, help_text=self.help_text,
        )  # fmt: skip
