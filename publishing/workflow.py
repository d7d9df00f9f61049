"""The verbs of publishing. Each asks `blockers()` first; the admin shows the same sentences beside the button."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from policies.figures import keys_in, tokens_in
from policies.models import Parameter, ParameterValue
from publishing.models import Availability, State
from publishing.registry import Change, announce
from publishing.rendering import FOOTNOTE
from taxonomy.models import Province

SUMMARY_LIMIT = 120


class Action(StrEnum):
    SUBMIT = "submit"
    REJECT = "reject"
    PUBLISH = "publish"
    SCHEDULE = "schedule"
    FORCE_PUBLISH = "force_publish"
    APPROVE_AFTER = "approve_after"
    WITHDRAW = "withdraw"
    RESTORE = "restore"
    MERGE = "merge"
    REMOVE = "remove"


class Blocked(Exception):
    """A verb was refused; `reasons` are sentences for the editor."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def text_blockers(revision: Any) -> list[str]:
    """What would harm readers in this text: no short answer, no source, an unknown figure, a footnote to nowhere."""
    reasons = []
    if not revision.title.strip():
        reasons.append("还没有标题，请先写上。")
    if not revision.summary.strip():
        reasons.append("还没有写简短回答，读者打开页面第一眼看的就是它。")
    sources = revision.citations.count() if revision.pk else 0
    if not sources:
        reasons.append("还没有依据，请至少添加一条政策文件和条款。")
    for number in sorted({int(n) for text in revision.texts() for n in FOOTNOTE.findall(text)}):
        if number < 1 or number > sources:
            reasons.append(f"文中的 [^{number}] 没有对应的依据，请核对依据的条数。")
    for key in sorted(unknown_keys(revision)):
        reasons.append(f"文中的数字 [[{key}]] 不存在或今天没有值，请改用列表里的数字。")
    return reasons


def unknown_keys(revision: Any) -> set[str]:
    """Figures in the text that have no value today."""
    keys = keys_in(revision.texts())
    if not keys:
        return set()
    known = ParameterValue.objects.in_force(timezone.localdate()).filter(parameter__key__in=keys, province__isnull=True)
    return keys - set(known.values_list("parameter__key", flat=True))


def blockers(action: Action, revision: Any, user: AbstractBaseUser) -> list[str]:
    """Why the user may not do this now, as sentences; an empty list means go."""
    reasons = _permission(action, revision, user) + _state(action, revision)
    if action in {Action.SUBMIT, Action.PUBLISH, Action.SCHEDULE, Action.FORCE_PUBLISH}:
        reasons += text_blockers(revision)
    if action == Action.PUBLISH and user == revision.author:
        reasons.append("您是这一版的作者，发布要由另一位审核人来按。")
    return reasons


def _permission(action: Action, revision: Any, user: Any) -> list[str]:
    meta = revision._meta
    if action == Action.SUBMIT:
        allowed = user.has_perm(f"{meta.app_label}.change_{meta.model_name}")
        return [] if allowed else ["您没有编辑权限，请联系管理员。"]
    allowed = user.has_perm(f"{meta.app_label}.publish_{revision.document._meta.model_name}")
    return [] if allowed else ["您没有发布权限，请提交给审核人。"]


def _state(action: Action, revision: Any) -> list[str]:
    availability, state = revision.document.availability, revision.state
    wanted: dict[Action, tuple[bool, str]] = {
        Action.SUBMIT: (state in {State.DRAFT, State.REJECTED}, "只有草稿和退回的版本可以提交。"),
        Action.REJECT: (state in {State.SUBMITTED, State.SCHEDULED}, "只有待审核或定时发布的版本可以退回。"),
        Action.PUBLISH: (state in {State.DRAFT, State.SUBMITTED, State.SCHEDULED}, "这一版已经发布过或已被退回。"),
        Action.SCHEDULE: (state in {State.DRAFT, State.SUBMITTED}, "这一版不能再定时发布。"),
        Action.FORCE_PUBLISH: (state in {State.DRAFT, State.SUBMITTED, State.REJECTED}, "这一版已经发布过。"),
        Action.WITHDRAW: (availability == Availability.LIVE, "只有已发布的页面可以撤回。"),
        Action.RESTORE: (availability == Availability.WITHDRAWN, "只有已撤回的页面可以恢复。"),
        Action.MERGE: (availability in {Availability.LIVE, Availability.WITHDRAWN}, "只有发布过的页面可以合并。"),
        Action.REMOVE: (availability in {Availability.LIVE, Availability.WITHDRAWN}, "只有发布过的页面可以删除。"),
    }
    ok, sentence = wanted.get(action, (True, ""))
    reasons = [] if ok else [sentence]
    if action in {Action.PUBLISH, Action.SCHEDULE} and availability in {Availability.MERGED, Availability.GONE}:
        reasons.append("这个页面已经合并或删除，不能再发布。")
    return reasons


