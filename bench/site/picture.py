"""Bars as SVG, legible in light and dark; one panel a section, each on its own scale."""

from __future__ import annotations

import math
from html import escape

from bench.site.report import Section

WIDTH, LABEL, BAR, LINE, HEAD, GAP = 790, 330, 340, 26, 34, 18
STYLE = (
    "text{font:14px sans-serif;fill:#1b1f24}.head{font-weight:bold;font-size:15px}.bar{fill:#1f6feb}"
    ".rail{fill:#d8dee4}.paper{fill:#fff}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#58a6ff}.rail{fill:#30363d}.paper{fill:#0d1117}}"
)


def draw(sections: list[Section]) -> str:
    """An SVG with a panel for each section that has bars."""
    shown = [section for section in sections if section.bars]
    parts, top = [], GAP
    for section in shown:
        parts.append(f'<text class="head" x="16" y="{top + 18}">{escape(section.title)}</text>')
        top += HEAD
        for label, value in section.bars:
            parts += _bar(label, value, max(number for _, number in section.bars), section.unit, top)
            top += LINE
        top += GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" role="img" '
        f'aria-label="Benchmark results"><style>{STYLE}</style>'
        f'<rect class="paper" width="{WIDTH}" height="{top}"/>{"".join(parts)}</svg>\n'
    )


def _bar(label: str, value: float, most: float, unit: str, top: int) -> list[str]:
    length = max(BAR * value / most, 1) if most else 1
    return [
        f'<text x="16" y="{top + 15}">{escape(label)}</text>',
        f'<rect class="rail" x="{LABEL}" y="{top + 3}" width="{BAR}" height="15" rx="2"/>',
        f'<rect class="bar" x="{LABEL}" y="{top + 3}" width="{length:.1f}" height="15" rx="2"/>',
        f'<text x="{LABEL + BAR + 10}" y="{top + 15}">{short(value)}{escape(unit)}</text>',
    ]


def short(value: float) -> str:
    """A number with three figures that count: 0.912, 12.3, 4,560."""
    if value == 0:
        return "0"
    digits = max(2 - math.floor(math.log10(abs(value))), 0)
    return f"{value:,.{digits}f}"
