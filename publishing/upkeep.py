"""What the desk does by itself, from `manage.py housekeeping`: publish what is due, remind, check what is live."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from publishing.addresses import admin_url
from publishing.desk import SOON
from publishing.models import ContentCheck, Opening, PreviewLink, Reminder, State
from publishing.registry import Change, content_types
from publishing.rules import text_blockers
from publishing.workflow import publish_scheduled

BATCH = 200
CHECK_AGAIN = dt.timedelta(hours=12)
FORGET = dt.timedelta(days=30)


def publish_due() -> str:
    """Publishes every text whose moment has come; one that cannot be published stays on the desk as overdue."""
    now, done, held = timezone.now(), 0, 0
    for kind in content_types():
        texts = kind.model._meta.get_field("live").related_model.objects
        for revision in texts.filter(state=State.SCHEDULED, publish_at__lte=now).order_by("publish_at", "pk"):
            if publish_scheduled(revision, now):
                done += 1
            else:
                held += 1
    return f"{done} published, {held} held back" if done or held else ""


def remind() -> str:
    """One mail a group about pages that are newly due or newly overdue; nobody is told twice."""
    today, sent = timezone.localdate(), 0
    waiting: dict[int, list[tuple[Any, bool]]] = defaultdict(list)
    for kind in content_types():
        for document in _due(kind.model, today):
            waiting[document.owner_id].append((document, document.review_due_on < today))
    for owner, due in waiting.items():
        sent += _tell(Group.objects.get(pk=owner), due)
    return f"{sent} mails" if sent else ""


def _due(model: Any, today: dt.date) -> list[Any]:
    """Live pages with an owner whose day is near or past, and of which that group has not yet heard."""
    kind = ContentType.objects.get_for_model(model)
    told = Reminder.objects.filter(content_type=kind, object_id=OuterRef("pk"), due_on=OuterRef("review_due_on"))
    due = model.objects.live().filter(owner__isnull=False, review_due_on__lte=today + SOON)
    overdue = due.filter(review_due_on__lt=today).exclude(Exists(told.filter(overdue=True)))
    soon = due.filter(review_due_on__gte=today).exclude(Exists(told.filter(overdue=False)))
    return [*overdue.order_by("review_due_on", "pk"), *soon.order_by("review_due_on", "pk")]


@transaction.atomic
def _tell(group: Group, due: list[tuple[Any, bool]]) -> int:
    """Writes down what the group is told, then sends; a mail that fails undoes the note, so that it is tried again."""
    notes = [
        Reminder(
            content_type=ContentType.objects.get_for_model(document),
            object_id=document.pk,
            due_on=document.review_due_on,
            overdue=late,
        )
        for document, late in due
    ]
    Reminder.objects.bulk_create(notes)
    addresses = sorted(set(group.user_set.filter(is_active=True).exclude(email="").values_list("email", flat=True)))
    if not addresses:
        return 0  # the desk still shows them
    lines = [f"{'已过期' if late else '快到期'}\uff1a{document.review_due_on} {document.current_title}\n{settings.SITE_URL}{admin_url(document)}"
             for document, late in due]  # fmt: skip
    text = "下面的页面要复核。内容仍然正确，请按“复核无变更”；要改，请新建草稿。\n\n" + "\n\n".join(lines)
    send_mail(f"{settings.SITE_NAME}\uff1a{len(due)}个页面要复核", text, None, addresses)
    return 1


def check_live() -> str:
    """Reads live pages again, those checked longest ago first, and notes what would harm a reader."""
    now, found = timezone.now(), 0
    for kind in content_types():
        checks = ContentCheck.objects.filter(
            content_type=ContentType.objects.get_for_model(kind.model), object_id=OuterRef("pk")
        )
        stale = (
            kind.model.objects.live().exclude(Exists(checks.filter(checked_at__gt=now - CHECK_AGAIN))).order_by("pk")
        )
        for document in stale[:BATCH]:
            found += bool(check(document))
    return f"{found} pages with problems" if found else ""


def check(document: Any) -> list[str]:
    """Checks one live page and keeps what was found."""
    problems = text_blockers(document.live)
    ContentCheck.objects.update_or_create(
        content_type=ContentType.objects.get_for_model(document), object_id=document.pk,
        defaults={"problems": "\n".join(problems), "checked_at": timezone.now()},
    )  # fmt: skip
    return problems


def follow(document: Any, change: Change) -> None:
    """Listener: what was just published is checked at once."""
    if change in {Change.PUBLISHED, Change.MINOR}:
        check(document)


def tidy() -> str:
    """Forgets who had what open, and links that ended, after a month."""
    long_ago = timezone.now() - FORGET
    gone = (
        Opening.objects.filter(at__lt=long_ago).delete()[0]
        + PreviewLink.objects.filter(expires_at__lt=long_ago).delete()[0]
    )
    return f"{gone} rows" if gone else ""
