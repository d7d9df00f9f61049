"""The sceptical reader: what it finds, what it must not mistake, and that the site's own content passes."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from publishing.audit import audit
from publishing.contradictions import contradictions
from publishing.rendering import short_answers
from tests.factories import draft_question, make_figure, make_policy, make_question

pytestmark = pytest.mark.django_db


def problems(level: str = "error", **fields) -> list[str]:
    """What is found in a text with these fields."""
    return [
        finding.problem
        for finding in audit(draft_question(**fields), fields.get("summary", ""))
        if finding.level == level
    ]


def test_a_text_with_sources_and_figures_is_clean() -> None:
    make_figure("days", "2")
    assert problems(body="<p>[[days]]内办好。[^1]</p><p>医保发〔2022〕22号写的是6个月。[^1]</p>") == []


@pytest.mark.parametrize(
    "sentence",
    ["要等15个工作日。", "罚2倍。", "奖励最高20万元。", "满16周岁。", "超过90%。", "降10个百分点。", "3天内办。"],
)
def test_a_bare_figure_is_found_in_every_field(sentence: str) -> None:
    assert "有数字，既不是政策数字，也没有依据" in problems(steps=sentence)
    assert "有数字，既不是政策数字，也没有依据" in problems(summary=sentence)
    assert "有数字，既不是政策数字，也没有依据" in problems(body=f"<p>{sentence}</p><p>别的。[^1]</p>")


def test_a_paragraph_without_a_source_is_found() -> None:
    assert problems(body="<p>可以报。</p>") == ["这一段没有依据"]
    assert problems(body="<p>建议先打电话问。</p>") == []


def test_a_forbidden_claim_is_found_but_not_where_it_is_quoted() -> None:
    claim = "急诊三个工作日内必须补备案"
    assert problems(body=f"<p>{claim}。[^1]</p>") == ["急诊补备案没有全国期限"]
    assert problems(body=f"<p>有人写：\u201c{claim}，不然不报\u201d。[^1]</p>") == []


def test_a_document_that_ended_must_be_marked_as_history() -> None:
    ended = make_policy(in_force_until=dt.date(2024, 1, 1))
    revision = draft_question(policies=[ended])
    found = [finding.problem for finding in audit(revision, "")]
    assert any("已不再有效" in problem for problem in found)
    revision.citations.update(as_history=True)
    assert not any("已不再有效" in finding.problem for finding in audit(revision, ""))


def test_a_sentence_does_not_rest_on_unsure_documents_alone() -> None:
    unsure, sure = make_policy(confidence="low"), make_policy()
    assert problems(body="<p>可以报。[^1]</p>", policies=[unsure, sure]) == ["这句话只依据把握低的文件"]
    assert problems(body="<p>可以报。[^1][^2]</p>", policies=[unsure, sure]) == []


def test_what_does_not_hold_yet_says_from_when() -> None:
    coming = make_policy(in_force_from=dt.date(2999, 1, 1))
    assert any(
        "还没有施行" in text for text in problems("warning", body="<p>要带本人凭证。[^1]</p>", policies=[coming])
    )
    said = "<p>自2999年1月1日起施行的新法写明，要带本人凭证。[^1]</p>"
    assert not any("还没有施行" in text for text in problems("warning", body=said, policies=[coming]))


def pairs(*answers: str) -> list[str]:
    documents = [
        make_question(title=f"备案后还能在本地看病报销吗{'？' * n}", summary=text) for n, text in enumerate(answers)
    ]
    short_answers(documents)
    return [pair.difference for pair in contradictions(documents)]


def test_opposite_verdicts_on_one_question_are_listed() -> None:
    assert pairs("能，照常报。", "不能，要先取消备案。") == ["一个说能，一个说不能"]
    assert pairs("能，照常报。", "可以，不受影响。") == []


def test_different_figures_of_one_unit_are_listed() -> None:
    assert pairs("等2个工作日。", "等10个工作日。") == ["数字不一样（个工作日）"]
    assert pairs("等2个工作日。", "等2个工作日，最长6个月。") == []


def test_the_command_fails_on_errors_and_names_the_page() -> None:
    question = make_question(steps="等15个工作日。")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("audit_content", stdout=out)
    assert f"question {question.pk}: error [steps] 有数字" in out.getvalue()


def test_the_content_of_the_site_is_clean(content) -> None:
    out = StringIO()
    call_command("audit_content", "--contradictions", stdout=out)
    assert out.getvalue().splitlines()[-1].startswith("0 errors")
