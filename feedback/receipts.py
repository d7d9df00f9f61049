"""Receipt codes: what a reader keeps instead of an account. Only a digest is stored, so nobody can look codes up."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from django.conf import settings

DIGITS = 12
# Signs around and between them. A longer text is not even looked at: Unicode's normal form of a hundred thousand accents
# takes half a minute, and this is asked before anybody is counted.
LONGEST = 40


def new_code(*parts: str) -> str:
    """The code for a submission. The same words from the same network on the same day give the same code, so that
    sending twice (a reload, an impatient finger) is one submission and shows the same receipt."""
    return f"{int(_digest('receipt', *parts)[:24], 16) % 10**DIGITS:0{DIGITS}}"


def stored_form(code: str) -> str:
    """What the database keeps of a code."""
    return _digest("stored receipt", code)


def read_code(text: str) -> str | None:
    """The code in what a reader typed, with any spaces, dashes and full-width digits; None if it is none."""
    if len(text) > LONGEST:
        return None
    digits = re.sub(r"[\s\-\u2010-\u2015]", "", unicodedata.normalize("NFKC", text))
    return digits if re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits) else None


def spelled(code: str) -> str:
    """The code in groups of four, as people read numbers aloud."""
    return " ".join(code[i : i + 4] for i in range(0, DIGITS, 4))


def _digest(*parts: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()
