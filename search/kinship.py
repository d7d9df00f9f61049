"""How closely two pages are related: pure functions on what the index knows of them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from search.models import IndexEntry, RelatedGroup
from search.text import body_tokens, compact, title_tokens

Key = tuple[str, int]
Vector = dict[str, float]
Same = Callable[["Entry", "Entry"], bool]

# What a token is worth by where it stands; chosen by bench/related_quality.py on the labelled set.
TITLE, TERMS, SHORT = 1.0, 0.8, 0.3
SINGLE = 0.8  # a single character says less than a pair
TOPIC, MAIN_TOPIC, STEP, OWN_PROVINCE = 0.25, 0.12, 0.05, 0.30
ELSEWHERE = 0.6  # a nationwide page is only loosely related to the rule of one province
# Above this two titles say the same: a matter for editors, not for a reader's list.
ALIKE = 0.80

# Below this a link helps nobody; a short honest list is better.
FLOOR, FEWEST = 0.25, 4
# A guide is worth more when it names the question, and less when it is not a guide to doing something.
NAMED, NOT_A_GUIDE, GUIDE_FLOOR = 0.15, 0.20, 0.20

# The steps of a procedure, in the order in which people meet them. A page leads on to later steps of its procedure.
STEPS = [
    re.compile(
        r"什么意思|是什么|(?<!还)能.{0,12}吗|可以.{0,12}吗|要不要|是不是|需要.{0,6}吗|什么电话|没有?直接结算|贫困户"
    ),
    re.compile(r"哪一?类|选哪|选具体|要选|同时"),
    re.compile(
        r"怎么办理|怎么备案|网上|材料|承诺书|居住证|哪里(?:开|办|认定|申请|申诉)|怎么激活|怎么申请|怎么申报|怎么参加|怎么转|帮办|小程序|本人去"
    ),
    re.compile(r"多久|生效|有效期|几天|什么时候|多长时间"),
    re.compile(r"后怎么用|每次|次次|还能在"),
    re.compile(r"怎么改|取消|撤销|没报成|失败|错了|申诉|为什么没能"),
]
# Topics that hold several procedures or none: nothing leads on there.
NO_PROCEDURE = {"transfer", "benefits", "students-children"}
# People at different stages of life do not need each other's answers.
AUDIENCES = [
    re.compile(r"新生儿|宝宝|上户口"), re.compile(r"中小学|孩子"), re.compile(r"大学|研究生|实习|休学"),
    re.compile(r"留学生|港澳台"), re.compile(r"老人|退休"),
]  # fmt: skip
OTHER_AUDIENCE = 0.5


@dataclass(frozen=True)
class Entry:
    """A page as the relation between pages sees it."""

    key: Key
    title: str
    summary: str
    topics: tuple[str, ...]
    provinces: frozenset[str]
    form: str = ""  # what kind of article, for articles
    vector: Vector = field(hash=False, compare=False, default_factory=dict)

    @cached_property
    def same_title(self) -> str:
        """What two titles have in common that say the same."""
        return compact(self.title)

    @cached_property
    def audience(self) -> frozenset[int]:
        """Whom the title names, if anybody."""
        return frozenset(number for number, pattern in enumerate(AUDIENCES) if pattern.search(self.title))

    @cached_property
    def step(self) -> int | None:
        """Which step of its procedure the page is about; the latest that its title names."""
        found = [number for number, pattern in enumerate(STEPS) if pattern.search(self.title)]
        return max(found, default=None)


def entry_of(row: IndexEntry, summary: str, form: str = "", vector: Vector | None = None) -> Entry:
    """What the relation between pages knows of an index row."""
    return Entry(
        key=(row.kind, row.object_id), title=row.title, summary=summary, topics=tuple(row.topics.split()),
        provinces=frozenset(row.provinces.split()), form=form, vector=vector or {},
    )  # fmt: skip


def vector_of(row: IndexEntry, idf: Callable[[str], float]) -> Vector:
    """The weights of an index row's tokens, of unit length."""
    heads = row.heads.split("\n")
    weights: Vector = {}
    for text, weight, tokens in (
        (heads[0], TITLE, title_tokens), ("\n".join(heads[1:]), TERMS, title_tokens), (row.text.split("\n", 1)[0], SHORT, body_tokens),
    ):  # fmt: skip
        for token in tokens(text):
            share = weight * (SINGLE if len(token) == 1 else 1.0)
            weights[token] = max(weights.get(token, 0.0), share)
    vector = {token: weight * idf(token) for token, weight in weights.items()}
    length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {token: value / length for token, value in vector.items()}


