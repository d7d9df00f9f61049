"""Editors and readers as threads that speak HTTP to a running site, and remember what the site promised them."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

SECRET = "hammerhammerhammerhammerhammer32"  # any 32 letters are a CSRF secret; cookie and header must agree
TICKS = {"checkbox", "radio"}
UNSENT = {"submit", "file", *TICKS}
SAID = {"publish": "读者现在看到的就是这一版", "withdraw": "读者打开网址会看到原因", "restore": "读者又能看到这一页"}
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"


@dataclass
class Ledger:
    """What the site accepted and what broke, written by all threads."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    done: Counter[str] = field(default_factory=Counter)
    broke: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[int, list[str]] = field(default_factory=dict)
    """Lines that an editor was told were saved, by the text they were added to."""
    texts: dict[str, str] = field(default_factory=dict)
    """What a version token stood for when the site gave it out."""
    published: list[tuple[int, str]] = field(default_factory=list)
    """The text and the token that somebody was told are published."""
    connections: list[http.client.HTTPConnection] = field(default_factory=list)

    def count(self, what: str) -> None:
        with self.lock:
            self.done[what] += 1

    def complain(self, what: str, sentence: str) -> None:
        with self.lock:
            self.broke.setdefault(what, []).append(sentence)


class Form(HTMLParser):
    """What a browser would send of a page's fields as they stand."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._area = self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, kind = given.get("name") or "", given.get("type") or "text"
        if tag == "textarea":
            self._area = name
            self.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.fields[self._select] = given.get("value") or ""
        elif tag == "input" and name and (kind not in UNSENT or (kind in TICKS and "checked" in given)):
            self.fields[name] = given.get("value") or ("on" if kind == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self._area:
            # HTML drops the first line break of a text area, and Django writes one.
            self.fields[self._area] += data.removeprefix("\n") if not self.fields[self._area] else data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


class Browser:
    """One person's connection; every answer of the 5xx kind and every broken connection is a complaint."""

    def __init__(self, ledger: Ledger, base: str, cookie: str = "", network: str = "", origin: str = "") -> None:
        self.ledger, self.address = ledger, urlsplit(base)
        self.headers = {"User-Agent": AGENT, "Origin": origin or base, "Sec-Fetch-Site": "same-origin"}
        self.cookies: dict[str, str] = {}
        if cookie:
            self.cookies = dict([cookie.split("=", 1), ("csrftoken", SECRET)])
            self.headers["X-CSRFToken"] = SECRET
        if network:
            self.headers["X-Forwarded-For"] = network
        self.location = ""
        self.connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=60)
        ledger.connections.append(self.connection)

    def ask(self, method: str, path: str, body: str = "", kind: str = "", what: str = "") -> tuple[int, str]:
        """Status and text of the answer; 0 where there was none."""
        headers = self.headers | ({"Content-Type": kind} if kind else {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for again in (True, False):
            try:
                self.connection.request(method, path, body.encode() if body else None, headers)
                response = self.connection.getresponse()
                status, text = response.status, response.read().decode()
                self.location = response.headers.get("Location", "")
                self._keep(response.headers.get_all("Set-Cookie") or [])
                break
            except (OSError, http.client.HTTPException) as error:
                self.connection.close()
                # A server may close a connection that was idle; only a request that cannot have begun is sent again.
                if not (again and method == "GET"):
                    self.ledger.complain(what or path, f"{method} {path}: {error!r}")
                    return 0, ""
        if status >= 500:
            self.ledger.complain(what or path, f"{method} {path}: {status} {text[:200]}")
        return status, text

    def _keep(self, cookies: list[str]) -> None:
        """Messages for the next page travel in a cookie or in the session."""
        for cookie in cookies if self.cookies else []:
            name, _, value = cookie.partition(";")[0].partition("=")
            if name != "csrftoken":
                self.cookies[name] = value

    def follow(self) -> str:
        """The page that the last answer leads to, as a browser would show it."""
        text = ""
        for _ in range(4):
            if not self.location:
                break
            _, text = self.get(self.location, "two reviewers, one page")
        return text

    def get(self, path: str, what: str = "") -> tuple[int, str]:
        return self.ask("GET", path, what=what)

    def form(self, path: str, data: dict[str, str], what: str = "") -> tuple[int, str]:
        return self.ask("POST", path, urlencode(data), "application/x-www-form-urlencoded", what)


def editor(browser: Browser, name: str, pks: list[int], going: Callable[[], bool], random_: random.Random) -> None:
    """Adds lines of their own to texts that others write too; reads a text again whenever the site says so."""
    number = 0
    while going():
        pk = random_.choice(pks)
        status, html = browser.get(f"/admin/faq/questionrevision/{pk}/change/", "an editor saves")
        fields = Form(html).fields
        if status != 200 or "exceptions" not in fields:
            if status == 200:
                pks = [other for other in pks if other != pk] or pks  # published meanwhile: shown, not edited
            continue
        for _ in range(random_.randint(1, 3)):
            number += 1
            line = f"{name}写的第{number}条"
            fields["exceptions"] = "\n".join(filter(None, [fields["exceptions"].replace("\r", "").strip(), line]))
            time.sleep(random_.uniform(0.2, 2))  # the time it takes to write it, in which others save
            save = _by_hand if random_.random() < 0.2 else _by_itself
            if not going() or not save(browser, pk, fields, line):
                break


def _by_itself(browser: Browser, pk: int, fields: dict[str, str], line: str) -> bool:
    """Autosave; whether the editor may go on writing in the same page."""
    path = f"/admin/faq/questionrevision/{pk}/autosave/"
    status, text = browser.ask("POST", path, json.dumps(fields), "application/json", "an editor saves")
    browser.ledger.count({200: "saves accepted", 409: "conflicts told"}.get(status, "saves refused"))
    if status != 200:
        return False
    fields["version_token"] = json.loads(text)["token"]
    _accepted(browser.ledger, pk, fields, line)
    return True


def _by_hand(browser: Browser, pk: int, fields: dict[str, str], line: str) -> bool:
    path = f"/admin/faq/questionrevision/{pk}/change/"
    status, _ = browser.form(path, {**fields, "_continue": "1"}, "an editor saves")
    browser.ledger.count({302: "saves accepted", 409: "conflicts told"}.get(status, "saves refused"))
    if status == 302:
        key, _, lock = fields["version_token"].rpartition("-")
        fields["version_token"] = f"{key}-{int(lock) + 1}"
        _accepted(browser.ledger, pk, fields, line)
    return False


def _accepted(ledger: Ledger, pk: int, fields: dict[str, str], line: str) -> None:
    with ledger.lock:
        ledger.lines.setdefault(pk, []).append(line)
    _remember(ledger, fields)


def _remember(ledger: Ledger, fields: dict[str, str]) -> None:
    """Two different texts under one token would mean that one editor's words were written over."""
    token, text = fields["version_token"], fields["exceptions"].replace("\r", "").strip()
    with ledger.lock:
        known = ledger.texts.setdefault(token, text)
    if known != text:
        ledger.complain("an editor saves", f"version {token} stands for two texts")


def reviewer(browser: Browser, pages: list[tuple[int, int]], going: Callable[[], bool], random_: random.Random) -> None:
    """Publishes, withdraws and restores pages while others do the same; believes only what the page of a verb shows."""
    while going():
        document, _ = random_.choice(pages)
        verb = random_.choices(["publish", "withdraw", "restore"], [2, 3, 3])[0]
        path = f"/admin/faq/question/{document}/verb/{verb}/"
        status, html = browser.get(path, "two reviewers, one page")
        token = re.search(r'name="version_token" value="([^"]+)"', html)
        if status != 200 or token is None:
            continue
        data = {"version_token": token[1], "note": "演习", "_do": "1"}
        status, _ = browser.form(path, data, "two reviewers, one page")
        done = status == 302 and SAID[verb] in browser.follow()
        browser.ledger.count(f"{verb} {'done' if done else 'refused'}")
        if done and verb == "publish":
            with browser.ledger.lock:
                browser.ledger.published.append((document, token[1]))


def pinner(browser: Browser, targets: list[int], going: Callable[[], bool], random_: random.Random) -> None:
    """Pins few pages to few queries, so that most are there already and some are added twice at the same moment."""
    while going():
        data = {"query": f"备案{random_.randint(1, 12)}", "kind": "question", "position": "1"}
        data["object_id"] = str(random_.choice(targets[:3]))
        status, _ = browser.form("/admin/search/pin/add/", data, "editors pin results")
        browser.ledger.count("pins accepted" if status == 302 else "pins refused")
        time.sleep(0.3)


def reader(browser: Browser, direct: Browser, paths: list[str], views: list[int], going: Callable[[], bool],
           random_: random.Random) -> None:  # fmt: skip
    """Reads, and now and then counts as a view or says that a page helped."""
    while going():
        status, _ = browser.get(random_.choice(paths), "a reader reads")
        browser.ledger.count("pages read")
        if status not in {200, 304, 301, 404}:
            browser.ledger.complain("a reader reads", f"status {status}")
        chance, pk = random_.random(), random_.choice(views)
        if chance < 0.3:
            status, _ = direct.ask("POST", "/feedback/view/", f"question/{pk}", "text/plain", "a reader is counted")
            direct.ledger.count("views counted" if status == 200 else "views refused")
            direct.connection.close()  # a server ends a connection that is idle for long
        elif chance < 0.4:
            vote = {"kind": "question", "page": str(pk), "revision": "1", "helpful": "yes"}
            status, _ = direct.form("/feedback/helpful/", vote, "a reader votes")
            direct.ledger.count("votes counted" if status == 200 else "votes refused")
            direct.connection.close()
        time.sleep(random_.uniform(2, 6))


def together(ledger: Ledger, actors: list[Callable[[], Any]]) -> None:
    """Runs all actors at once until each has ended and hung up."""
    threads = [threading.Thread(target=actor, daemon=True) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for connection in ledger.connections:
        connection.close()
