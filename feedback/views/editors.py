"""Who writes and who checks, as far as they agree to be named."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from feedback.models import EditorProfile, HelpfulVote
from publishing import registry


def editors(request: HttpRequest) -> HttpResponse:
    """The public profiles, each with how many answers it stands behind and how many readers said that they helped."""
    profiles = list(EditorProfile.objects.public())
    if profiles:
        _add_work(profiles)
    return render(request, "feedback/editors.html", {"profiles": profiles})


def _add_work(profiles: list[Any]) -> None:
    """Sets `written`, `checked` and `helped`: two queries for each type of page and one for the votes."""
    users = {profile.user_id for profile in profiles}
    written, checked, helped = Counter[int](), Counter[int](), Counter[int]()
    # Up to yesterday, so that the page changes once a day and not with every vote.
    votes = (
        HelpfulVote.objects.filter(helpful=True, day__lt=timezone.localdate())
        .values_list("kind", "object_id")
        .annotate(Count("id"))
    )
    yes = {(kind, object_id): count for kind, object_id, count in votes}
    for kind in registry.content_types():
        rows = kind.model.objects.live().values_list("pk", "live__author_id", "live__reviewer_id")
        for pk, author, reviewer in rows:
            written[author] += author in users
            checked[reviewer] += reviewer in users
            for person in {author, reviewer} & users:
                helped[person] += yes.get((kind.name, pk), 0)
    for profile in profiles:
        person = profile.user_id
        profile.written, profile.checked, profile.helped = written[person], checked[person], helped[person]