def likeness(one: Entry, other: Entry) -> float:
    """From 0 to 1: how much two pages say the same; the cosine of their vectors, the same both ways."""
    small, large = sorted((one.vector, other.vector), key=len)
    return sum(value * large.get(token, 0.0) for token, value in small.items())


def says_the_same(one: Entry, other: Entry) -> bool:
    """Whether a reader would find the two pages in one list silly; the same both ways."""
    if one.key[0] != other.key[0] or one.provinces != other.provinces:
        return False
    return one.same_title == other.same_title or likeness(one, other) >= ALIKE


@dataclass(frozen=True)
class Choice:
    """A page in another page's list."""

    target: Entry
    score: float
    group: RelatedGroup
    reason: str
    pinned: bool = False


def judge(source: Entry, target: Entry, like: float, rarity: Mapping[str, float]) -> Choice | None:
    """How good a link from source to target is and why; None where the two belong to different provinces."""
    if source.provinces and target.provinces and not source.provinces & target.provinces:
        return None
    shared = [topic for topic in source.topics if topic in target.topics]
    everything = sum(rarity.get(topic, 1.0) for topic in set(source.topics) | set(target.topics)) or 1.0
    score = like + TOPIC * sum(rarity.get(topic, 1.0) for topic in shared) / everything
    main = bool(shared) and source.topics[0] == target.topics[0]
    score += MAIN_TOPIC * main
    others = bool(source.audience and target.audience and not source.audience & target.audience)
    leads_on = main and not others and source.topics[0] not in NO_PROCEDURE and _leads_on(source, target)
    score += STEP * leads_on
    if source.provinces and target.provinces:
        return Choice(target, score + OWN_PROVINCE, RelatedGroup.PROVINCE, "本省规定")
    if target.provinces:
        score *= ELSEWHERE
    if others:
        score *= OTHER_AUDIENCE
    if leads_on:
        return Choice(target, score, RelatedGroup.NEXT, "下一步")
    return Choice(target, score, RelatedGroup.SIMILAR, shared[0] if shared else "")


def _leads_on(source: Entry, target: Entry) -> bool:
    return source.step is not None and target.step is not None and 0 < target.step - source.step <= 2


def best_guide(guides: Iterable[Choice], naming: Collection[int]) -> Choice | None:
    """The article to offer under a question: one that names it, otherwise the nearest guide; None where none is near."""

    def worth(choice: Choice) -> float:
        named = choice.target.key[1] in naming
        return choice.score + NAMED * named - NOT_A_GUIDE * (choice.target.form != "guide" and not named)

    best = max(guides, key=lambda one: (worth(one), one.target.key), default=None)
    if best is None or worth(best) < GUIDE_FLOOR:
        return None
    reason = "办事指南" if best.target.form == "guide" else "相关解读"
    return Choice(best.target, best.score, RelatedGroup.SIMILAR, reason)


def select(
    source: Entry, choices: Iterable[Choice], pins: list[Choice], size: int, same: Same, most_next: int = 2
) -> list[Choice]:
    """The list of a page: pins first, then the best, no two that say the same, no more "next" than help."""
    chosen = list(pins)
    taken = {choice.target.key for choice in chosen} | {source.key}
    next_steps = 0
    for choice in sorted(choices, key=lambda one: (-one.score, one.target.key)):
        if len(chosen) >= size or (choice.score < FLOOR and len(chosen) >= FEWEST):
            break
        target = choice.target
        if target.key in taken or same(source, target) or any(same(target, other.target) for other in chosen):
            continue
        if choice.group == RelatedGroup.NEXT:
            next_steps += 1
            if next_steps > most_next:
                choice = Choice(target, choice.score, RelatedGroup.SIMILAR, target.topics[0])
        chosen.append(choice)
        taken.add(target.key)
    return chosen


def in_reading_order(chosen: list[Choice], page: int) -> list[Choice]:
    """The list as readers see it: each page of it sorted by group (the editors' first), otherwise best first."""
    order = {group: number for number, group in enumerate(RelatedGroup)}
    pages = [chosen[start : start + page] for start in range(0, len(chosen), page)]
    return [choice for part in pages for choice in sorted(part, key=lambda one: order[one.group])]
