"""Figures, footnotes and headings as readers see them."""

import datetime as dt

import pytest

from publishing.glossary import glossary
from publishing.rendering import plain_text, render
from tests.factories import draft_question, make_figure, make_province

pytestmark = pytest.mark.django_db


def test_figures_show_the_value_of_the_day() -> None:
    make_figure("days", "2", in_force_until=dt.date(2026, 12, 31))
    make_figure("days", "1", in_force_from=dt.date(2027, 1, 1))
    revision = draft_question(summary="[[days]]内办结。", steps="等[[days]]。", body="<p>[[days]][^1]</p>")
    before, after = render(revision, dt.date(2026, 12, 31)), render(revision, dt.date(2027, 1, 1))
    assert before.short_answer == "2个工作日内办结。"
    assert after.short_answer == "1个工作日内办结。"
    assert after.steps == ['等<span class="figure">1个工作日</span>。']


def test_a_province_falls_back_to_the_nation_and_says_so() -> None:
    make_figure("days", "2")
    make_figure("days", "1", province=make_province("江苏", "jiangsu"))
    revision = draft_question(summary="江苏[[days|jiangsu]]，山西[[days|shanxi]]。")
    assert render(revision).short_answer == "江苏1个工作日，山西2个工作日（全国规定）。"


def test_an_unknown_figure_is_a_neutral_sentence_never_a_hole() -> None:
    page = render(draft_question(summary="[[nothing]]内。"))
    assert "12393" in page.short_answer
    assert page.figures.missing == {"nothing"}


def test_footnotes_link_to_their_source() -> None:
    page = render(draft_question(body="<p>要备案。[^1]</p>"))
    assert '<a href="#source-1" aria-label="依据第1条">1</a>' in page.body


def test_headings_become_anchors_and_a_table_of_contents() -> None:
    page = render(draft_question(body="<h2>先看 A &amp; B</h2><p>x[^1]</p><h2>再办</h2>"))
    assert page.headings == [("part-1", "先看 A & B"), ("part-2", "再办")]
    assert '<h2 id="part-2">再办</h2>' in page.body


def test_text_from_editors_is_escaped_in_plain_fields() -> None:
    page = render(draft_question(steps="点<b>提交</b> & 等"))
    assert page.steps == ["点&lt;b&gt;提交&lt;/b&gt; &amp; 等"]


def test_a_page_with_ten_figures_costs_one_query_more_than_one_with_none(django_assert_num_queries) -> None:
    for number in range(10):
        make_figure(f"figure_{number}", str(number))
    many = draft_question(summary="".join(f"[[figure_{number}]]" for number in range(10)))
    glossary()  # the terms are read once for all pages
    with django_assert_num_queries(1):
        render(many)
    none = draft_question(title="另一个问题？", summary="没有数字。")
    with django_assert_num_queries(0):
        render(none)


def test_plain_text_has_figures_and_no_marks() -> None:
    make_figure("days", "2")
    text = plain_text(draft_question(summary="短答", body="<p>等[[days]]。[^1]</p><ul><li>甲</li></ul>"))
    assert text == "短答\n等2个工作日。\n甲\n"
