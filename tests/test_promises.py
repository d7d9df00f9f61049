"""docs/security.md and docs/ckeditor.md promise nothing that no test holds."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from hammer.__main__ import campaigns

PAGES = ("security", "ckeditor")
NAMED = re.compile(r"`([\w/]+\.py)(?:::(\w+))?`")


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_promise_names_exists(page: str) -> None:
    named = NAMED.findall((settings.BASE_DIR / "docs" / f"{page}.md").read_text(encoding="utf-8"))
    missing = []
    for path, test in named:
        file = settings.BASE_DIR / path
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        if not text or (test and not re.search(rf"^ *def {test}\(", text, re.MULTILINE)):
            missing.append(f"{path}::{test}")
    assert missing == []
    assert len(named) > 10


@pytest.mark.parametrize("page", PAGES)
def test_every_line_of_a_table_of_promises_names_its_test(page: str) -> None:
    text = (settings.BASE_DIR / "docs" / f"{page}.md").read_text(encoding="utf-8")
    tables = re.findall(r"^\|.*held by \|\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    assert [row for row in rows if not NAMED.search(row) and "](" not in row] == []
    assert len(rows) > 8


def test_every_long_trial_named_there_can_be_run() -> None:
    text = (settings.BASE_DIR / "docs" / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`hammer/(\w+)\.py`", text))
    assert named
    assert named <= set(campaigns())
