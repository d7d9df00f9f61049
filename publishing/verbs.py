"""What an editor can do with a text or a page besides saving it: one table, one form each, the same rules as the code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils import timezone

from publishing import drafts, workflow
from publishing.models import State
from publishing.rules import FROM_AVAILABILITY, FROM_STATE, Action, blockers

Run = Callable[[Any, Any, dict[str, Any]], None]


class VerbForm(forms.Form):
    """The question a verb asks before it acts; most ask nothing."""

    def __init__(self, *args: Any, document: Any, **options: Any) -> None:
        self.document = document
        super().__init__(*args, **options)


class NoteForm(VerbForm):
    note = forms.CharField(label="原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}))


class ScheduleForm(VerbForm):
    at = forms.DateTimeField(
        label="发布时间", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="北京时间。到时自动发布。",
    )  # fmt: skip


class VerifyForm(VerbForm):
    next_due = forms.DateField(
        label="下次核对",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="读者会看到这个日期。",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["next_due"] = next_review(self.document, timezone.localdate())


class TargetForm(VerbForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        model = type(self.document)
        widget = AutocompleteSelect(model._meta.get_field("replaced_by"), admin.site)
        others = model.objects.live().exclude(pk=self.document.pk)
        self.fields["target"] = forms.ModelChoiceField(
            others, label="合并到", widget=widget, help_text="打开本页的读者以后直接到这一页。",
            error_messages={"invalid_choice": "请选择另一个已发布的页面作为合并目标。"},
        )  # fmt: skip


def next_review(document: Any, today: dt.date) -> dt.date:
    """A review day as far ahead as the last one was, three months at least and a year at most."""
    before = document.review_due_on - document.verified_on if document.review_due_on and document.verified_on else None
    days = min(max((before or workflow.REVIEW_AFTER).days, 90), 366)
    return today + dt.timedelta(days=days)


@dataclass(frozen=True)
class Verb:
    """A button: what it is called, what will happen, what it asks."""

    name: str
    label: str
    effect: str
    done: str
    run: Run
    form: type[VerbForm] = VerbForm
    on_text: bool = True

    def revision_of(self, document: Any) -> Any | None:
        """The version it acts on."""
        return document.working_revision if self.on_text and self.name != Action.APPROVE_AFTER else document.live

    def reasons(self, revision: Any, user: Any) -> list[str]:
        """Why the user may not press it now."""
        if self.name == SET_ASIDE:
            allowed = user.has_perm(f"{revision._meta.app_label}.change_{revision._meta.model_name}")
            return [] if allowed else ["您没有编辑权限，请联系管理员。"]
        return blockers(Action(self.name), revision, user)

    def fits(self, document: Any, revision: Any | None) -> bool:
        """Whether it has any meaning in this state, whoever asks."""
        if revision is None:
            return False
        if self.name == SET_ASIDE:
            return revision.state not in {State.PUBLISHED, State.SUPERSEDED}
        if self.name == Action.APPROVE_AFTER:
            return bool(revision.forced_reason and not revision.forced_approved_by_id)
        if self.name in FROM_STATE:
            return revision.state in FROM_STATE[Action(self.name)][0]
        return document.availability in FROM_AVAILABILITY[Action(self.name)][0]


SET_ASIDE = "set_aside"
VERBS = {
    verb.name: verb
    for verb in [
        Verb(Action.SUBMIT, "提交审核", "另一位编辑会在工作台看到它。读者看到的页面不变。", "已提交，等另一位编辑审核。",
             lambda revision, user, data: workflow.submit(revision, user)),
        Verb(Action.REJECT, "退回修改", "作者会看到您写的原因。原来排定的定时发布也会取消。", "已退回，作者会看到原因。",
             lambda revision, user, data: workflow.reject(revision, user, data["note"]), NoteForm),
        Verb(Action.PUBLISH, "发布", "读者马上看到这一版。", "已发布，读者现在看到的就是这一版。",
             lambda revision, user, data: workflow.publish(revision, user)),
        Verb(Action.SCHEDULE, "定时发布", "到时自动发布，发布前谁也不能再改它；要改，先退回。", "已排定，到时自动发布。",
             lambda revision, user, data: workflow.schedule(revision, user, data["at"]), ScheduleForm),
        Verb(Action.FORCE_PUBLISH, "强制发布", "读者马上看到这一版，没有第二个人看过。它会留在“待补审”里，直到另一位审核人补审。",
             "已强制发布，请尽快请另一位审核人补审。",
             lambda revision, user, data: workflow.force_publish(revision, user, data["note"]), NoteForm),
        Verb(Action.APPROVE_AFTER, "补审通过", "表示您已通读这一版，同意它留在网上。", "已补审。",
             lambda revision, user, data: workflow.approve_after(revision, user)),
        Verb(SET_ASIDE, "放弃草稿", "这份草稿不再修改，留在“历史”里，以后可以取回。读者看到的页面不变。", "已放弃这份草稿，可以在历史里取回。",
             lambda revision, user, data: drafts.set_aside(revision, user)),
        Verb(Action.VERIFY, "复核无变更", "表示您今天通读了全文，内容仍然正确。“最近核对”变成今天，文字不变。", "已记下：今天核对过，内容没有变化。",
             lambda revision, user, data: workflow.verify(revision, user, data["next_due"]), VerifyForm, on_text=False),
        Verb(Action.WITHDRAW, "撤回", "页面从列表和搜索里消失。网址还能打开，最上面写着已撤回和原因。", "已撤回，读者打开网址会看到原因。",
             lambda revision, user, data: workflow.withdraw(revision, user, data["note"]), NoteForm, on_text=False),
        Verb(Action.RESTORE, "恢复", "页面按撤回前的样子回到列表和搜索里。", "已恢复，读者又能看到这一页。",
             lambda revision, user, data: workflow.restore(revision, user), on_text=False),
        Verb(Action.MERGE, "合并", "以后打开本页的读者直接到您选的那一页，不能撤销。", "已合并，读者会直接到那一页。",
             lambda revision, user, data: workflow.merge(revision, user, data["target"]), TargetForm, on_text=False),
        Verb(Action.REMOVE, "删除", "网址只回答“这一页已经删除”，不能撤销。内容只是过时，请用“撤回”。", "已删除，读者打开网址会看到说明。",
             lambda revision, user, data: workflow.remove(revision, user, data["note"]), NoteForm, on_text=False),
    ]
}  # fmt: skip
# These stand under the text as buttons of its form; the others are links to a page of their own.
IN_FORM = {Action.SUBMIT, Action.PUBLISH}


@dataclass(frozen=True)
class Button:
    """A verb as one user meets it."""

    verb: Verb
    reasons: list[str]


def buttons(document: Any, user: Any) -> list[Button]:
    """The verbs that have a meaning for this page now, each with what stands against it."""
    found = []
    for verb in VERBS.values():
        revision = verb.revision_of(document)
        if verb.name not in IN_FORM and verb.fits(document, revision):
            revision.document = document
            found.append(Button(verb, verb.reasons(revision, user)))
    return found
