"""Hides personal numbers and names in what readers write, before anything is stored, logged or mailed.

For every app that keeps readers' words: `feedback` (questions, error reports, votes) and `search` (the query log).
`mask(text)` is a pure function; it masks before any cutting to a length, because half a number is not recognised.
The corpus of what must go and what must stay is feedback/tests/masking.yaml.

How: the text is copied character by character into a plain form (full-width to ASCII, invisible characters dropped)
that remembers where each character stood; patterns are found in the plain form and the original text is replaced.
A second plain form reads Chinese numerals as digits. All patterns are bounded, so no text can make them slow.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from publishing.surnames import DOUBLE, NEVER_A_NAME, NOT_SECOND, NOT_THIRD, SINGLE

NUMERALS = dict(zip("零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "000123456789" + "1" + "123456789", strict=True))
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# The first two digits of a real identity number.
REGIONS = {
    *range(11, 16),
    *range(21, 24),
    *range(31, 38),
    *range(41, 47),
    *range(50, 55),
    *range(61, 66),
    71,
    81,
    82,
    83,
}
HOTLINES = {"12393", "12345", "12333", "12320", "12315", "12348"}
# How people group the eleven digits of a mobile number.
MOBILE_SHAPES = {
    (11,), (3, 4, 4), (4, 4, 3), (4, 3, 4), (3, 3, 5), (3, 5, 3), (3, 8), (8, 3), (7, 4), (4, 7), (5, 6), (6, 5), (3, 2, 6),
    (3, 3, 3, 2), (2, 3, 3, 3), (3, 2, 3, 3), (3, 2, 2, 4), (3, 4, 2, 2), (3, 2, 2, 2, 2), (2, 2, 2, 2, 3), (1, 3, 3, 4),
    (1,) * 11,
}  # fmt: skip


@dataclass(frozen=True)
class Plain:
    """A text in plain form; `at[i]` is where its i-th character stood in the original."""

    text: str
    at: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of a stretch of the plain form."""
        return self.at[start], self.at[end - 1] + 1


@dataclass(frozen=True)
class Rule:
    """What to look for and what stands in its place; `accepts` has the last word on a match."""

    label: str
    pattern: re.Pattern[str]
    accepts: Callable[[re.Match[str]], bool]
    numerals: bool


def mask(text: str) -> str:
    """The text with personal numbers, addresses and names replaced by what they were, such as 【手机号】."""
    for _ in range(4):  # what a replacement uncovers is looked at again; in practice the second round changes nothing
        masked = _replace(text, _spans(text))
        if masked == text:
            break
        text = masked
    return text


def _spans(text: str) -> list[tuple[int, int, str]]:
    """Where personal data stands and what it is, in order; an earlier rule wins where two overlap."""
    latin, chinese = _plain(text, False), _plain(text, True)
    taken: list[tuple[int, int, str]] = []
    for rule in RULES:
        plain = chinese if rule.numerals else latin
        for match in _matches(rule, plain.text):
            start, end = plain.span(match.start("hit"), match.end("hit"))
            if all(end <= other[0] or start >= other[1] for other in taken):
                taken.append((start, end, rule.label))
    return sorted(taken)


def _matches(rule: Rule, text: str) -> Iterator[re.Match[str]]:
    """Every accepted match; after a refused one the search goes on with its second character."""
    position = 0
    while match := rule.pattern.search(text, position):
        accepted = rule.accepts(match)
        if accepted:
            yield match
        position = max(match.end("hit") if accepted else match.start() + 1, position + 1)


def _replace(text: str, spans: list[tuple[int, int, str]]) -> str:
    pieces, done = [], 0
    for start, end, label in spans:
        pieces += [text[done:start], f"【{label}】"]
        done = end
    return "".join([*pieces, text[done:]])


def _plain(text: str, numerals: bool) -> Plain:
    characters, at = [], []
    for position, character in enumerate(text):
        plain = _plain_character(character)
        if plain:
            characters.append(NUMERALS.get(plain, plain) if numerals else plain)
            at.append(position)
    return Plain("".join(characters), tuple(at))


def _plain_character(character: str) -> str:
    """One character, or nothing for one that cannot be seen."""
    if character < "\u007f":
        return character if character >= " " or character in "\t\n\r" else ""
    if unicodedata.category(character) in {"Cf", "Mn", "Me", "Cc"}:
        return ""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


def is_identity_number(digits: str) -> bool:
    """Whether 15 or 18 characters can be an identity number: a region, a birthday, a serial number.

    A wrong check digit is forgiven: one mistyped digit still leaves a person's number.
    """
    if len(digits) not in {15, 18} or int(digits[:2]) not in REGIONS:
        return False
    birthday = digits[6:14] if len(digits) == 18 else "19" + digits[6:12]
    return (_is_date(birthday) and 1880 <= int(birthday[:4]) <= 2100) or has_check_digit(digits)


