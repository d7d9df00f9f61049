"""Rows with targets, and the page of documentation that is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """One line of a table; `met` is None where there is no target."""

    what: str
    figure: str
    target: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        return "" if self.met is None else "yes" if self.met else "**no**"


@dataclass
class Section:
    """A part of the report: what was measured and how, the rows, and bars for the picture."""

    title: str
    how: str
    rows: list[Row] = field(default_factory=list)
    bars: list[tuple[str, float]] = field(default_factory=list)
    unit: str = ""

    def add(self, what: str, figure: str, target: str = "", met: bool | None = None) -> None:
        """Adds a line and prints it, because a long run should show that it lives."""
        row = Row(what, figure, target, met)
        self.rows.append(row)
        verdict = {None: "", True: "met", False: "NOT MET"}[met]
        print(f"  {what:<58} {figure:>22}   {target:<28} {verdict}", flush=True)

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", self.how, "", "| what | figure | target | met |", "|---|---:|---|---|"]
        lines += [f"| {row.what} | {row.figure} | {row.target} | {row.verdict} |" for row in self.rows]
        return "\n".join(lines) + "\n"
