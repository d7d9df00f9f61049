"""Cells that know their column, so that a table can be read as cards."""

from __future__ import annotations

import pytest

from publishing.tables import label_cells

HEAD = "<thead><tr><th>名称</th><th>看哪里<sup>1</sup></th></tr></thead>"


def test_each_cell_gets_the_heading_of_its_column_without_its_footnote() -> None:
    html = label_cells(f"<table>{HEAD}<tbody><tr><td>自费</td><td>目录</td></tr></tbody></table>")
    assert html == (
        f'<table>{HEAD}<tbody><tr><td data-label="名称">自费</td><td data-label="看哪里">目录</td></tr></tbody></table>'
    )


@pytest.mark.parametrize(
    "html",
    [
        "<p>没有表格</p>",
        "<table><tr><td>没有表头</td><td>乙</td></tr></table>",
        '<table><tr><th colspan="2">合并</th></tr><tr><td>甲</td><td>乙</td></tr></table>',
        "<table><tr><th>一列</th></tr><tr><td>甲</td></tr></table>",
        "<table></table>",
    ],
)
def test_what_cannot_be_labelled_stays_as_it_is(html: str) -> None:
    assert label_cells(html) == html


def test_headings_are_escaped_and_rows_may_be_longer_than_the_head() -> None:
    html = label_cells('<table><tr><th>甲&amp;"乙</th><th>丙</th></tr><tr><td>1</td><td>2</td><td>3</td></tr></table>')
    assert html.count("data-label=") == 3
    assert 'data-label=""' in html
    assert '"乙"' not in html
