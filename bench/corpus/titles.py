# ruff: noqa: SIM905 - words are easier to read and to add to without quotes
"""Titles that read like the real ones: a place, a person, a situation, an illness and a real question."""

from __future__ import annotations

import random
from dataclasses import dataclass

from search.pinyin import initials_of, pinyin_of

PEOPLE = "老人 孩子 新生儿 打工的人 退休的父母 大学生 灵活就业的人 孕妇 外地媳妇 现役军人家属 低保户 留学生".split()
ILLNESSES = "高血压 糖尿病 透析 化疗 骨折 白内障 心脏支架 肺炎 关节炎 肝炎 牙痛 腰椎间盘突出 甲状腺 阑尾炎".split()
HOSPITALS = "三甲医院 社区医院 县医院 药店 专科医院 民营医院 门诊部 急诊 中医院 卫生院".split()
SITUATIONS = (
    "没带卡 忘了备案 刚换工作 断缴两个月 出院以后 住院中间 过年回家 旅游途中 手机坏了 系统出错 换了城市".split()
)
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Words:
    """A part of a title with what search keeps of it, worked out once."""

    text: str
    pinyin: str
    initials: str

    @classmethod
    def of(cls, text: str) -> Words:
        return cls(text, pinyin_of(text), initials_of(text))


class Titles:
    """Endless titles around real ones; the same dice give the same titles."""

    def __init__(self, cities: list[str]) -> None:
        self.cities = [Words.of(name) for name in cities]
        self.others = [[Words.of(text) for text in words] for words in (PEOPLE, SITUATIONS, HOSPITALS, ILLNESSES)]

    def around(self, real: Words, dice: random.Random) -> Words:
        """A longer title that ends in the real one."""
        parts = [self.cities[int(dice.random() * len(self.cities))]]
        for words in dice.sample(self.others, 2 if dice.random() < 0.6 else 1):
            parts.append(words[int(dice.random() * len(words))])
        if sum(len(part.text) for part in parts) + len(real.text) > LONGEST:
            del parts[2:]
        parts.append(real)
        return Words(
            "".join(part.text for part in parts),
            "".join(part.pinyin for part in parts)[:400],
            "".join(part.initials for part in parts)[:120],
        )