def _demand(action: Action, revision: Any, user: Any) -> None:
    reasons = blockers(action, revision, user)
    if reasons:
        raise Blocked(reasons)


@transaction.atomic
def submit(revision: Any, user: Any) -> None:
    """Hands the draft to a reviewer."""
    _demand(Action.SUBMIT, revision, user)
    revision.state = State.SUBMITTED
    revision.save(update_fields=["state", "updated_at"])
    revision.document.record(user, "submit", number=revision.number)


@transaction.atomic
def publish(revision: Any, user: Any) -> None:
    """Moves the live pointer to this revision: the one way a text reaches readers."""
    _demand(Action.PUBLISH, revision, user)
    make_live(revision, user)
    revision.document.record(user, "publish", number=revision.number, minor=revision.is_minor)


def make_live(revision: Any, reviewer: Any, at: dt.datetime | None = None) -> None:
    """The pointer move itself, without asking who may; call inside a transaction."""
    document, now = revision.document, at or timezone.now()
    previous = document.live
    if previous and previous.pk != revision.pk:
        previous.state = State.SUPERSEDED
        previous.save(update_fields=["state"])
    revision.state, revision.published_at, revision.reviewer = State.PUBLISHED, now, reviewer
    revision.save(update_fields=["state", "published_at", "reviewer", "updated_at"])
    is_major = previous is None or not revision.is_minor
    document.live, document.availability = revision, Availability.LIVE
    document.withdrawn_on, document.withdrawn_note = None, ""
    document.first_published_at = document.first_published_at or now
    if is_major:
        document.changed_at = now
    document.save()
    record_figures(revision)
    announce(document, Change.PUBLISHED if is_major else Change.MINOR)


def record_figures(revision: Any) -> None:
    """Remembers which figures the text shows, so that "where used" is one query."""
    tokens = tokens_in(revision.texts())
    parameters = dict(Parameter.objects.filter(key__in={key for key, _ in tokens}).values_list("key", "id"))
    places = dict(Province.objects.filter(slug__in={place for _, place in tokens if place}).values_list("slug", "id"))
    wanted = {(parameters[key], places.get(place)) for key, place in tokens if key in parameters}
    uses = revision.parameter_uses
    have = {(use.parameter_id, use.province_id): use for use in uses.all()}
    uses.filter(pk__in=[use.pk for place, use in have.items() if place not in wanted]).delete()
    model = uses.model
    new = sorted(wanted - have.keys(), key=lambda pair: (pair[0], pair[1] or 0))
    model.objects.bulk_create([model(revision=revision, parameter_id=key, province_id=place) for key, place in new])


@transaction.atomic
def withdraw(revision: Any, user: Any, note: str) -> None:
    """Takes the page out of lists and search; its URL keeps the text under a banner with the reason."""
    _demand(Action.WITHDRAW, revision, user)
    if not note.strip():
        raise Blocked(["请写明撤回的原因，读者会看到它。"])
    document = revision.document
    document.availability, document.withdrawn_on, document.withdrawn_note = Availability.WITHDRAWN, timezone.localdate(), note
    document.save()
    document.record(user, "withdraw", note=note)
    announce(document, Change.WITHDRAWN)


@transaction.atomic
def restore(revision: Any, user: Any) -> None:
    """Brings a withdrawn page back as it was."""
    _demand(Action.RESTORE, revision, user)
    document = revision.document
    document.availability, document.withdrawn_on, document.withdrawn_note = Availability.LIVE, None, ""
    document.save()
    document.record(user, "restore")
    announce(document, Change.PUBLISHED)


@transaction.atomic
def merge(revision: Any, user: Any, target: Any) -> None:
    """Sends readers of this page to another one for good, in one hop."""
    _demand(Action.MERGE, revision, user)
    document = revision.document
    if target.pk == document.pk or target.availability != Availability.LIVE:
        raise Blocked(["请选择另一个已发布的页面作为合并目标。"])
    document.availability, document.replaced_by = Availability.MERGED, target
    document.withdrawn_on, document.withdrawn_note = None, ""
    document.save()
    for earlier in type(document).objects.filter(replaced_by=document):
        earlier.replaced_by = target
        earlier.save(update_fields=["replaced_by"])
    document.record(user, "merge", target=target.pk)
    announce(document, Change.MERGED)


@transaction.atomic
def remove(revision: Any, user: Any, note: str) -> None:
    """Removes the page for good; its URL answers 410 with a human sentence."""
    _demand(Action.REMOVE, revision, user)
    document = revision.document
    document.availability, document.withdrawn_note = Availability.GONE, note
    document.save()
    document.record(user, "remove", note=note)
    announce(document, Change.REMOVED)
