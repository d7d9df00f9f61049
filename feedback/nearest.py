"""The answers that come nearest to a reader's own words."""

from __future__ import annotations

import re
from typing import Any

from publishing import registry
from publishing.masking import labels
from publishing.rendering import short_answers
from search.engine import search
from search.store import Filters

SHOWN = 5
# A question in a reader's words is long and wandering; a page need only answer part of it to be worth a look.
ENOUGH = 0.3


# What was masked says nothing about the question, nor does the word that led to it (电话【手机号】).
LEADS = "我叫|姓名|名字叫?|电话|手机号?码?|身份证号?码?|卡号|账号|邮箱|微信号?|车牌号?"
MASKED = re.compile(rf"(?:{LEADS})?[:\uff1a是为 ]{{0,2}}【(?:{'|'.join(labels())})】")


def subject(text: str) -> str:
    """The part of a reader's words that can be searched."""
    return MASKED.sub(" ", text)[:200]


def nearest(text: str, limit: int = SHOWN) -> list[Any]:
    """Live questions that may already answer the text, best first, each with its `short_answer`."""
    hits = search(subject(text), Filters(kind="question"), enough=ENOUGH).hits[:limit]
    questions = (
        registry.content_type("question").model.objects.live().in_bulk([hit.candidate.object_id for hit in hits])
    )
    found = [questions[hit.candidate.object_id] for hit in hits if hit.candidate.object_id in questions]
    short_answers(found)
    return found
