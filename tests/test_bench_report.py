"""What the site's benchmark writes."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench.site.picture import draw, short
from bench.site.report import Section
from bench.site_speed import write

# The same on every database.
pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.9123, "0.912"), (12.34, "12.3"), (4560.7, "4,561"), (1.2, "1.20"), (0.0015, "0.00150")],
)
def test_numbers_have_three_figures_that_count(value: float, text: str) -> None:
    assert short(value) == text


def test_a_missed_target_is_not_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    section = Section("Part", "How.")
    section.add("fast", "0.95", ">= 0.9", True)
    section.add("slow", "0.10", ">= 0.9", False)
    section.add("seen", "7")
    assert "NOT MET" in capsys.readouterr().out
    rows = section.markdown().splitlines()[-3:]
    assert [row.split("|")[4].strip() for row in rows] == ["yes", "**no**", ""]


def test_the_page_holds_every_section_and_the_picture(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    sections = [Section("First", "How one.", bars=[("x", 2.0)]), Section("Second", "How two.")]
    sections[1].add("this", "3", "<= 4", True)
    write(tmp_path, "On this machine.", sections)
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert text.index("On this machine.") < text.index("## First") < text.index("## Second")
    assert "| this | 3 | <= 4 | yes |" in text
    assert ET.parse(tmp_path / "images" / "performance.svg").getroot().tag.endswith("svg")


def test_the_picture_has_a_bar_for_each_figure() -> None:
    with_bars = Section("Part <1>", "How.", bars=[("a & b", 1.0), ("c", 0.5), ("d", 0.0)], unit=" ×")
    tree = ET.fromstring(draw([with_bars, Section("no bars", "How.")]))
    bars = [part for part in tree.iter() if part.get("class") == "bar"]
    assert [float(bar.get("width")) for bar in bars] == [340.0, 170.0, 1.0]
    assert "no bars" not in "".join(tree.itertext())
