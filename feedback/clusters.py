"""Which questions ask the same, so that editors first write what most people ask."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from feedback.models import Inbox, QuestionCluster, ReaderQuestion
from search.text import bigrams, is_word, normalise, runs

ALIKE = 0.45
LOOK_BACK = dt.timedelta(days=180)
# More rows than this are never compared: intake must stay quick whatever arrives.
NEWEST = 2000


def tokens(text: str) -> frozenset[str]:
    """What a question is about, as pairs of characters and words."""
    found: set[str] = set()
    for run in runs(normalise(text)):
        found.update([run] if is_word(run) or len(run) == 1 else bigrams(run))
    return frozenset(found)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 to 1: how much two questions share (Dice), so that a longer question may hold a shorter one."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def cluster_for(text: str) -> QuestionCluster:
    """The cluster of the most alike recent question, or a new one."""
    own, best, found = tokens(text), ALIKE, None
    recent = ReaderQuestion.objects.filter(received_at__gte=timezone.now() - LOOK_BACK, cluster__isnull=False)
    rows = recent.exclude(state=Inbox.SPAM).order_by("-id").values_list("text", "cluster_id")[:NEWEST]
    for words, cluster in rows:
        score = likeness(own, tokens(words))
        if score > best:
            best, found = score, cluster
    return QuestionCluster.objects.get(pk=found) if found else QuestionCluster.objects.create()
