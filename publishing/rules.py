"""What may be done to a text, by whom and when. Pure questions: nothing here changes anything."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from policies.figures import Figures, malformed_in, tokens_in
from publishing.audit import SHORT_ANSWER_LIMIT, audit
from publishing.models import Availability, State
from publishing.rendering import FOOTNOTE
from taxonomy.models import Province

SUMMARY_LIMIT = SHORT_ANSWER_LIMIT
IMAGE = re.compile(r"<img\b[^>]*>")
WRITTEN_ALT = re.compile(r'\balt="[^"]*\S[^"]*"')
HREF = re.compile(r'<a\b[^>]*\bhref="([^"]*)"')
NUMERIC_HOST = re.compile(r"[0-9.]+|.*:.*|0x[0-9a-f]+", re.IGNORECASE)


class Action(StrEnum):
    SUBMIT = "submit"
    REJECT = "reject"
    PUBLISH = "publish"
    SCHEDULE = "schedule"
    FORCE_PUBLISH = "force_publish"
    APPROVE_AFTER = "approve_after"
    VERIFY = "verify"
    WITHDRAW = "withdraw"
    RESTORE = "restore"
    MERGE = "merge"
    REMOVE = "remove"


S, A = State, Availability
TO_READERS = {Action.PUBLISH, Action.SCHEDULE, Action.FORCE_PUBLISH}
SECOND_PAIR = {Action.PUBLISH, Action.SCHEDULE}
# From which state of the text, or of the page, each verb starts, and the sentence where it does not.
FROM_STATE: dict[Action, tuple[set[str], str]] = {
    Action.SUBMIT: ({S.DRAFT, S.REJECTED}, "只有草稿和退回的版本可以提交。"),
    Action.REJECT: ({S.SUBMITTED, S.SCHEDULED}, "只有待审核或定时发布的版本可以退回。"),
    Action.PUBLISH: ({S.DRAFT, S.SUBMITTED, S.SCHEDULED}, "这一版已经发布过或已被退回。"),
    Action.SCHEDULE: ({S.DRAFT, S.SUBMITTED}, "只有草稿和待审核的版本可以定时发布。"),
    Action.FORCE_PUBLISH: ({S.DRAFT, S.SUBMITTED, S.REJECTED, S.SCHEDULED}, "这一版已经发布过。"),
    Action.APPROVE_AFTER: ({S.PUBLISHED}, "只有正在发布的版本需要补审。"),
}
FROM_AVAILABILITY: dict[Action, tuple[set[str], str]] = {
    Action.VERIFY: ({A.LIVE}, "只有已发布的页面需要复核。"),
    Action.WITHDRAW: ({A.LIVE}, "只有已发布的页面可以撤回。"),
    Action.RESTORE: ({A.WITHDRAWN}, "只有已撤回的页面可以恢复。"),
    Action.MERGE: ({A.LIVE, A.WITHDRAWN}, "只有发布过的页面可以合并。"),
    Action.REMOVE: ({A.LIVE, A.WITHDRAWN}, "只有发布过的页面可以删除。"),
}


class Blocked(Exception):
    """A verb was refused; `reasons` are sentences for the editor."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


def blockers(action: Action, revision: Any, user: AbstractBaseUser) -> list[str]:
    """Why the user may not do this now, as sentences; an empty list means go."""
    reasons = standing_blockers(action, revision, user)
    if action == Action.SUBMIT or action in TO_READERS:
        reasons += text_blockers(revision)
    if action in TO_READERS:
        reasons += place_blockers(revision.document)
    if action == Action.RESTORE and revision.document.live:
        reasons += text_blockers(revision.document.live)
    return reasons


def standing_blockers(action: Action, revision: Any, user: Any) -> list[str]:
    """The reasons that no typing can remove: who the user is and what state things are in."""
    return _permission(action, revision, user) + _state(action, revision) + _second_pair(action, revision, user)


def _permission(action: Action, revision: Any, user: Any) -> list[str]:
    meta = revision._meta
    if action == Action.SUBMIT:
        allowed = user.has_perm(f"{meta.app_label}.change_{meta.model_name}")
        return [] if allowed else ["您没有编辑权限，请联系管理员。"]
    return [] if may_publish(user, revision.document) else ["您没有发布权限，请提交给审核人。"]


def may_publish(user: Any, document: Any) -> bool:
    """Whether the user decides what readers see of this type of page."""
    return user.has_perm(f"{document._meta.app_label}.publish_{document._meta.model_name}")


def _state(action: Action, revision: Any) -> list[str]:
    availability, reasons = revision.document.availability, []
    if action in FROM_STATE:
        states, sentence = FROM_STATE[action]
        reasons += [] if revision.state in states else [sentence]
        if availability in {A.MERGED, A.GONE}:
            reasons.append("这个页面已经合并或删除，它的文字不再发布。")
    else:
        allowed, sentence = FROM_AVAILABILITY[action]
        reasons += [] if availability in allowed else [sentence]
    if action == Action.APPROVE_AFTER and (not revision.forced_reason or revision.forced_approved_by_id):
        reasons.append("这一版不需要补审。")
    return reasons


