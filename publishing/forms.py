"""Form fields of the editors' admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget, AutocompleteSelectMultiple
from django.forms.models import ModelChoiceIterator

from publishing import similar
from publishing.models import validate_places
from taxonomy.models import Province, Region, Topic


class RegionIterator(ModelChoiceIterator):
    """Province choices in groups, one a region."""

    def __iter__(self) -> Iterator[Any]:
        groups: dict[str, list[Any]] = {region: [] for region in Region.values}
        for province in self.queryset:
            groups[province.region].append(self.choice(province))
        for region, choices in groups.items():
            yield (Region(region).label, choices)


class ProvinceField(forms.ModelMultipleChoiceField):
    """Provinces as checkboxes, grouped by region."""

    widget = forms.CheckboxSelectMultiple
    iterator = RegionIterator

    def __init__(self, **options: Any) -> None:
        super().__init__(Province.objects.all(), required=False, label="适用省份", **options)


class IdentityForm(forms.ModelForm):
    """What a document is about; its text is edited apart."""

    provinces = ProvinceField(help_text="只有答案专讲某些省份时才勾选，并取消“全国通用”。")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self._meta.model._meta.get_field("topics")
        self.fields["topics"] = forms.ModelMultipleChoiceField(
            Topic.objects.all(), label="栏目", widget=AutocompleteSelectMultiple(field, admin.site),
            help_text="一到三个，第一个是主要栏目。",
        )  # fmt: skip
        if self.instance.pk:
            self.initial["topics"] = list(self.instance.topics.all())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        validate_places(cleaned.get("nationwide", False), cleaned.get("provinces"))
        return cleaned


class NewDocumentForm(IdentityForm):
    """A new document needs a title for its first draft."""

    title = forms.CharField(
        label="标题",
        max_length=120,
        widget=AdminTextInputWidget,
        help_text="读者会怎么问，就怎么写。下面会列出已有的相近页面。",
    )
    duplicate_reason = forms.CharField(
        label="为什么还要建",
        max_length=300,
        required=False,
        widget=AdminTextInputWidget,
        help_text="只有已经有几乎一样的页面时才要写。",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        title = cleaned.get("title", "")
        if title and not cleaned.get("duplicate_reason", "").strip():
            same = next((near for near in similar.nearest(self._meta.model, title) if near.is_same), None)
            if same:
                self.add_error(
                    "duplicate_reason",
                    f"已经有“{same.title}”（编号{same.document.pk}）。如果确实要另建一页，请写明原因。",
                )
        return cleaned
