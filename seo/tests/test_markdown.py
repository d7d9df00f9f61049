"""Markdown reads back as the words of the HTML."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from policies.characters import legal
from publishing.richtext import sanitise
from seo.markdown import from_html, inline
from seo.tests.reading import squeeze

reader = MarkdownIt("commonmark").enable("table")


def words(markdown: str) -> str:
    """The words of a Markdown text."""
    rendered = reader.render(markdown)
    return squeeze(lxml_html.fromstring(f"<div>{rendered}</div>").text_content())


@hypothesis_settings(deadline=None)
@given(st.text())
def test_plain_text_reads_back(text: str) -> None:
    assert words(inline(text)) == squeeze(legal(text))


@hypothesis_settings(deadline=None)
@given(st.lists(st.sampled_from(["# ", "1. ", "- ", "+ ", "> ", "* ", "```", "    ", "[a](b)", "![", "&copy;", "<b>", "~~", "|", "\\", "---", "==", "字"])).map("".join))  # fmt: skip
def test_markdown_signs_in_text_stay_text(text: str) -> None:
    assert words(inline(text)) == squeeze(text)


PARTS = st.sampled_from(["<p>", "</p>", "<ul>", "<ol>", "<li>", "</li>", "</ul>", "</ol>", "<h2>", "</h2>", "<strong>", "</strong>",
                         "<blockquote>", "</blockquote>", "<em>", "</em>", "<table><tr><td>", "</td><td>", "</td></tr></table>", "字",
                         "“备案”", "1. ", "*", "a_b", "&lt;b&gt;", "<a href='/faq/2/'>", "</a>", " ", "<br>"])  # fmt: skip


@hypothesis_settings(deadline=None)
@given(st.lists(PARTS, max_size=25).map("".join))
@example("<li><table><tr><td><li><ul>")  # an entry that holds nothing inside one that has not begun
@example("<ul><li><ul><li><p>字</p><p>a_b</p></li></ul></li></ul>")  # two entries that begin on one line
def test_no_word_of_any_body_is_lost(text: str) -> None:
    body = sanitise(text)
    html_words = squeeze(lxml_html.fromstring(f"<div>{body}</div>").text_content())
    assert sorted(words(from_html(body))) == sorted(html_words)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>怎么办</h2><p>先<strong>备案</strong>。</p>", "## 怎么办\n\n先**备案**。"),
        ("<p>说<strong>“能”</strong>的</p>", "说“能”的"),
        ("<ul><li>一</li><li>二<ul><li>三</li></ul></li></ul><p>完</p>", "- 一\n\n- 二\n\n  - 三\n\n完"),
        ("<ol><li>一</li><li>二</li></ol>", "1. 一\n\n2. 二"),
        ("<blockquote><p>引</p></blockquote>", "> 引"),
        ("<table><thead><tr><th>甲</th><th>乙</th></tr></thead><tbody><tr><td>1|2</td></tr></tbody></table>",
         "| 甲 | 乙 |\n| --- | --- |\n| 1\\|2 |  |"),
        ('<p>见<a href="/faq/2/">这里</a></p>', "见[这里](<http://127.0.0.1:8000/faq/2/>)"),
        ('<p>行。<sup class="cite"><a href="#source-3">3</a></sup></p>', "行。[^3]"),
        ("<p>2024. 年</p>", "2024\\. 年"),
    ],
)  # fmt: skip
def test_each_element(html: str, markdown: str) -> None:
    assert from_html(html) == markdown
