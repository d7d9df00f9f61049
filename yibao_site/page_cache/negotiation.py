"""Pure rules of HTTP: which coding a visitor takes, and whether it already has these bytes."""

from __future__ import annotations

from django.utils.http import parse_http_date

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
    """Whether `If-None-Match` names the entity tag, marked as weak or not, as RFC 9110 asks."""
    return is_exactly(etag, if_none_match) or is_exactly(f"W/{etag}", if_none_match)


def is_exactly(etag: str, if_match: str) -> bool:
    """Whether `If-Match` names the entity tag; a weak one does not promise the same bytes."""
    return if_match.strip() == "*" or etag in (part.strip() for part in if_match.split(","))


def is_unchanged(since: int, if_modified_since: str) -> bool:
    """Whether the page is as old as the visitor's copy; a date that cannot be read counts for nothing."""
    date = _date(if_modified_since)
    return date is not None and since <= date


def is_newer(since: int, if_unmodified_since: str) -> bool:
    """Whether the page has changed since a date; one that cannot be read counts for nothing."""
    date = _date(if_unmodified_since)
    return date is not None and since > date


def _date(text: str) -> int | None:
    """Seconds since 1970; None for what is none of the three ways in which HTTP writes a date."""
    try:
        return parse_http_date(text)
    except ValueError:
        return None
