"""Terms are explained where they are first used."""

from __future__ import annotations

import pytest

from publishing import version
from publishing.rendering import render
from taxonomy.models import Term
from tests.factories import draft_question

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms():
    Term.objects.create(name="起付标准", slug="term-1", aliases="起付线\n门槛费", definition="先自己付的那部分。")
    Term.objects.create(name="直接结算", slug="term-2", definition="出院只付自己那份。")
    version.forget()
    yield
    version.forget()


def body(html: str, title: str = "别的问题？") -> str:
    return render(draft_question(title=title, body=html)).body


def test_the_first_use_links_and_the_second_does_not() -> None:
    html = body("<p>先看起付线。起付线由参保地定。[^1]</p>")
    assert html.count('<a class="term" href="/glossary/#term-1">起付线</a>') == 1
    assert html.count("起付线") == 2


def test_another_wording_of_the_same_term_is_not_linked_again() -> None:
    assert body("<p>起付线也叫门槛费。[^1]</p>").count('class="term"') == 1


def test_never_in_headings_or_links() -> None:
    html = body('<h2>起付线</h2><p><a href="/faq/1/">直接结算</a>好。[^1]</p>')
    assert 'class="term"' not in html


def test_what_the_title_names_is_left_alone() -> None:
    assert 'class="term"' not in body("<p>直接结算好。[^1]</p>", title="直接结算怎么办？")


def test_markup_inside_attributes_is_never_touched() -> None:
    html = body('<p><a href="/faq/?q=起付线" title="起付线">看</a>起付线[^1]</p>')
    assert html.count('class="term"') == 1
    assert 'title="起付线"' in html


def test_the_page_lists_every_term(client) -> None:
    html = client.get("/glossary/").content.decode()
    assert 'id="term-1"' in html
    assert "先自己付的那部分。" in html
    assert "门槛费" in html
