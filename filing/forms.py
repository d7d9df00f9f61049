"""Admin forms that show what a change would do before they save it."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from filing import book
from filing.impact import Change, changes, with_exemption, with_statement
from filing.models import refuse_overlap
from filing.places import Gazetteer
from filing.rules import Book


class PreviewForm(forms.ModelForm):
    """Refuses the first time when outcomes would change, and lists them; the same data sent again is saved."""

    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.impact: list[Change] = []
        self.old_code = self.instance.code

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.errors:
            return
        try:
            before = book.load()
            after = self.changed(before)
        except ValidationError as error:
            self.add_error(None, error)
            return
        day = max(timezone.localdate(), self.instance.period().starts or timezone.localdate())
        self.impact = changes(before, after, day, Gazetteer())
        seen = _fingerprint(self.impact, self.cleaned_data)
        if self.impact and self.data.get("confirmed") != seen:
            self.data = self.data.copy()
            self.data["confirmed"] = seen
            cases = sum(len(change.cases) for change in self.impact)
            self.add_error(
                None, f"还没有保存：这样改，读者看到的结果有{cases}处会变，清单在下面。看过没有问题，再点一次保存。"
            )

    def changed(self, before: Book) -> Book:
        """The book as it would be."""
        row = self.instance.statement() if self.instance.confidence in book.SHOWN else None
        return with_statement(before, row, self.old_code)


class ExemptionForm(PreviewForm):
    def changed(self, before: Book) -> Book:
        row = self.instance.exemption(self.cleaned_data["provinces"])
        refuse_overlap(row, self.instance.pk)
        return with_exemption(before, row if self.instance.confidence in book.SHOWN else None, self.old_code)


def _fingerprint(impact: list[Change], data: dict[str, Any]) -> str:
    """What was shown for which data: any other data must be shown again."""
    shown = [(change.what, change.before, change.after, len(change.cases)) for change in impact]
    rest = sorted((name, str(value)) for name, value in data.items() if name != "confirmed")
    return hashlib.sha256(repr((shown, rest)).encode()).hexdigest()
