"""Which tables of this room public pages show. What others read and how they voted is shown from yesterday back only."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from feedback.models import AskedWording, Correction, DailyViews, EditorProfile, HelpfulVote
from publishing.watching import watch

PAST = "{row}.day < {today}"


def register() -> None:
    """Makes their changes change the content version."""
    watch(AskedWording, Correction, EditorProfile)
    watch(DailyViews, when=PAST)
    watch(HelpfulVote, when=f"{PAST} AND {{row}}.helpful", columns=("helpful", "kind", "object_id", "day"))
    # Whoever no longer works here is no longer named.
    named = f"EXISTS (SELECT 1 FROM {EditorProfile._meta.db_table} AS p WHERE p.user_id = {{row}}.id)"  # noqa: S608
    watch(get_user_model(), when=named, columns=("is_active",))
