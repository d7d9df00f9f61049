"""What a page is called and said to be when it is listed or shared: title, description, picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils.html import strip_tags

from publishing.pages import Page
from seo.addresses import SECTIONS, absolute
from seo.xml import legal

# Engines show about fifty characters and cut the rest.
SHORTEST, LONGEST = 40, 80
SENTENCE = re.compile("[^\u3002\uff01\uff1f\uff1b\n]+[\u3002\uff01\uff1f\uff1b]?")
FOOTNOTE = re.compile(r"<sup\b.*?</sup>", re.DOTALL)
FILLERS = (
    "每条回答都写明依据的文件和核对日期，办事前可拨打12393向参保地核实。",
    "先看一句话结论，再照着步骤办，要带什么也列在里面。",
)
SECTION_DESCRIPTIONS = {
    "home": "去外地看病怎么备案、怎么结算、能报多少、要带什么。按遇到的情况、栏目和地区查，每条回答都有依据和核对日期。",
    "question-list": "异地就医的全部问答，可以按栏目和地区筛选。",
    "article-list": "备案、直接结算、手工报销、转移接续等事情的办事指南和政策解读，一篇讲清一件事。",
    "topic-list": "按栏目找异地就医的回答：备案、直接结算、报销待遇、急诊、门诊慢特病、医保码、转移接续等。",
    "province-list": "按省份查异地就医：医保部门和网上办事入口、省内跨市要不要备案、本站核对到了什么、还没有核到什么。",
    "policy-list": "本站回答所依据的法律、条例和国家医保局文件，按年份排列，写明文号、发文机关、施行日期和现在是否有效。",
    "filing": "回答几个问题，就知道这次去外地看病要不要备案、备哪一类、在哪里办、要准备什么材料、多久生效。",
    "site-map": "本站全部问答、指南、栏目和地区页面的清单，按栏目排列，可以从这里直接点开想看的那一页。",
    "about": "异地就医问答由谁写、怎么收集依据、怎样两人核对、把握不够时怎么办，以及发现错误怎么告诉我们。",
    "corrections": "发现本站写错了怎么办：怎样来信、几个工作日内答复、怎样改正、怎样在页面上写明改了什么。",
    "privacy": "看本站不用注册登录，公开页面不放Cookie，没有别家的统计和广告。这里说明服务器会记什么、您有哪些权利。",
    "accessibility": "本站为老人、视力不好的人和只用键盘的人做了哪些安排，还有哪些没有做到，用着不方便怎样告诉我们。",
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
    return " ".join(unescape(strip_tags(FOOTNOTE.sub("", legal(html)))).split())


def fit(text: str, *more: str) -> str:
    """A description of 40 to 80 characters: the text's own sentences first, then further ones until it is long enough."""
    found = ""
    for number, part in enumerate((text, *more, *FILLERS)):
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


def card(url_name: str | None, context: dict[str, Any]) -> Card:
    """The card of the page that is being rendered with this context."""
    page = context.get("page")
    if isinstance(page, Page):
        return _document(page)
    if url_name in MAKERS and (made := MAKERS[url_name](context)):
        return made
    title = SECTIONS.get(url_name or "", settings.SITE_NAME)
    title = settings.SITE_NAME if url_name == "home" else title
    return Card(title, fit(SECTION_DESCRIPTIONS.get(url_name or "", SECTION_DESCRIPTIONS["home"])), picture())


def _document(page: Page) -> Card:
    lines = [plain(line) for found in page.text.lines.values() for line in found]
    more = [line if line.endswith(("\u3002", "\uff1b")) else line + "\u3002" for line in lines]
    description = fit(page.text.short_answer, *more, plain(page.text.body))
    return Card(page.revision.title, description, picture(page.topic), is_article=True)


def _listing(context: dict[str, Any]) -> Card | None:
    listing = context.get("listing")
    if listing is None:
        return None
    name = context["request"].resolver_match.url_name
    where = listing.province.short_name if listing.province else ""
    title = where + (listing.topic.name if listing.topic else SECTIONS[name])
    pages = f"第{listing.page.number}页。" if listing.page.number > 1 else ""
    if listing.province or listing.topic:
        said = f"{title}：共{listing.page.paginator.count}条，{pages}"
    else:
        said = pages + SECTION_DESCRIPTIONS[name]
    titles = "、".join(document.live.title for document in listing.page.object_list[:3])
    return Card(title, fit(said, titles and f"有{titles}等。"), picture(listing.topic))


def _topic(context: dict[str, Any]) -> Card | None:
    topic = context.get("topic")
    return topic and Card(topic.name, fit(f"{topic.name}：{topic.description}"), picture(topic))


def _province(context: dict[str, Any]) -> Card | None:
    province = context.get("province")
    if not province:
        return None
    said = f"{province.name}异地就医：{province.bureau_name}、线上渠道、省内跨市要不要备案，本站核对到的规定和还没有核到的事。"
    return Card(f"{province.name}异地就医", fit(said), picture())


def _policy(context: dict[str, Any]) -> Card | None:
    policy = context.get("policy")
    if not policy:
        return None
    facts = [part for part in (policy.number, policy.issuer, policy.status_text) if part]
    return Card(
        policy.title, fit("，".join(facts) + "。", policy.summary, f"《{policy.title}》说了什么、改了什么。"), picture()
    )


MAKERS: dict[str, Callable[[dict[str, Any]], Card | None]] = {
    "question-list": _listing,
    "article-list": _listing,
    "topic": _topic,
    "province": _province,
    "policy": _policy,
}
