"""Every page is well-formed HTML, and its styles and scripts run on the old browsers inside other apps."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import html5lib
import pytest
from django.conf import settings

from tests.pages import pages
from yibao_site import early

STATIC = Path(settings.BASE_DIR) / "static"
CSS = (STATIC / "css" / "site.css").read_text(encoding="utf-8")
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in sorted((STATIC / "js").glob("*.js"))}
# Chromium before 80, as in old WebViews, drops a whole rule over one selector that it does not know.
UNKNOWN_TO_OLD_BROWSERS = [
    r":has\(",
    r":is\(",
    r":where\(",
    r"@layer",
    r"@container",
    r"&",
    r"\binset:",
    r"\baspect-ratio:",
    r"color-mix\(",
]
NEWER_THAN_ES2017 = {
    "optional chaining": r"\?\.[A-Za-z_\[(]",
    "nullish coalescing": r"\?\?",
    "catch without a name": r"catch\s*\{",
    "spread in an object": r"\{\s*\.\.\.|,\s*\.\.\.\w+\s*\}",
    "flat": r"\.flat(Map)?\(",
    "replaceAll, matchAll, at": r"\.(replaceAll|matchAll|at)\(",
    "finally on promises": r"\.finally\(",
    "fromEntries": r"Object\.fromEntries",
    "private fields": r"this\.#",
    "asynchronous iteration": r"for await",
    "dynamic import": r"\bimport\(",
    "numeric separators": r"\b\d+_\d",
}


def parse(client: Any, address: str) -> tuple[Any, str]:
    """The page as a tree; an error of its markup is an error of the test."""
    html = client.get(address).content.decode()
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html), html


@pytest.mark.parametrize("name", pages())
def test_every_page_is_well_formed(client: Any, content: None, name: str) -> None:
    tree, html = parse(client, pages()[name])
    ids = Counter(each.get("id") for each in tree.iter() if each.get("id"))
    assert [each for each, times in ids.items() if times > 1] == []
    targets = [each.get("href")[1:] for each in tree.iter("a") if (each.get("href") or "").startswith("#")]
    labels = [
        each.get(name)
        for each in tree.iter()
        for name in ("for", "aria-labelledby", "aria-describedby")
        if each.get(name)
    ]
    missing = {word for text in [*targets, *labels] for word in text.split()} - set(ids)
    assert missing == set()
    assert tree.get("lang") == "zh-CN"
    assert len(list(tree.iter("h1"))) == 1
    assert "style=" not in html
    assert not re.search(r"\son[a-z]+=", re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL))


@pytest.mark.parametrize("name", pages())
def test_every_page_has_its_title_and_no_inline_code_but_the_early_script(
    client: Any, content: None, name: str
) -> None:
    tree, _ = parse(client, pages()[name])
    inline = [
        each.text or ""
        for each in tree.iter("script")
        if not each.get("src") and each.get("type") != "application/ld+json"
    ]
    assert inline == [early.SCRIPT]
    assert list(tree.iter("style")) == []
    assert len(tree.find(".//title").text) <= 80
    assert tree.find(".//meta[@name='description']").get("content")


def test_titles_tell_pages_apart(client: Any, content: None) -> None:
    titles = [parse(client, address)[0].find(".//title").text for address in pages().values()]
    assert [each for each, times in Counter(titles).items() if times > 1] == []


def test_templates_use_the_punctuation_of_their_language() -> None:
    """Half-width commas, colons, semicolons and brackets between Chinese characters look broken."""
    wrong = re.compile(r"[\u4e00-\u9fff][,:;?!(](?=[\u4e00-\u9fff{<])|[\u4e00-\u9fff]\)(?=[\u4e00-\u9fff])")
    templates = (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    assert [
        f"{path.name}: {found[0]}" for path in templates for found in wrong.finditer(path.read_text(encoding="utf-8"))
    ] == []


def test_the_stylesheet_is_for_old_browsers_too() -> None:
    css = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    assert css.count("{") == css.count("}")
    assert [pattern for pattern in UNKNOWN_TO_OLD_BROWSERS if re.search(pattern, css)] == []
    assert "@font-face" not in css
    assert "url(" not in css
    # Old Chromium knows `gap` for grids only as `grid-gap`, and not at all for flex boxes.
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", css)
    assert [
        selector.strip() for selector, body in rules if re.search(r"(?<!-)\bgap:", body) and "grid-gap:" not in body
    ] == []
    assert [
        selector.strip() for selector, body in rules if "display: flex" in body and re.search(r"(?<![\w-])gap:", body)
    ] == []


def test_colours_are_named_once() -> None:
    """Colours stand in the tokens; what must be black on white (the code, paper) says so."""
    tokens_end = CSS.index("/* Base */")
    rest = re.sub(r"@media print \{.*", "", CSS[tokens_end:], flags=re.DOTALL)
    found = re.findall(r"(?:^|[\s:(])(#[0-9a-fA-F]{3,8})\b", rest)
    assert [colour for colour in found if colour != "#fff"] == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_es2017(name: str) -> None:
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", SCRIPTS[name], flags=re.DOTALL)
    assert [feature for feature, pattern in NEWER_THAN_ES2017.items() if re.search(pattern, code)] == []


def test_the_early_script_is_es5() -> None:
    assert not re.search(r"=>|\b(let|const|class)\b|`", early.SCRIPT)
