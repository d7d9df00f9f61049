"""The time trap: a signed moment in a form. People need seconds to read and write; programs do not."""

from __future__ import annotations

import datetime as dt
import time

from django.core.signing import BadSignature, Signer

LEAST = dt.timedelta(seconds=2)
MOST = dt.timedelta(hours=12)


def new_stamp(purpose: str) -> str:
    """A stamp for a form that is shown now."""
    return Signer(salt="feedback.stamps").sign(f"{purpose} {int(time.time() * 1000)}")


def is_human_pace(stamp: str, purpose: str) -> bool:
    """Whether this site showed the form for this purpose, neither a moment ago nor yesterday."""
    try:
        signed_for, _, shown = Signer(salt="feedback.stamps").unsign(stamp).partition(" ")
    except BadSignature:
        return False
    age = dt.timedelta(milliseconds=time.time() * 1000 - int(shown))
    return signed_for == purpose and LEAST <= age <= MOST
