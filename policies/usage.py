"""Where a figure or a document is used. Rooms above this one tell it; nothing here knows what a page is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from policies.models import Parameter, PolicyDocument

Subject = Parameter | PolicyDocument


@dataclass(frozen=True)
class Use:
    """One page or draft that shows a figure or rests on a document."""

    kind: str
    title: str
    standing: str
    is_live: bool
    public_url: str
    edit_url: str
    # The sentences with the figure in them as a token, or the clauses that are cited.
    texts: tuple[str, ...] = ()


Provider = Callable[[Subject], Iterable[Use]]
_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Adds somebody who knows of uses."""
    if provider not in _providers:
        _providers.append(provider)


def uses_of(subject: Subject) -> list[Use]:
    """All uses that somebody reads or works on now, what readers see first."""
    found = [use for provider in _providers for use in provider(subject)]
    return sorted(found, key=lambda use: (not use.is_live, use.kind, use.title))
