"""The hostile texts: read from `payloads/`, one file a family, and made by rule where only a name or a spelling varies.

In a file `HIT` stands for a call that shows itself, `NUMBER` for the payload's number, `NET` for an address of a host that
must never be asked for anything, `{U+0000}` for a character that no editor shows. Lines of a single `%` part payloads; what
stands before the first says what the family is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "payloads"
CANARY = "__hit"  # the function that a payload calls if it runs
CANARY_HOST = "canary.invalid"  # the host that a payload asks for something if it loads
CHARACTER = re.compile(r"\{U\+([0-9A-F]{4,6})\}")

# Every kind of event that an element may bring its own code for, on the elements that editors may use and on others.
EVENTS = (Path(__file__).parent / "events.txt").read_text().split()
HOSTS = (
    '<p tabindex=1 autofocus {}="HIT">x</p>', "<a href=/ {}=HIT>x</a>", "<img src=x {}='HIT'>", "<td\n{}\n=\nHIT>x</td>",
    "<strong/{}=HIT>x</strong>", '<blockquote title="a"{}="HIT">x</blockquote>', "<li\t{}=`HIT`>x</li>", "<h2 {}=HIT//>x</h2>",
    "<table {}=&#72IT><tr><td>x</td></tr></table>", "<video src=x {}=HIT></video>", "<input autofocus {}=HIT>", "<body {}=HIT>",
    "<marquee {}=HIT>x</marquee>", "<details open {}=HIT>x</details>", "<custom-x {}=HIT>x</custom-x>",
)  # fmt: skip

# How an address that is a program may be written so that a filter overlooks it.
SPELLINGS = {
    "plain": "javascript:HIT", "case": "JaVaScRiPt:HIT", "leading space": "  javascript:HIT", "tab": "java\tscript:HIT",
    "newline": "java\nscript:HIT", "return": "java\rscript:HIT", "leading control": "\x01javascript:HIT",
    "leading escape": "\x1bjavascript:HIT", "decimal": "&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;HIT",
    "decimal without end": "&#106&#97&#118&#97&#115&#99&#114&#105&#112&#116&#58HIT",
    "zeros": "&#0000106&#0000097&#0000118avascript:HIT", "hexadecimal": "&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;HIT",
    "named colon": "javascript&colon;HIT", "named tab": "java&Tab;script:HIT", "named newline": "java&NewLine;script:HIT",
    "named letters": "&jscr;avascript:HIT", "comment": "javascript:/*--></title></style></textarea>*/HIT",
    "line comment": "javascript://%0aHIT", "encoded": "javascript:%5f%5fhit(NUMBER)", "encoded colon": "javascript%3aHIT",
    "twice": "javascript:javascript:HIT", "vbscript": "vbscript:msgbox(NUMBER)", "vbscript case": "VbScript:HIT", "livescript": "livescript:HIT",
    "mocha": "mocha:HIT", "data": "data:text/html,<script>HIT</script>", "data base64": "data:text/html;base64,PHNjcmlwdD5fX2hpdCgxKTwvc2NyaXB0Pg==",
    "data svg": "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='HIT'/>", "data xml": "data:text/xml,<x:script xmlns:x='http://www.w3.org/1999/xhtml'>HIT</x:script>",
    "data without type": "data:,HIT", "data with charset": "data:text/html;charset=utf-7,+ADw-script+AD4-HIT",
    "feed": "feed:javascript:HIT", "view-source": "view-source:javascript:HIT", "jar": "jar:javascript:HIT!/", "blob": "blob:https://canary.invalid/NUMBER",
    "filesystem": "filesystem:https://canary.invalid/temporary/NUMBER", "intent": "intent:#Intent;action=x;S.browser_fallback_url=NET;end",
    "file": "file:///etc/passwd#NUMBER", "ftp": "ftp://canary.invalid/NUMBER", "about": "about:blank#NUMBER", "chrome": "chrome://settings/#NUMBER",
    "ms-its": "ms-its:mhtml:NET", "cid": "cid:NUMBER", "x-javascript": "x-javascript:HIT", "weixin": "weixin://dl/business/?t=NUMBER",
    "sms": "sms:10086?body=NUMBER", "protocol-relative": "//canary.invalid/NUMBER", "backslashes": "\\\\canary.invalid\\NUMBER",
    "slash backslash": "/\\canary.invalid/NUMBER", "tab between": "/\t/canary.invalid/NUMBER",
}  # fmt: skip
CARRIERS = {
    "link": '<a href="{}">x</a>', "unquoted link": "<a href={}>x</a>", "apostrophes": "<a href='{}'>x</a>", "picture": '<img src="{}">',
    "area": '<area href="{}">', "form": '<form action="{}"><input type=submit></form>', "button": '<button formaction="{}">x</button>',
    "frame": '<iframe src="{}"></iframe>', "object": '<object data="{}"></object>', "embed": '<embed src="{}">',
    "vector": '<svg><a xlink:href="{}"><text>x</text></a></svg>', "refresh": '<meta http-equiv=refresh content="0;url={}">',
}  # fmt: skip


@dataclass(frozen=True)
class Payload:
    """A hostile text with its number, which it shows when it runs."""

    number: int
    family: str
    text: str

    @property
    def id(self) -> str:
        return f"{self.family}-{self.number}"

    def __str__(self) -> str:
        return self.id

    @property
    def line(self) -> str:
        """The text on one line, for fields of one entry a line."""
        return " ".join(self.text.split())


@lru_cache(maxsize=1)
def corpus() -> tuple[Payload, ...]:
    """All payloads, numbered from 1 in a stable order."""
    rows = [*_written(), *_events(), *_addresses()]
    return tuple(Payload(number, family, _shown(text, number)) for number, (family, text) in enumerate(rows, 1))


def families() -> dict[str, list[Payload]]:
    """The payloads by family."""
    found: dict[str, list[Payload]] = {}
    for payload in corpus():
        found.setdefault(payload.family, []).append(payload)
    return found


def sample(most: int) -> list[Payload]:
    """So many payloads, each family in turn."""
    shelves = list(families().values())
    turns = (shelf[turn] for turn in range(max(map(len, shelves))) for shelf in shelves if turn < len(shelf))
    return [payload for payload, _ in zip(turns, range(most), strict=False)]


def _written() -> Iterator[tuple[str, str]]:
    for path in sorted(FOLDER.glob("*.txt")):
        _, *texts = path.read_text(encoding="utf-8").split("\n%\n")
        yield from ((path.stem, text.removesuffix("\n")) for text in texts)


def _events() -> Iterator[tuple[str, str]]:
    for turn, event in enumerate(EVENTS):
        name = f"on{event}" if turn % 3 else f"oN{event.title()}"
        yield "events", HOSTS[turn % len(HOSTS)].replace("{}", name)


def _addresses() -> Iterator[tuple[str, str]]:
    """Each spelling in a link, and each once more in another place that takes addresses."""
    others = [carrier for name, carrier in CARRIERS.items() if name != "link"]
    for turn, spelling in enumerate(SPELLINGS.values()):
        yield "addresses", CARRIERS["link"].replace("{}", spelling)
        yield "addresses", others[turn % len(others)].replace("{}", spelling)


def _shown(text: str, number: int) -> str:
    text = (
        text.replace("HIT", f"{CANARY}({number})")
        .replace("NET", f"//{CANARY_HOST}/{number}")
        .replace("NUMBER", str(number))
    )
    return CHARACTER.sub(lambda match: chr(int(match[1], 16)), text.replace("&#72IT", f"{CANARY}({number})"))
