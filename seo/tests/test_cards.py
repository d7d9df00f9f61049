"""Descriptions are 40 to 80 characters of the page's own words."""

from __future__ import annotations

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from seo.cards import fit, picture, plain
from tests.factories import make_topic


@hypothesis_settings(deadline=None)
@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_text_gives_forty_to_eighty_characters(text: str, more: list[str]) -> None:
    assert 40 <= len(fit(text, more)) <= 80


def test_the_short_answer_comes_first_and_whole() -> None:
    answer = "要看参保地。有的马上生效，有的要审核。"
    assert fit(answer, ["先看告知书。"]).startswith(answer + "先看告知书。")


def test_a_long_answer_ends_with_a_sentence() -> None:
    assert fit("能报。" + "先备案再去看病就可以了。" * 9) == "能报。" + "先备案再去看病就可以了。" * 6


def test_one_endless_sentence_is_cut() -> None:
    found = fit("医" * 10_000)
    assert (len(found), found[-1]) == (80, "…")


def test_plain_text_has_neither_marks_nor_entities() -> None:
    assert (
        plain('先备案。<sup class="cite"><a href="#source-1">1</a></sup> &lt;5%&gt; <strong>好</strong>')
        == "先备案。 <5%> 好"
    )


@pytest.mark.django_db
def test_a_topic_without_a_picture_has_the_sites() -> None:
    assert picture(make_topic()).endswith("/static/og/filing.png")
    assert picture(make_topic("新栏目", "new-one")).endswith("/static/og/default.png")


def test_pictures_are_small_and_of_the_promised_size() -> None:
    paths = list((settings.BASE_DIR / "static" / "og").glob("*.png"))
    assert len(paths) >= 20
    for path in paths:
        assert path.stat().st_size < 30_000
        with Image.open(path) as image:
            assert image.size == ((400, 400) if path.stem == "logo" else (1200, 630))


@pytest.mark.usefixtures("content")
def test_every_topic_has_a_picture() -> None:
    from taxonomy.models import Topic

    assert {topic.slug for topic in Topic.objects.all()} <= {
        path.stem for path in (settings.BASE_DIR / "static" / "og").iterdir()
    }
