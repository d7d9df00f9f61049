"""Django's permissions in Chinese: their names are stored in English when a table is made."""

from __future__ import annotations

from itertools import groupby

from django import forms
from django.contrib.auth.models import Permission

ACTIONS = {"add": "增加", "change": "修改", "delete": "删除", "view": "查看"}


def action(right: Permission) -> str:
    """What one may do: 增加; rights of our own have Chinese names already."""
    return ACTIONS.get(right.codename.partition("_")[0], right.name)


def listed(rights: list[Permission]) -> list[str]:
    """One line for each kind of row, such as 问题：增加、修改; the rights must come sorted by kind."""
    kinds = groupby(rights, key=lambda right: right.content_type.name)
    return [f"{kind}：{'、'.join(action(right) for right in group)}" for kind, group in kinds]


class RightsField(forms.ModelMultipleChoiceField):
    """A choice of permissions that reads 问题：增加."""

    def label_from_instance(self, right: Permission) -> str:
        return f"{right.content_type.name}：{action(right)}"
