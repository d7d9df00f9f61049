"""The editors' desk: queues of work with their counts, in a constant number of queries.

An app whose work the editors do (search, feedback …) adds its own queue when it loads:

    from publishing import desk
    desk.register(desk.Queue("reports", "读者报错未处理", "读者说哪里不对，三个工作日内回复。", entries, order=60))

`entries(request)` gives back `[desk.Entry(label, url, count), …]`: usually one, the filtered list in the admin and how
many rows it has (one query). Say nothing about what the user may not see: give back an empty list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from publishing.models import Availability, ContentCheck, State
from publishing.registry import content_types

SOON = dt.timedelta(days=30)
MOST_SHOWN = 99


@dataclass(frozen=True)
class Entry:
    """One filtered list behind a queue."""

    label: str
    url: str
    count: int

    @property
    def shown(self) -> str:
        """The count as the desk says it: nobody needs to know how many more than a day's work there are."""
        return at_most(self.count)


def at_most(count: int) -> str:
    """A count in at most three signs."""
    return str(count) if count <= MOST_SHOWN else f"{MOST_SHOWN}+"


@dataclass(frozen=True)
class Queue:
    """Something that waits for an editor."""

    name: str
    label: str
    hint: str
    entries: Callable[[HttpRequest], list[Entry]]
    order: int = 50
    urgent: bool = False


@dataclass(frozen=True)
class ShownQueue:
    """A queue as one person sees it."""

    queue: Queue
    entries: list[Entry]

    @property
    def count(self) -> int:
        return sum(entry.count for entry in self.entries)

    @property
    def shown(self) -> str:
        """The count as the desk says it."""
        return at_most(self.count)


@dataclass(frozen=True)
class Selection:
    """Documents that wait: the same filter counts them on the desk and lists them behind it."""

    name: str
    label: str
    hint: str
    pick: Callable[[QuerySet, Any], QuerySet]
    order: int
    urgent: bool = False


_queues: dict[str, Queue] = {}


def register(queue: Queue) -> None:
    """Adds a queue to the desk."""
    _queues[queue.name] = queue


def queues(request: HttpRequest) -> list[ShownQueue]:
    """All queues of the person who asks, the most pressing first."""
    own = [_as_queue(selection) for selection in SELECTIONS.values()]
    found = sorted([*own, *_queues.values()], key=lambda queue: queue.order)
    shown = [ShownQueue(queue, queue.entries(request)) for queue in found]
    return [queue for queue in shown if queue.entries]


def _as_queue(selection: Selection) -> Queue:
    def entries(request: HttpRequest) -> list[Entry]:
        found = []
        for kind in content_types():
            meta = kind.model._meta
            if request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
                url = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist") + f"?queue={selection.name}"
                waiting = selection.pick(kind.model.objects.all(), request.user).order_by().values("pk")
                found.append(Entry(kind.label, url, waiting[: MOST_SHOWN + 1].count()))
        return found

    return Queue(selection.name, selection.label, selection.hint, entries, selection.order, selection.urgent)


def _with_text(documents: QuerySet, **wanted: Any) -> QuerySet:
    """Documents that can still be published and have a text of this kind."""
    texts = documents.model._meta.get_field("live").related_model.objects.filter(**wanted)
    ended = Q(availability__in=[Availability.MERGED, Availability.GONE])
    return documents.exclude(ended).filter(pk__in=texts.values("document_id"))


def _to_review(documents: QuerySet, user: Any) -> QuerySet:
    texts = documents.model._meta.get_field("live").related_model.objects.filter(state=State.SUBMITTED)
    others = texts.filter(~Q(author=user) | Q(author__isnull=True), ~Q(edited_by=user) | Q(edited_by__isnull=True))
    return documents.filter(pk__in=others.values("document_id"))


def _failing(documents: QuerySet, user: Any) -> QuerySet:
    kind = ContentType.objects.get_for_model(documents.model)
    checks = ContentCheck.objects.filter(content_type=kind).exclude(problems="")
    return documents.live().filter(pk__in=checks.values("object_id"))


def _lapsed(documents: QuerySet, user: Any) -> QuerySet:
    return documents.lapsed(timezone.localdate())


def _due(documents: QuerySet, user: Any) -> QuerySet:
    return documents.live().filter(review_due_on__lt=timezone.localdate())


def _due_soon(documents: QuerySet, user: Any) -> QuerySet:
    today = timezone.localdate()
    return documents.live().filter(review_due_on__range=(today, today + SOON))


SELECTIONS = {
    selection.name: selection
    for selection in [
        Selection("late", "定时发布已过点", "到了时间却没有发出去，打开看原因。",
                  lambda documents, user: _with_text(documents, state=State.SCHEDULED, publish_at__lte=timezone.now()), 5, True),
        Selection("review", "待我审核", "别人提交、等您看的稿子。", _to_review, 10),
        Selection("forced", "待补审", "强制发布、还没有第二个人看过的页面。",
                  lambda documents, user: _with_text(documents, state=State.PUBLISHED, forced_approved_by__isnull=True, forced_reason__gt=""), 15, True),
        Selection("rejected", "退回给我的", "审核人请您修改的稿子。",
                  lambda documents, user: _with_text(documents, state=State.REJECTED, author=user), 20),
        Selection("drafts", "我的草稿", "您还没有提交的稿子。",
                  lambda documents, user: _with_text(documents, state=State.DRAFT, author=user), 25),
        Selection("lapsed", "依据已失效", "引用的文件失效了，约定复核的文件开始施行，或者有数字没有值。", _lapsed, 30, True),
        Selection("due", "已到复核期", "过了承诺的核对日期，读者页面上有提示。", _due, 35, True),
        Selection("soon", "30天内到期", "快到核对日期的页面。", _due_soon, 40),
        Selection("failing", "内容检查不通过", "已发布的页面里有会害人的问题。", _failing, 45, True),
    ]
}  # fmt: skip
