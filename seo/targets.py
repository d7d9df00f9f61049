"""How each search engine is told, and what its answers mean. No database here: addresses in, an outcome out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from seo.addresses import absolute
from seo.models import Target
from seo.sending import Answer, Unreachable, post

HOUR, DAY = 3600, 86_400


@dataclass(frozen=True)
class Outcome:
    """What became of a batch: told, refused for good, or to be tried again after a pause."""

    told: bool
    said: str
    refused: frozenset[str] = field(default_factory=frozenset)  # addresses that the target will never take
    pause: int | None = None  # seconds; None means "back off, longer each time" where the batch was not told
    until_tomorrow: bool = False
    allowance: int | None = None  # how many more addresses the target takes today

    @property
    def is_failure(self) -> bool:
        """Whether this counts towards a longer and longer pause."""
        return not self.told and self.pause is None and not self.refused and not self.until_tomorrow


@dataclass(frozen=True)
class Way:
    """How to reach a target."""

    is_enabled: Callable[[], bool]
    batch: int
    tell: Callable[[list[str]], Outcome]
    has_allowance: bool = False


def enabled(target: str) -> bool:
    """Whether the operator gave a key for the target."""
    return WAYS[target].is_enabled()


def tell(target: str, paths: list[str]) -> Outcome:
    """Tells the target of these pages; never raises because of what the other side does."""
    try:
        return WAYS[target].tell([absolute(path) for path in paths])
    except Unreachable as reason:
        return Outcome(told=False, said=f"连不上：{reason}")


def _tell_indexnow(addresses: list[str]) -> Outcome:
    body = {
        "host": urlsplit(settings.SITE_URL).netloc,
        "key": settings.INDEXNOW_KEY,
        "keyLocation": absolute(f"/{settings.INDEXNOW_KEY}.txt"),
        "urlList": addresses,
    }
    answer = post(settings.INDEXNOW_ENDPOINT, json.dumps(body), "application/json; charset=utf-8")
    return read_indexnow(answer, addresses)


def read_indexnow(answer: Answer, addresses: list[str]) -> Outcome:
    """IndexNow speaks in status codes."""
    status = answer.status
    if status in {200, 202}:
        return Outcome(told=True, said=f"{status} 已收到" if status == 200 else "202 已收到，密钥还在核实")
    if status in {400, 422}:
        meaning = "格式不对" if status == 400 else "网址不属于本站，或与密钥不符"
        return Outcome(told=False, said=f"{status} {meaning}", refused=frozenset(addresses), pause=HOUR)
    if status == 403:
        return Outcome(told=False, said="403 密钥无效，请检查密钥文件能否打开", pause=DAY)
    if status == 429:
        return Outcome(told=False, said="429 发得太勤", pause=answer.retry_after)
    return Outcome(told=False, said=f"{status} 对方出错或改了地址")


def _tell_baidu(addresses: list[str]) -> Outcome:
    query = urlencode({"site": settings.SITE_URL, "token": settings.BAIDU_PUSH_TOKEN})
    answer = post(f"{settings.BAIDU_PUSH_ENDPOINT}?{query}", "\n".join(addresses), "text/plain")
    return read_baidu(answer)


def read_baidu(answer: Answer) -> Outcome:
    """Baidu speaks in JSON: how many were taken, how many more may come today, which were not."""
    said = answer.json()
    if answer.status == 200 and isinstance(said.get("success"), int):
        refused = frozenset(
            url
            for name in ("not_same_site", "not_valid")
            for url in (said.get(name) if isinstance(said.get(name), list) else [])
            if isinstance(url, str)
        )
        remain = said.get("remain")
        allowance = remain if isinstance(remain, int) and remain >= 0 else None
        told = f"200 成功 {said['success']} 条，今天还能发 {'?' if allowance is None else allowance} 条"
        return Outcome(told=True, said=told, refused=refused, until_tomorrow=allowance == 0, allowance=allowance)
    message = str(said.get("message", ""))[:100].replace(settings.BAIDU_PUSH_TOKEN or "\0", "…")
    if message == "over quota":
        return Outcome(told=False, said="今天的额度用完了", until_tomorrow=True, allowance=0)
    if answer.status == 401:
        return Outcome(told=False, said=f"401 准入密钥不对：{message}", pause=DAY)
    if answer.status == 400 and message:
        return Outcome(told=False, said=f"400 {message}", pause=DAY)
    return Outcome(told=False, said=f"{answer.status} 回答看不懂")


WAYS: dict[str, Way] = {
    Target.INDEXNOW: Way(lambda: bool(settings.INDEXNOW_KEY), 10_000, _tell_indexnow),
    Target.BAIDU: Way(lambda: bool(settings.BAIDU_PUSH_TOKEN), 2_000, _tell_baidu, has_allowance=True),
}
