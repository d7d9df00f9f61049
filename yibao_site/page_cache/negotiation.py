"""Pure rules of HTTP: which coding a visitor takes, and whether it already has these bytes."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

BR, GZIP, IDENTITY = "br", "gzip", "identity"
PREFERRED = (BR, GZIP, IDENTITY)
LONGEST = 300  # characters of Accept-Encoding that are read
MOST_KNOWN = 200
NAMES_OF = {"x-gzip": GZIP}


def coding(accepted: str | None) -> str:
    """The best coding that `Accept-Encoding` allows; identity where it allows none, because a page beats a 406."""
    if not accepted or len(accepted) > LONGEST:
        return IDENTITY
    weights = _weights(accepted)
    others = weights.get("*", 0.0)
    # Identity is always allowed unless it is refused, but a coding that was asked for goes before it.
    found = {
        BR: weights.get(BR, others),
        GZIP: weights.get(GZIP, others),
        IDENTITY: weights.get(IDENTITY, 0.0 if weights.get("*") == 0.0 else 0.0001),
    }
    best = max(PREFERRED, key=lambda name: found[name])
    return best if found[best] > 0 else IDENTITY


class Codings:
    """Remembers the usual wordings of `Accept-Encoding`."""

    def __init__(self) -> None:
        self._known: dict[str | None, str] = {}

    def best(self, accepted: str | None) -> str:
        """As `coding`."""
        found = self._known.get(accepted)
        if found is None:
            found = coding(accepted)
            if len(self._known) < MOST_KNOWN:
                self._known[accepted] = found
        return found


def _weights(accepted: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name:
            weights[NAMES_OF.get(name, name)] = _weight(parameters)
    return weights


def _weight(parameters: list[str]) -> float:
    """The weight given, 1 where none is; one that is no number between 0 and 1 refuses."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0


def is_known(etag: str, if_none_match: str) -> bool:
    """Whether `If-None-Match` names the entity tag; a weak mark is ignored, as RFC 9110 asks."""
    if if_none_match.strip() == "*":
        return True
    return any(part.strip().removeprefix("W/") == etag for part in if_none_match.split(","))


def is_unchanged(since: int, if_modified_since: str) -> bool:
    """Whether the page is as old as the visitor's copy; a date that cannot be read counts for nothing."""
    try:
        return parsedate_to_datetime(if_modified_since).timestamp() >= since
    except (TypeError, ValueError, IndexError, OverflowError):
        return False