def _second_pair(action: Action, revision: Any, user: Any) -> list[str]:
    """Nobody decides alone on their own words."""
    if action == Action.APPROVE_AFTER and user.pk == revision.reviewer_id:
        return ["这一版是您强制发布的，补审要由另一位审核人来做。"]
    if action not in SECOND_PAIR and action != Action.APPROVE_AFTER:
        return []
    if user.pk == revision.author_id:
        return ["您是这一版的作者，发布要由另一位审核人来按。"]
    if user.pk == revision.edited_by_id:
        return ["最后改动这一版的是您，发布要由另一位审核人来按。"]
    return []


def text_blockers(revision: Any) -> list[str]:
    """What would harm readers in this text: no short answer, no source, an unknown figure, a footnote to nowhere."""
    reasons = []
    if not revision.title.strip():
        reasons.append("还没有标题，请先写上。")
    if not revision.summary.strip():
        reasons.append("还没有写简短回答，读者打开页面第一眼看的就是它。")
    elif (length := shown_length(revision.summary)) > SUMMARY_LIMIT:
        reasons.append(f"简短回答有{length}字，请压缩到{SUMMARY_LIMIT}字以内，细节放进正文。")
    sources = len(revision.citations.all()) if revision.pk else 0
    if not sources:
        reasons.append("还没有依据，请至少添加一条政策文件和条款。")
    for number in sorted({int(n) for text in revision.texts() for n in FOOTNOTE.findall(text)}):
        if number < 1 or number > sources:
            reasons.append(f"文中的 [^{number}] 没有对应的依据，请核对依据的条数。")
    for key in sorted(unknown_keys(revision)):
        reasons.append(f"文中的数字 [[{key}]] 不存在或今天没有值，请改用列表里的数字。")
    return reasons + broken_tokens(revision) + picture_blockers(revision) + link_blockers(revision)


def shown_length(summary: str) -> int:
    """How many characters readers see, with the figures filled in."""
    return len(Figures.on(timezone.localdate(), [summary]).fill(summary).strip())


def unknown_keys(revision: Any) -> set[str]:
    """Figures in the text that have no value today, by the very rule that fills them in."""
    figures = Figures.on(timezone.localdate(), revision.texts())
    for key, place in tokens_in(revision.texts()):
        figures.text(key, place)
    return figures.missing


def broken_tokens(revision: Any) -> list[str]:
    """What looks like a figure and is none, and figures of places that do not exist."""
    places = {place for _, place in tokens_in(revision.texts()) if place}
    unknown = places - set(Province.objects.filter(slug__in=places).values_list("slug", flat=True)) if places else set()
    return [
        *(
            f"“{token}”写得不像政策数字，读者会看到方括号。请用“插入数字”按钮重新插入。"
            for token in sorted(malformed_in(revision.texts()))
        ),
        *(f"文中的数字写着“{place}”，没有这个省份，请用“插入数字”按钮重新插入。" for place in sorted(unknown)),
    ]


def picture_blockers(revision: Any) -> list[str]:
    """Pictures that say nothing to a reader who cannot see them."""
    silent = sum(not WRITTEN_ALT.search(image) for image in IMAGE.findall(revision.body))
    reasons = [f"正文里有{silent}张图片没有说明文字，请双击图片写上，看不见图的人要靠它。"] if silent else []
    if getattr(revision, "cover", None) and not revision.cover_alt.strip():
        reasons.append("题图没有说明，请写一句话给看不见图的人。")
    return reasons


def link_blockers(revision: Any) -> list[str]:
    """Links that could trick a reader; a link that is merely broken never blocks."""
    return [
        f"链接 {href} 可能有危险（写着账号、数字地址或冒充的域名），请换成正式网址。"
        for href in links_in(revision.body)
        if is_dangerous(href)
    ]


def links_in(html: str) -> list[str]:
    """The addresses of all links, once each, in order."""
    return list(dict.fromkeys(href.replace("&amp;", "&") for href in HREF.findall(html)))


def is_dangerous(href: str) -> bool:
    """Whether the address hides where it leads: a user name in it, a bare number as host, or letters that look like others."""
    try:
        parts = urlsplit(href)
        host = parts.hostname or ""
    except ValueError:
        return True
    if parts.scheme not in {"http", "https"}:
        return False
    return "@" in parts.netloc or bool(NUMERIC_HOST.fullmatch(host)) or "xn--" in host or not host.isascii()


def place_blockers(document: Any) -> list[str]:
    """A page is for the whole country or for named provinces."""
    if document.nationwide != document.provinces.exists():
        return []
    return ["请在“栏目、地区与复核”里选“全国通用”，或者勾选省份，只能选一样。"]


def advice(revision: Any) -> list[str]:
    """What the editor may want to better; none of it stops anything."""
    found = []
    if not revision.document.topics.all():
        found.append("还没有栏目，读者在栏目页里找不到这一页。")
    if revision.document.live and not revision.is_minor and not revision.change_note.strip() and revision.number > 1:
        found.append("还没有写修改说明，“修改记录”里会只写“更新内容”。")
    return found + list(dict.fromkeys(f"{finding.problem}\uff1a{finding.text}" for finding in audit(revision, "")))