def has_check_digit(digits: str) -> bool:
    """Whether the last of 18 characters is the check digit of ISO 7064 MOD 11-2, as in identity numbers."""
    if len(digits) != 18:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, digits, strict=False))
    return "10X98765432"[total % 11] == digits[17].upper()


def _is_date(digits: str) -> bool:
    try:
        dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


def _accepts_identity(match: re.Match[str]) -> bool:
    return is_identity_number(re.sub(r"[^0-9Xx]", "", match["hit"]))


def _accepts_mobile(match: re.Match[str]) -> bool:
    """Eleven digits in a grouping that people use, which are no institution's code such as H13010200123."""
    groups = tuple(map(len, re.findall(r"\d+", match["number"])))
    gaps = set(re.findall(r"\D+", match["number"]))
    if groups not in MOBILE_SHAPES or (len(gaps) > 1 and groups not in {(3, 4, 4), (1,) * 11}):
        return False
    is_code = re.search(r"(?<![A-Za-z])[HP]$", match.string[: match.start("hit")]) and match["number"][1] in "345"
    is_amount = re.match(r"\s?(?:元|万|亿)", match.string[match.end("hit") :][:2])
    return not ((is_code or is_amount) and len(groups) == 1)


def _accepts_long(match: re.Match[str]) -> bool:
    """Twelve digits and more, unless they are a moment, an amount, a price item, a public code or part of an address."""
    digits = re.sub(r"\D", "", match["hit"])
    before, after = match.string[: match.start("hit")][-80:], match.string[match.end("hit") :][:6]
    if (
        digits.startswith("00")
        or re.match(r"\s{0,2}(?:元|万|亿|人次|%)", after)
        or re.search(r"(?<![A-Za-z])[A-Z]{1,3}$", before)
    ):
        return False
    if re.search(r"(?:编码|代码|条码|条形码|本位码|公网安备|文号|注册证号?)\W{0,3}$", before) or re.search(
        r"(?:://|www\.)\S{0,70}$", before
    ):
        return False
    is_moment = len(digits) in {12, 14} and digits[:2] in {"19", "20"} and _is_date(digits[:8]) and digits[8:10] < "24"
    return not is_moment


def _accepts_account(match: re.Match[str]) -> bool:
    """Neither a date nor a hotline."""
    return match["hit"] not in HOTLINES and not re.fullmatch(r"(?:19|20)\d\d-?\d\d?-?\d\d?", match["hit"])


def _accepts_chat(match: re.Match[str]) -> bool:
    """An account of letters alone is recognised only after 号."""
    return match["hit"] not in HOTLINES and (match["word"].endswith("号") or any(map(str.isdigit, match["hit"])))


def _accepts_plate(match: re.Match[str]) -> bool:
    return sum(map(str.isdigit, match["hit"])) >= 2


def _accepts_name(match: re.Match[str]) -> bool:
    return not match.string.startswith(NEVER_A_NAME, match.start("hit"))


_GAP = r"[ \t\u00a0._*/~+\-\u2010-\u2015\u2212\u00b7\u30fb]{0,3}"  # what people put between groups of digits
_THIN = r"[ \t.\-\u2010-\u2015\u2212\u00b7]{0,2}"
_IS = r"[ \t]{0,3}(?:[:=]|是|为|叫)?[ \t]{0,3}"
_NAME = rf"(?:(?:{DOUBLE})|[{SINGLE}])(?![{NOT_SECOND}])[\u4e00-\u9fff](?:(?![{NOT_THIRD}])[\u4e00-\u9fff])?"
_RELATIVE = r"(?:[爸妈爹娘父母爷奶姥公婆哥姐弟妹儿女孙夫妻人他她亲子伴妇])"
_CALLED = rf"(?:(?:我|本人|{_RELATIVE}|名)叫|名字[叫是]|姓名|户名|曾用名|联系人|收件人|持卡人|经办人)"
_ID_WORD = r"身份证(?:件)?(?:号码|号)?"
_ACCOUNT = (
    rf"(?:{_ID_WORD}|(?:社保|社会保障|医保)(?:卡)?(?:号码|号)|卡号|账号|帐号|(?:个人|参保|人员)编号|"
    r"(?:住院|病历|病案|就诊|门诊|登记|流水|受理)号|(?:护照|通行证|军官证)(?:号码|号)?|回乡证(?:号码|号)?|台胞证(?:号码|号)?|户口[本簿]号)码?"
)
_PHONE = r"(?:电话(?:号码)?|座机(?:号码|号)?|固话|手机(?:号码|号)?|联系方式|联系我|致电|回电|传真)"
_CHAT = r"(?P<word>QQ(?:号码?|群)?|扣扣号?|微信(?:账?号)?|VX|WX|wechat|weixin)"
_MOBILE = rf"(?P<number>1{_GAP}[3-9](?:{_GAP}\d){{9}})(?!\d)"
_ID18 = rf"(?<!\d)(?P<hit>[1-8](?:{_GAP}\d){{16}}{_GAP}[\dXx])(?!\d)"
_ID15 = rf"(?<!\d)(?P<hit>[1-8](?:{_THIN}\d){{14}})(?!{_THIN}\d)"


