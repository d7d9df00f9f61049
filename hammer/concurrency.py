"""50 editors and 500 readers at once, on SQLite and on PostgreSQL: no lock errors, no lost updates, true counters."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from deploy.local import stack
from hammer.crowd import Browser, Ledger, editor, pinner, reader, reviewer, together
from hammer.report import Line

TIMES = 1000  # saves that the site accepts on each database
EDITORS, REVIEWERS, READERS = 44, 6, 500
LONGEST = 180.0  # seconds for a database; what was not tried by then is not counted as tried
NEEDS = ("nginx", "initdb")
PORT = 8230
SEED = 20261122
PATHS = [
    "/",
    "/faq/",
    "/articles/",
    "/topics/",
    "/provinces/",
    "/policies/",
    "/search/?q=%E5%A4%87%E6%A1%88",
    "/feed.atom",
    "/sitemap.xml",
]
# What each kind of trial is called, and which promises of the ledger tell how often it was made.
TRIALS = {
    "an editor saves": ["saves accepted", "conflicts told", "saves refused"],
    "two reviewers, one page": [
        "publish done",
        "publish refused",
        "withdraw done",
        "withdraw refused",
        "restore done",
        "restore refused",
    ],
    "editors pin results": ["pins accepted", "pins refused"],
    "a reader reads": ["pages read"],
    "a reader is counted": ["views counted", "views refused"],
    "a reader votes": ["votes counted", "votes refused"],
}


class Site(Protocol):
    """A running site: nginx (or nothing) in front, the application, and its management commands."""

    url: str
    app_url: str

    def manage(self, *arguments: str) -> str: ...


def run(times: int) -> list[Line]:
    """Both databases, one after the other."""
    lines, static = [], None
    with tempfile.TemporaryDirectory(prefix="crowd-") as name:
        Path(name).chmod(0o755)  # PostgreSQL's user must get through
        for number, database in enumerate(("sqlite", "postgresql")):
            folder = Path(name) / database
            with stack(folder, PORT + 5 * number, database, limits=False, static=static) as site:
                found = trial(site, times, EDITORS, REVIEWERS, READERS, LONGEST)
            static = folder / "var" / "static"  # collected once for both
            lines += [Line(f"{database}: {line.tried}", line.times, line.broke) for line in found]
            for line in lines[-len(found) :]:
                print(f"   {line.tried}: {line.times:,}, {len(line.broke)} broke", file=sys.stderr, flush=True)
    return lines


def scene(site: Site, call: str) -> Any:
    """The answer of a function of hammer/scene.py, run in the site's own environment."""
    said = site.manage("shell", "-c", f"from hammer import scene; scene.say(scene.{call})")
    return json.loads(said.strip().splitlines()[-1])


def trial(site: Site, times: int, editors: int, reviewers: int, readers: int, longest: float,
          meanwhile: Callable[[], None] = lambda: None, afterwards: Callable[[], object] = lambda: None) -> list[Line]:  # fmt: skip
    """Lets the crowd in until the site has accepted so many saves, then compares what it promised with what it holds."""
    cast, ledger = scene(site, f"prepare({editors}, {reviewers})"), Ledger()
    deadline = time.monotonic() + longest
    going: Callable[[], bool] = lambda: ledger.done["saves accepted"] < times and time.monotonic() < deadline  # noqa: E731
    together(ledger, [meanwhile, *_staff(site, cast, ledger, going), *_readers(site, cast, ledger, going, readers)])
    afterwards()
    for what, sentence in _differences(ledger, _settled(site)):
        ledger.complain(what, sentence)
    return [
        Line(what, sum(ledger.done[name] for name in names), ledger.broke.pop(what, []))
        for what, names in TRIALS.items()
    ] + [Line(what, len(sentences), sentences) for what, sentences in ledger.broke.items()]


def _staff(site: Site, cast: Any, ledger: Ledger, going: Callable[[], bool]) -> list[Callable[[], None]]:
    texts = [*cast["drafts"], *(pk for _, pk in cast["contested"])]
    actors: list[Callable[[], None]] = []
    for number, cookie in enumerate(cast["writers"]):
        browser = Browser(ledger, site.url, cookie)
        actors.append(partial(editor, browser, f"编辑{number}", texts, going, random.Random(SEED + number)))
    for number, cookie in enumerate(cast["reviewers"]):
        browser, chance = Browser(ledger, site.url, cookie), random.Random(SEED - number)
        if number % 3 == 2:
            actors.append(partial(pinner, browser, cast["live"], going, chance))
        else:
            actors.append(partial(reviewer, browser, cast["contested"], going, chance))
    return actors


def _readers(site: Site, cast: Any, ledger: Ledger, going: Callable[[], bool], count: int) -> list[Callable[[], None]]:
    """Each comes from a network of its own, because what a network may send is limited."""
    paths = [*PATHS, *(f"/faq/{pk}/" for pk in cast["live"])]
    actors: list[Callable[[], None]] = []
    for number in range(count):
        network = f"10.{number // 250}.{number % 250}.9"
        direct = Browser(ledger, site.app_url, network=network, origin=site.url)
        chance = random.Random(SEED * 3 + number)
        actors.append(partial(reader, Browser(ledger, site.url), direct, paths, cast["live"], going, chance))
    return actors


def _settled(site: Site) -> Any:
    """The facts once views have been added up."""
    site.manage("housekeeping")
    return scene(site, "facts()")


def _differences(ledger: Ledger, facts: Any) -> list[tuple[str, str]]:
    """Where the database does not hold what the site said it holds."""
    found = [("everything agrees", sentence) for sentence in facts["faults"]]
    for pk, lines in ledger.lines.items():
        saved = facts["exceptions"][str(pk)].splitlines()
        lost = [line for line in lines if saved.count(line) != 1]
        found += [("an editor saves", f"text {pk}: {line!r} is there {saved.count(line)} times") for line in lost]
        if facts["locks"][str(pk)] != len(lines):
            found.append(("an editor saves", f"text {pk}: {len(lines)} saves, version {facts['locks'][str(pk)]}"))
    for document, token in ledger.published:
        promised, live = ledger.texts.get(token), facts["live"].get(str(document))
        if None not in (promised, live) and promised != live:
            found.append(("two reviewers, one page", f"page {document} shows a text that its reviewer did not see"))
    for verb, count in facts["events"].items():
        # Publications that set the scene are made without a user's verb and leave no event.
        if count != ledger.done[f"{verb} done"]:
            found.append(("two reviewers, one page", f"{ledger.done[f'{verb} done']} times {verb}, {count} noted"))
    for what, key, name in (("a reader is counted", "views", "views"), ("a reader votes", "votes", "votes")):
        if facts[key] != ledger.done[f"{name} counted"]:
            found.append((what, f"{ledger.done[f'{name} counted']} {name} taken, {facts[key]} kept"))
    if facts["pins"] != ledger.done["pins accepted"]:
        found.append(("editors pin results", f"{ledger.done['pins accepted']} taken, {facts['pins']} kept"))
    return found
