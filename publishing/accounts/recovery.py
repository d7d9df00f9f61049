"""Recovery codes: eight, each good for one login without the phone.

A code has 120 random bits, so a plain hash of it cannot be tried out; shorter ones would need a slow one.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from typing import Any

from django.db import transaction

from publishing.accounts.models import RecoveryCode

COUNT, GROUPS, GROUP = 8, 6, 4
# Without letters and digits that people take for each other.
ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"


@transaction.atomic
def renew(user: Any) -> list[str]:
    """Eight new codes, to be shown once; the old ones are void."""
    RecoveryCode.objects.filter(user=user).delete()
    codes = [_new() for _ in range(COUNT)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return codes


def use(user: Any, code: str) -> bool:
    """Whether this is one of the user's codes; it is void from now on."""
    return RecoveryCode.objects.filter(user=user, digest=_digest(user, code)).delete()[0] == 1


def left(user: Any) -> int:
    """How many codes the user still has."""
    return RecoveryCode.objects.filter(user=user).count()


def _new() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def _digest(user: Any, code: str) -> str:
    """Typed on whatever keyboard: width, case, spaces and hyphens do not matter."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", code).lower() if sign.isalnum())
    return hashlib.sha256(f"{user.pk}:{plain}".encode()).hexdigest()
