"""What a trial is: work under way when the kill comes, and what must hold afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import connection

from hammer.kill_scene import Scene

Say = Callable[[str], None]


def mark_of(text: str) -> tuple[int, int]:
    """The round and step in a text such as 【3-14】."""
    inner = text.partition("【")[2].partition("】")[0]
    first, _, second = inner.partition("-")
    return (int(first), int(second)) if first.isdigit() and second.isdigit() else (-1, -1)


def accepted(acks: list[str]) -> tuple[int, int]:
    """The last step that the site said it had done."""
    return max((mark_of(ack) for ack in acks), default=(-1, -1))


def behind(what: str, found: tuple[int, int], acks: list[str]) -> Iterator[str]:
    """A sentence where something accepted is missing."""
    if found < accepted(acks):
        yield f"{what}: {accepted(acks)} was accepted, {found} is there"


class Trial:
    """One kind of work. `work` runs in a process that is killed; `check` afterwards in one that is not."""

    name = ""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def before(self, number: int) -> None:
        """Sets the stage for a round."""

    def ready(self) -> None:
        """Warms up what a running site would have warm."""
        connection.ensure_connection()

    def work(self, number: int, say: Say) -> None:
        """Works until the end, or for ever."""
        raise NotImplementedError

    def check(self, acks: list[str]) -> Iterator[str]:
        """A sentence for everything that must hold and does not."""
        raise NotImplementedError
