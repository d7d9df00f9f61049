"""Forms for figures, whose values are judged together, as they will be after saving; and for what goes out as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet, ModelForm
from django.utils import timezone
from import_export.forms import SelectableFieldsExportForm
from import_export.resources import ModelResource

from policies.models import ParameterValue
from policies.usage import uses_of

SEEN = "这个值读者已经看到过，是历史，不能删。错了就直接改，不再有效就填最后有效日。"


class ValueForm(ModelForm):
    """One value; it is compared with its neighbours by the formset, not with what is stored."""

    def _post_clean(self) -> None:
        self.instance.compared_in_form = True
        self._validate_constraints = False
        super()._post_clean()


class ValueFormSet(BaseInlineFormSet):
    """All values of a figure."""

    def clean(self) -> None:
        super().clean()
        for form, other in combinations(self._kept(), 2):
            mine, theirs = form.instance, other.instance
            if mine.province_id == theirs.province_id:
                try:
                    theirs.refuse_overlap([mine])
                except ValidationError as error:
                    other.add_error(None, error)
        for form in self._erased():
            if uses_of(self.instance):
                raise ValidationError(f"“{form.instance.text}”：{SEEN}")

    def _kept(self) -> Iterator[Any]:
        """Forms whose value will stand after saving and could be read."""
        for form in self.forms:
            filled = form.has_changed() or form.instance.pk
            if filled and not form.errors and not self._should_delete_form(form):
                yield form

    def _erased(self) -> Iterator[Any]:
        """Forms that would take away a value which has already been in force."""
        today = timezone.localdate()
        for form in self.forms:
            if form.instance.pk and self._should_delete_form(form):
                start = form.instance.in_force_from
                if start is None or start <= today:
                    yield form

    def save(self, commit: bool = True) -> list[ParameterValue]:
        """What goes or gets shorter is saved before what gets longer: the database refuses two values even for a moment."""
        self.forms.sort(key=self._order)
        return super().save(commit)

    def _order(self, form: Any) -> tuple[bool, bool, bool]:
        """Stored rows before new ones, as Django expects; among them deleted, then shorter, then longer."""
        before, value = form.initial, form.instance
        starts_earlier = (value.in_force_from or dt.date.min) < (before.get("in_force_from") or dt.date.min)
        ends_later = (value.in_force_until or dt.date.max) > (before.get("in_force_until") or dt.date.max)
        return value._state.adding, not self._should_delete_form(form), starts_earlier or ends_later


class ColumnsForm(SelectableFieldsExportForm):
    """Which columns of a table go out, each under the name that it has there."""

    def _get_field_label(self, resource: type[ModelResource], field_name: str) -> str:
        return resource.fields[field_name].column_name

    def _validate_any_field_selected(self, resource: type[ModelResource]) -> None:
        if not self.get_selected_resource_export_fields():
            raise ValidationError("一列也没有选。请至少勾选一列再导出。")
