"""Draws the whole guide for reviewers: questions, answers and the rules that give each verdict. Plain SVG text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from filing.flow import CARES, LISTS, PLACES, SHORT, STAGES
from filing.rules import Book, Statement
from filing.vocabulary import CONDITIONS, Question, Relation, Slot, Verdict

WIDTH, LINE, PADDING, GAP = 360, 18, 12, 48
CHARACTERS = 26  # that fit into a box
FONT = "system-ui, 'PingFang SC', 'Noto Sans CJK SC', sans-serif"


@dataclass
class Box:
    """A titled list; `key` is what arrows and tests find it by."""

    key: str
    title: str
    lines: list[str]
    column: int
    colour: str = "#0b5d56"
    x: int = 0
    y: int = 0

    @property
    def rows(self) -> list[str]:
        return [row for line in self.lines for row in _wrap(line)]

    @property
    def height(self) -> int:
        return LINE * (len(self.rows) + 2) + PADDING


@dataclass(frozen=True)
class Arrow:
    start: str
    end: str


def draw(book: Book) -> str:
    """The whole graph as an SVG document."""
    boxes, arrows = _questions()
    rules, more = _rules(book)
    return _svg([*boxes, *rules], [*arrows, *more])


def _questions() -> tuple[list[Box], list[Arrow]]:
    boxes, arrows = [], []
    order = list(Question)
    for number, question in enumerate(order):
        lines = (
            [option.label for option in LISTS[question]]
            if question in LISTS
            else ["省、城市、不清楚哪个城市", "省本级（只限参保地）", "港澳台、国外（只限就医地）"]
        )
        limits = {Question.CARE: CARES, Question.STAGE: STAGES}.get(question, {})
        lines += [
            f"{reason.label}：只问{'、'.join(option.label for option in options)}" for reason, options in limits.items()
        ]
        if question == PLACES[-1]:
            lines += [
                f"{relation.label}：{'再问' + asked[0].label if asked else '不用再问'}"
                for relation, asked in SHORT.items()
            ]
        boxes.append(Box(question.value, f"{number + 1}. {question.label}", lines, column=0))
        if number:
            arrows.append(Arrow(order[number - 1].value, question.value))
    return boxes, arrows


def _last_asked(row: Statement) -> Question:
    """The question after which a duty rule decides: earlier where nothing more is asked."""
    ends = {(SHORT[Relation(code)] or PLACES)[-1] for code in row.when.get("relation", ()) if code in SHORT}
    return ends.pop() if ends else Question.STAGE


def _rules(book: Book) -> tuple[list[Box], list[Arrow]]:
    boxes, arrows = [], []
    duties = [row for row in book.statements if row.slot == Slot.DUTY]
    for verdict in Verdict:
        boxes.append(Box(_verdict_key(verdict), verdict.label, _follow(book, verdict), column=2, colour="#7a3e00"))
        for row in (row for row in duties if row.verdict == verdict):
            boxes.append(Box(row.code, row.code, [*_conditions(row), _source(row)], column=1, colour="#47524c"))
            arrows += [Arrow(_last_asked(row).value, row.code), Arrow(row.code, _verdict_key(verdict))]
    for row in book.exemptions:
        lines = [row.text, row.limit, f"{'、'.join(sorted(row.provinces))}：{row.period.starts or '起始日没有核到'}起"]
        boxes.append(Box(row.code, row.name, [line for line in lines if line], column=3, colour="#1d5a96"))
    return boxes, arrows


def _follow(book: Book, verdict: Verdict) -> list[str]:
    """What an outcome with this verdict may say besides."""
    slots = [
        row.slot for row in book.statements if row.slot != Slot.DUTY and verdict in row.when.get("verdict", {verdict})
    ]
    return [slot.label for slot in Slot if slot in slots]


def _conditions(row: Statement) -> list[str]:
    return [
        "、".join(option.label for option in kinds if option.value in row.when[name])
        for name, kinds in CONDITIONS.items()
        if name in row.when
    ]


def _source(row: Statement) -> str:
    return (
        f"依据：{row.source.policy.number or row.source.policy.title} {row.source.clause}"
        if row.source.policy
        else f"来源：{row.source.note}"
    )


def _verdict_key(verdict: Verdict) -> str:
    return f"verdict-{verdict.value}"


def _wrap(text: str) -> list[str]:
    return [text[start : start + CHARACTERS] for start in range(0, len(text), CHARACTERS)] or [""]


def _svg(boxes: list[Box], arrows: list[Arrow]) -> str:
    height = _place(boxes)
    places = {box.key: box for box in boxes}
    width = (max(box.column for box in boxes) + 1) * (WIDTH + 2 * GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family={quoteattr(FONT)} font-size="13">',
        "<title>异地就医备案向导：问题、规则和结论</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *(_arrow(places[arrow.start], places[arrow.end]) for arrow in arrows),
        *(_box(box) for box in boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _place(boxes: Iterable[Box]) -> int:
    """Puts the boxes of each column under each other; gives back the height needed."""
    heights: dict[int, int] = {}
    for box in boxes:
        box.x, box.y = GAP + box.column * (WIDTH + 2 * GAP), heights.get(box.column, GAP)
        heights[box.column] = box.y + box.height + GAP // 2
    return max(heights.values()) + GAP


def _box(box: Box) -> str:
    rows = [
        f'<text x="{box.x + PADDING}" y="{box.y + LINE * (number + 2) + 8}" fill="#1d2420">{escape(row)}</text>'
        for number, row in enumerate(box.rows)
    ]
    return (
        f'<g id={quoteattr(box.key)}><rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{box.height}" rx="6" fill="#ffffff" stroke="{box.colour}"/>'
        f'<text x="{box.x + PADDING}" y="{box.y + LINE + 4}" font-weight="700" fill="{box.colour}">{escape(box.title)}</text>{"".join(rows)}</g>'
    )


def _arrow(start: Box, end: Box) -> str:
    if start.column == end.column:
        x = start.x + WIDTH // 2
        path = f"M {x} {start.y + start.height} L {x} {end.y}"
    else:
        x1, y1, x2, y2 = start.x + WIDTH, start.y + LINE, end.x, end.y + LINE
        path = f"M {x1} {y1} C {x1 + GAP} {y1} {x2 - GAP} {y2} {x2} {y2}"
    return f'<path d="{path}" fill="none" stroke="#767d78"><title>{escape(f"{start.key} → {end.key}")}</title></path>'
