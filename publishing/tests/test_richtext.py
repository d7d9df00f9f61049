"""Nothing that could run, load or restyle comes through the rich text field, on any way in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.models import Question, QuestionRevision
from publishing.richtext import sanitise, without_tags

BAD = [
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    '<a href="java&#x09;script:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="//evil.example/">x</a>',
    '<a href="/\\evil.example/">x</a>',
    "<p onclick=alert(1)>x</p>",
    '<p style="position:fixed">x</p>',
    "<style>p{}</style>",
    "<script>alert(1)</script>",
    '<iframe src="https://evil.example"></iframe>',
    "<svg onload=alert(1)><p>x</p></svg>",
    '<math><mtext><style><img src=x onerror="alert(1)">',
    '<img src="data:image/png;base64,AAAA">',
    '<img src="https://evil.example/x.png">',
    "<p>a<![CDATA[<script>alert(1)</script>]]></p>",
    '<form action="/x"><input></form>',
]


@pytest.mark.parametrize("html", BAD)
def test_dangerous_html_is_gone(html: str) -> None:
    clean = sanitise(html).lower()
    for mark in (
        "javascript:",
        "data:",
        "onclick",
        "onload",
        "onerror",
        "style=",
        "<style",
        "<script",
        "<iframe",
        "<svg",
        "<form",
        "evil.example",
    ):
        assert mark not in clean


@pytest.mark.parametrize(
    "broken", ["<![ CDATA [", "<![CDATA[", "<!x", "<![if]>", "<?", "<", "<a" * 600, "<" * 60 + "a" + ">" * 60]
)
def test_words_are_read_between_whatever_tags(broken: str) -> None:
    assert without_tags(f"<p>a</p>{broken}").startswith("a")


def test_word_paste_loses_its_classes_and_keeps_its_text() -> None:
    pasted = '<table class="MsoTableGrid" style="width:3cm"><tbody><tr><td class="x"><p class="MsoNormal">起付线</p></td></tr></tbody></table>'
    assert sanitise(pasted) == "<table><tbody><tr><td><p>起付线</p></td></tr></tbody></table>"


def test_headings_start_at_the_second_level() -> None:
    assert sanitise("<h1>怎么办</h1>") == "<h2>怎么办</h2>"


def test_external_links_say_nothing_of_the_reader_and_internal_links_stay_bare() -> None:
    clean = sanitise('<a href="https://www.gov.cn/a">外</a><a href="/faq/1/" rel="nofollow">内</a>')
    assert clean == '<a href="https://www.gov.cn/a" rel="noopener noreferrer">外</a><a href="/faq/1/">内</a>'


def test_chinese_punctuation_stays_itself() -> None:
    assert sanitise("<p>&ldquo;备案&rdquo;&mdash;&mdash;≥5%</p>") == "<p>“备案”——≥5%</p>"


@given(
    st.text() | st.lists(st.sampled_from([*BAD, "<p>", "</p>", "<a href=", "&lt;", "“", "\x00", "<h1>"])).map("".join)
)
def test_sanitising_twice_changes_nothing_more(html: str) -> None:
    once = sanitise(html)
    assert sanitise(once) == once
    assert "<script" not in once.lower()


@pytest.mark.django_db
class TestWaysIn:
    """Form, shell, fixture, bulk and update all end in the field."""

    def test_save(self) -> None:
        revision = QuestionRevision.objects.create(document=Question.objects.create(), title="问", body=BAD[0])
        assert "javascript" not in revision.body
        revision.refresh_from_db()
        assert revision.body == "<a>x</a>"

    def test_bulk_create(self) -> None:
        QuestionRevision.objects.bulk_create(
            [QuestionRevision(document=Question.objects.create(), title="问", body=BAD[9])]
        )
        assert QuestionRevision.objects.get().body == ""

    def test_update(self) -> None:
        revision = QuestionRevision.objects.create(document=Question.objects.create(), title="问", body="<p>好</p>")
        QuestionRevision.objects.filter(pk=revision.pk).update(body="<p onclick=x()>好</p>")
        revision.refresh_from_db()
        assert revision.body == "<p>好</p>"

    def test_loaddata(self, tmp_path) -> None:
        from django.core.management import call_command

        question = Question.objects.create()
        fixture = tmp_path / "bad.json"
        fixture.write_text(
            f'[{{"model": "faq.questionrevision", "pk": 7, "fields": {{"document": {question.pk}, "title": "问", '
            '"body": "<script>x</script><p>好</p>", '
            '"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}}]'
        )
        call_command("loaddata", fixture, verbosity=0)
        assert QuestionRevision.objects.get(pk=7).body == "<p>好</p>"
