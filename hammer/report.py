"""What a campaign found, and the table of all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 20  # the first failures say what is wrong; the rest is a number


@dataclass(frozen=True)
class Line:
    """One kind of trial: what was tried, how often it really was, and a sentence for each time something broke."""

    tried: str
    times: int
    broke: list[str]


def table(lines: Iterable[Line]) -> str:
    """The lines as a Markdown table."""
    rows = ["| what was tried | how often | what broke |", "|---|---:|---|"]
    rows += [f"| {line.tried} | {line.times:,} | {len(line.broke) or '0'} |" for line in lines]
    return "\n".join(rows)


def failures(lines: Iterable[Line]) -> str:
    """Every broken line with its sentences; empty where nothing broke."""
    parts: list[str] = []
    for line in lines:
        if line.broke:
            parts.append(f"\n{line.tried}: {len(line.broke)} broke")
            parts += [f"  - {sentence}" for sentence in line.broke[:SHOWN]]
            if len(line.broke) > SHOWN:
                parts.append(f"  - and {len(line.broke) - SHOWN} more")
    return "\n".join(parts)
