"""Sets the scene of a trial in the site's own database, and reads what is there afterwards. Runs inside manage.py shell."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Sum
from django.test import Client

from faq.models import Question, QuestionRevision
from feedback.models import DailyViews, HelpfulVote
from publishing.models import AuditEvent
from publishing.roles import Role, ensure_roles
from search.models import Pin
from tests.factories import draft_question, make_policy, make_question


def people(count: int, role: Role) -> list[str]:
    """Members of staff with this role who are logged in; their session cookies."""
    ensure_roles()
    group, cookies = Group.objects.get(name=role.value), []
    for number in range(count):
        user = get_user_model().objects.create(username=f"{role.name.lower()}{number}", password="!", is_staff=True)
        user.groups.add(group)
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        cookies.append(f"{name}={client.cookies[name].value}")
    return cookies


def prepare(editors: int, reviewers: int) -> dict[str, Any]:
    """Pages that readers read, drafts that many editors share, and the people."""
    policy = make_policy()
    live = [make_question(f"演习问题{number}？", policies=[policy]) for number in range(10)]
    drafts = [draft_question(f"演习草稿{number}？", policies=[policy]) for number in range(max(editors // 5, 2))]
    contested = [draft_question(f"演习争发{number}？", policies=[policy]) for number in range(max(reviewers * 3, 4))]
    return {
        "writers": people(editors, Role.WRITER),
        "reviewers": people(reviewers, Role.REVIEWER),
        "live": [question.pk for question in live],
        "drafts": [draft.pk for draft in drafts],
        "contested": [(draft.document_id, draft.pk) for draft in contested],
    }


def facts() -> dict[str, Any]:
    """What the database holds after the trial, as the actors' ledger can be compared with it."""
    from yibao_site.integrity import faults  # the release before this one sets the scene too, and has no such check

    ours = QuestionRevision.objects.filter(title__startswith="演习")
    return {
        "exceptions": {row.pk: row.exceptions.replace("\r", "") for row in ours},
        "locks": dict(ours.values_list("pk", "lock")),
        "live": {row.pk: row.live.exceptions.replace("\r", "").strip() for row in Question.objects.live() if row.live},
        "events": {verb: AuditEvent.objects.filter(action=verb).count() for verb in ("publish", "withdraw", "restore")},
        "pins": Pin.objects.count(),
        "views": DailyViews.objects.aggregate(total=Sum("views"))["total"] or 0,
        "votes": HelpfulVote.objects.count(),
        "faults": list(faults()),
    }


def say(found: dict[str, Any]) -> None:
    """Prints it on a line of its own, for the process that asked."""
    print(f"\n{json.dumps(found)}")
