"""Reads published text like a sceptical editor: every figure and every claim must say where it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policies.figures import TOKEN
from policies.models import PolicyStatus
from publishing.rendering import FOOTNOTE
from publishing.richtext import without_tags
from taxonomy.models import Confidence

SHORT_ANSWER_LIMIT = 120
SENTENCE_WARNING = 35
# A digit with a unit that a rule could stand on. Dates, document numbers and clause numbers are not meant. Here and below, one
# sign of a run is enough: to look for the whole run from each of its signs takes time that grows with the square.
FIGURE = re.compile(
    r"\d[.,]*\s*(?:个)?(?:工作日|日内|天|个月|月内|年内|年以|周岁|周|小时|%|\uff05|百分点|元|万元|家|种|倍|名|亿|万)"
)
NAMED_SOURCE = re.compile(r"[\u3014\u300a]")
SENTENCE_END = re.compile(r"(?<=[\u3002\uff01\uff1f\uff1b])")
BLOCK = re.compile(r"<(p|ul|ol|table|blockquote)>.*?</\1>", re.DOTALL)
BLOCK_END = re.compile(r"</(?:p|li|td|th|h2|h3|h4|caption)>")
ADVICE = ("建议", "提示", "举个例子")
SAYS_WHEN = re.compile(r"施行|生效|\u300a|新法|这部法|本法|该法|\d{4}年")
BANNED_IN_TITLE = ("官网", "官方")
# What the facts forbid as a national rule, as the wordings in which it would slip in.
FORBIDDEN = {
    r"(?:全国|一律|统一)[^\u3002]{0,12}(?:报销|支付)比例(?:是|为|约)?\d": "支付比例没有全国数字",
    r"起付线(?:是|为|约|一般)\d": "起付线没有全国数字",
    r"封顶线(?:是|为|约|一般)\d": "封顶线没有全国数字",
    r"[\d一二三四五六七八九十](?:天|日|个工作日)(?:内|之内)[^\u3002]{0,6}补(?:办)?备案": "急诊补备案没有全国期限",
    r"打[一二三四五六七八九]折": "降的是百分点，不是打折",
    r"参保地目录[\u3001\uff0c]就医地": "目录看就医地，政策看参保地",
}
# What somebody else is said to claim stands in quotation marks; it is no assertion of ours.
QUOTED = re.compile(r"\u201c[^\u201c\u201d]*\u201d")
DENIED = re.compile(r"不是|并非|没有|误|错|反了|别写|有人说|说法")


@dataclass(frozen=True)
class Finding:
    """One thing to mend (`error`) or to look at (`warning`)."""

    level: str
    part: str
    problem: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.level} [{self.part}] {self.problem}" + (f":{self.text}" if self.text else "")


def audit(revision: Any, short_answer: str) -> list[Finding]:
    """Everything found in a revision; `short_answer` is the summary with its figures filled in."""
    citations = list(
        revision.citations.select_related("policy", "policy__superseded_by", "policy__partly_superseded_by")
    )
    return [
        *_title(revision.title),
        *_short_answer(short_answer),
        *(finding for part, text in parts(revision) for finding in _sentences(part, text)),
        *_paragraphs(revision.body),
        *_sources(citations),
        *(finding for part, text in parts(revision) for finding in _weak_sources(part, text, citations)),
    ]


def parts(revision: Any) -> Iterator[tuple[str, str]]:
    """Each text of a revision with the name of its field, the body cut into blocks."""
    yield "summary", revision.summary
    for name in revision.LINE_FIELDS:
        for line in revision.lines(name):
            yield name, line
    for block in BLOCK_END.split(revision.body):
        yield "body", block


def sentences(text: str) -> list[str]:
    """The sentences of a text; a footnote mark stays with the sentence before it."""
    moved = re.sub(r"([\u3002\uff01\uff1f\uff1b])((?:\[\^\d+\])+)", r"\2\1", text)
    return [sentence for sentence in SENTENCE_END.split(moved) if sentence.strip()]


def _title(title: str) -> Iterator[Finding]:
    for word in BANNED_IN_TITLE:
        if word in title:
            yield Finding("error", "title", f"标题里不能有“{word}”", title)


def _short_answer(text: str) -> Iterator[Finding]:
    if len(text) > SHORT_ANSWER_LIMIT:
        yield Finding("error", "summary", f"简短回答有{len(text)}字，超过{SHORT_ANSWER_LIMIT}字", text)
    if FOOTNOTE.search(text):
        yield Finding("error", "summary", "简短回答里不放脚注", text)


def _sentences(part: str, text: str) -> Iterator[Finding]:
    for sentence in sentences(text):
        bare = TOKEN.sub("", without_tags(sentence)).strip()
        cited = FOOTNOTE.search(sentence) or NAMED_SOURCE.search(sentence)
        if FIGURE.search(FOOTNOTE.sub("", bare)) and not cited:
            yield Finding("error", part, "有数字，既不是政策数字，也没有依据", bare[:60])
        claimed = QUOTED.sub("", bare)
        for pattern, why in FORBIDDEN.items():
            if re.search(pattern, claimed) and not DENIED.search(bare):
                yield Finding("error", part, why, bare[:60])
        if part == "body" and len(FOOTNOTE.sub("", bare)) > SENTENCE_WARNING:
            yield Finding("warning", part, f"句子超过{SENTENCE_WARNING}字", bare[:40])


def _paragraphs(body: str) -> Iterator[Finding]:
    for match in BLOCK.finditer(body):
        text = without_tags(match[0]).strip()
        if text and not FOOTNOTE.search(match[0]) and not text.startswith(ADVICE):
            yield Finding("error", "body", "这一段没有依据", text[:40])


def _sources(citations: list[Any]) -> Iterator[Finding]:
    if not citations:
        yield Finding("error", "citations", "没有依据")
    for citation in citations:
        policy = citation.policy
        if not citation.clause.strip():
            yield Finding("error", "citations", "依据没有写条款", policy.title)
        if policy.status == PolicyStatus.REPEALED and not citation.as_history:
            yield Finding("error", "citations", "文件已不再有效，请换现行的，讲历史的请标“作为历史引用”", policy.title)
        if policy.status == PolicyStatus.HISTORICAL and not citation.as_history:
            yield Finding("warning", "citations", "这是历史文件，讲历史的请标“作为历史引用”", policy.title)


def _weak_sources(part: str, text: str, citations: list[Any]) -> Iterator[Finding]:
    """Sentences that rest on nothing but documents of which we are not sure, or that do not hold yet."""
    said_when = False
    for sentence in sentences(text):
        said_when = said_when or bool(SAYS_WHEN.search(sentence))
        numbers = {int(number) for number in FOOTNOTE.findall(sentence)}
        policies = [citations[number - 1].policy for number in numbers if 0 < number <= len(citations)]
        bare = FOOTNOTE.sub("", TOKEN.sub("", without_tags(sentence))).strip()
        if policies and all(policy.confidence == Confidence.LOW for policy in policies):
            yield Finding("error", part, "这句话只依据把握低的文件", bare[:60])
        if policies and all(policy.status == PolicyStatus.UPCOMING for policy in policies) and not said_when:
            yield Finding("warning", part, "依据还没有施行，这句话没有写明从哪天起", bare[:60])
