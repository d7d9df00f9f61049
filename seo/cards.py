"""What a page is called and said to be when it is listed or shared: title, description, picture."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import chain
from typing import Any

from django.conf import settings
from django.templatetags.static import static

from policies.characters import legal
from publishing.listing import Listing
from publishing.pages import Page
from publishing.richtext import without_tags
from seo.addresses import absolute

# Engines show about fifty characters and cut the rest.
SHORTEST, LONGEST = 40, 80
SENTENCE = re.compile("[^\u3002\uff01\uff1f\uff1b\n]+[\u3002\uff01\uff1f\uff1b]?")
FOOTNOTE = re.compile(r"<sup\b.*?</sup>", re.DOTALL)
FILLERS = (
    "每条回答都写明依据的文件和核对日期，办事前可拨打12393向参保地核实。",
    "先看一句话结论，再照着步骤办，要带什么也列在里面。",
)
HOME = "去外地看病怎么备案、怎么结算、能报多少、要带什么。按遇到的情况、栏目和地区查，每条回答都有依据和核对日期。"
LISTS = {
    "question-list": "异地就医的全部问答，可以按栏目和地区筛选。",
    "article-list": "备案、直接结算、手工报销、转移接续等事情的办事指南和政策解读，一篇讲清一件事。",
}


@dataclass(frozen=True)
class Card:
    """What others show of a page."""

    title: str
    description: str
    picture: str
    is_article: bool = False


def plain(html: str) -> str:
    """The visible text of a piece of HTML, without footnote marks, on one line."""
    return " ".join(unescape(without_tags(FOOTNOTE.sub("", legal(html)))).split())


def fit(text: str, more: Iterable[str] = ()) -> str:
    """A description of 40 to 80 characters: the text's own sentences first, then further ones until it is long enough.
    Of `more` it takes no further piece than it needs."""
    found = ""
    for number, part in enumerate(chain((text,), more, FILLERS)):
        for sentence in SENTENCE.findall(part):
            sentence = " ".join(sentence.split())
            if number and len(found) >= SHORTEST:
                return found
            if len(found) + len(sentence) <= LONGEST:
                found += sentence
            elif len(found) >= SHORTEST:
                return found
            else:
                return found + sentence[: LONGEST - len(found) - 1] + "…"
    return found


@lru_cache
def _pictures() -> frozenset[str]:
    return frozenset(path.stem for path in (settings.BASE_DIR / "static" / "og").glob("*.png"))


def picture(topic: Any | None = None) -> str:
    """The address of the picture of a topic, or of the site where there is none."""
    name = topic.slug if topic is not None and topic.slug in _pictures() else "default"
    return absolute(static(f"og/{name}.png"))


def describe_document(page: Page) -> str:
    """A document in its own words: the short answer, then steps and text where it is short."""
    return fit(page.text.short_answer, _sentences(page))


def _sentences(page: Page) -> Iterator[str]:
    for found in page.text.lines.values():
        for line in map(plain, found):
            yield line if line.endswith(("\u3002", "\uff1b")) else line + "\u3002"
    yield plain(page.text.body)


def describe_list(listing: Listing, name: str) -> str:
    """A list: what is in it, and the first titles of this very page of it."""
    where = "".join(str(part) for part in (listing.province, listing.topic) if part)
    number = f"第{listing.page.number}页。" if listing.page.number > 1 else ""
    number = f"编号{listing.after}以后。" if listing.after else number
    said = f"{number}{where}：共{listing.count}条。" if where else number + LISTS[name]
    titles = "、".join(document.title for document in listing.page.object_list[:3])
    return fit(said, [titles and f"有{titles}等。"])
