"""Writes down what search engines must be told, in the transaction of the change. Nothing here speaks to anybody."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.db.models import F
from django.utils import timezone

from policies.models import ParameterValue
from publishing import registry
from publishing.registry import Change
from seo.models import Notice, Target
from seo.targets import enabled

log = logging.getLogger(__name__)

# Which changes concern whom. Baidu counts a quota and learns of removals from the answer of the page itself.
WANTED = {
    Target.INDEXNOW: {Change.PUBLISHED, Change.WITHDRAWN, Change.REMOVED, Change.MERGED},
    Target.BAIDU: {Change.PUBLISHED},
}
FIGURE = "figure"
# How far back a figure's change is still news, should housekeeping have slept.
MEMORY = dt.timedelta(days=7)
_said: set[str] = set()


def on_change(document: Any, change: Change) -> None:
    """Listener of the registry: one row for each target that wants to know."""
    path, now = document.get_absolute_url(), timezone.now()
    rows = [
        Notice(target=target, path=path, reason=change.value, changed_at=now)
        for target in _targets()
        if change in WANTED[target]
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def notice_figures() -> None:
    """Rows for pages on which a figure changed for readers lately; writes nothing where all of them are known."""
    targets, now = _targets(), timezone.now()
    if not targets or not ParameterValue.objects.filter(noticed_at__range=(now - MEMORY, now)).exists():
        return
    recent = Notice.objects.filter(reason=FIGURE, changed_at__gte=now - MEMORY)
    known = set(recent.values_list("target", "path", "changed_at"))
    rows = []
    for kind in registry.content_types():
        changed = kind.model.objects.live().select_related(None).with_changed_at(now)
        for page in changed.filter(effective_changed_at__gt=F("changed_at"), effective_changed_at__gte=now - MEMORY):
            path, moment = page.get_absolute_url(), page.effective_changed_at
            rows += [
                Notice(target=target, path=path, reason=FIGURE, changed_at=moment)
                for target in targets
                if (target, path, moment) not in known
            ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def _targets() -> list[Target]:
    """The targets that have a key; of one that has none, the log says so once."""
    found = []
    for target in Target:
        if enabled(target):
            found.append(target)
        elif target not in _said:
            _said.add(target)
            log.info("%s is not told of changes: its key is not set.", target.name)
    return found