def _rule(label: str, pattern: str, accepts: Callable[[re.Match[str]], bool] = bool, numerals: bool = False) -> Rule:
    return Rule(label, re.compile(pattern, re.IGNORECASE if label in {"邮箱", "账号"} else 0), accepts, numerals)


# In order of precedence: the more a pattern knows, the earlier it comes.
RULES = (
    _rule(
        "邮箱",
        r"(?<![a-z0-9._%+-])(?P<hit>[a-z0-9._%+-]{1,64}[ ]{0,2}(?:@|\(at\)|\[at\])[ ]{0,2}"
        r"[a-z0-9-]{1,63}(?:[ ]?\.[ ]?[a-z0-9-]{1,63}){1,5})",
    ),
    _rule("身份证号", _ID18, _accepts_identity),
    _rule("身份证号", _ID15, _accepts_identity),
    _rule("身份证号", rf"{_ID_WORD}的?[最后末尾前开头]{{1,3}}[一二三四五六七八九\d]{{1,2}}[位个](?:数字|数|号码)?{_IS}(?P<hit>[\dXx]{{3,10}})"),
    _rule("卡号", r"(?<!\d)(?P<hit>[3-9]\d{3}(?P<gap>[ \-.\u00b7])\d{4}(?:(?P=gap)\d{4}){2}(?:(?P=gap)?\d{1,4})?)(?!\d)", _accepts_long),
    _rule("手机号", rf"(?<!\d)(?P<hit>(?:(?:\+|00)86{_GAP}|\(\+?86\){_GAP}|86{_GAP})?{_MOBILE})", _accepts_mobile),
    _rule(
        "电话",
        r"(?<![\d.])(?P<hit>(?:(?:\+|00)86[ -]?)?\(?(?:010|02\d|0[3-9]\d{2}|(?<=86[ -])[1-9]\d{1,2})\)?[ \t\-\u2010-\u2015]{0,3}"
        r"[2-9]\d{2,3}[ -]?\d{4}(?:[ ]?(?:转|-)[ ]?\d{1,5})?)(?!\d)",
    ),
    _rule("卡号", r"(?<!\d)(?P<hit>\d{12,64}[Xx]?)(?!\d)", _accepts_long),
    _rule("卡号", r"(?<!\d)(?P<hit>\d(?:[ -]\d){11,31})(?![ ]?\d)"),
    _rule("号码", rf"{_ACCOUNT}{_IS}(?P<hit>[A-Za-z]{{0,3}}\d(?:[ -]?\d){{4,30}}[A-Za-z]?)(?!\d)", _accepts_account),
    _rule("电话", rf"{_PHONE}{_IS}(?P<hit>(?!400|800|95|96)[1-9]\d{{2,3}}[ -]?\d{{4}})(?!\d)"),
    _rule("账号", rf"(?<![a-z]){_CHAT}[ ]{{0,2}}[:=是为]?[ ]{{0,2}}(?P<hit>[a-z0-9_-]{{5,24}})(?![a-z0-9])", _accepts_chat),
    _rule(
        "车牌",
        r"(?P<hit>[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-Z][ \u00b7.\-\u30fb\u2022]{0,2}"
        r"[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳])(?![A-Za-z0-9])",
        _accepts_plate,
    ),
    _rule("手机号", rf"(?<!\d)(?P<hit>{_MOBILE})", _accepts_mobile, numerals=True),
    _rule("身份证号", _ID18, _accepts_identity, numerals=True),
    _rule("身份证号", _ID15, _accepts_identity, numerals=True),
    _rule("卡号", r"(?<!\d)(?P<hit>[3-9]\d{15,18})(?!\d)", numerals=True),
    _rule("姓名", rf"{_CALLED}[ \t]{{0,3}}[:=是为叫]?[ \t]{{0,3}}(?P<hit>{_NAME})", _accepts_name),
    _rule("姓名", rf"{_CALLED}[ \t]{{0,3}}[:=是为叫]?[ \t]{{0,3}}(?P<hit>[\u4e00-\u9fff]{{1,8}}[\u00b7\u2022\u30fb.][\u4e00-\u9fff]{{1,8}})"),
)  # fmt: skip


def labels() -> list[str]:
    """Every word that may stand between 【 and 】 in a masked text."""
    return sorted({rule.label for rule in RULES})
