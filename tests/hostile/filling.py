"""Forms of a page as a browser would send them, with hostile words in every field that holds words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import html5lib
from django.test import Client

from tests.hostile.corpus import Payload
from tests.hostile.scene import NO_WORDS

TREE = "{http://www.w3.org/1999/xhtml}"
WORDS = {"text", "search", "url", "email", "tel", None}


def forms(html: str) -> list[tuple[str, dict[str, str], set[str]]]:
    """The POST forms of a page: where each leads, what a browser would send, and which names hold words."""
    found = []
    for form in html5lib.parse(html).iter(f"{TREE}form"):
        if form.get("method", "get").lower() == "post" and "logout" not in form.get("action", ""):
            data, words = {}, set()
            for control in form.iter():
                _control(control, data, words)
            found.append((form.get("action", ""), data, words))
    return found


def _control(control: Any, data: dict[str, str], words: set[str]) -> None:
    tag, name, kind = str(control.tag).rpartition("}")[2], control.get("name"), control.get("type")
    if not name or "disabled" in control.attrib:
        return
    if tag == "textarea":
        data[name] = "".join(control.itertext()).removeprefix("\n")
        words.add(name)
    elif tag == "select":
        chosen = [option.get("value", "") for option in control.iter(f"{TREE}option") if "selected" in option.attrib]
        if chosen:
            data[name] = chosen[0]
    elif tag == "input" and kind not in {"submit", "image", "button", "file", "reset"}:
        if kind in {"checkbox", "radio"} and "checked" not in control.attrib:
            return
        data[name] = control.get("value", "")
        if kind in WORDS and "vDate" not in control.get("class", "") and "vTime" not in control.get("class", ""):
            words.add(name)


def play(client: Client, url: str, payload: Payload, *, all_words: bool) -> Iterator[Any]:
    """Fills and sends every form of a page: with the payload in all words, or in those alone that may be any words."""
    page = client.get(url, follow=True)
    yield page
    here = page.request["PATH_INFO"]
    for action, data, words in forms(page.content.decode()):
        kept = (
            set()
            if all_words
            else {name for name in words if name.rpartition("-")[2] in NO_WORDS | {"username", "number", "url"}}
        )
        sent = {**data, **{name: payload.text for name in words - kept if not name.startswith("csrf")}}
        yield client.post(action if action.startswith("/") else here, sent, follow=True)
