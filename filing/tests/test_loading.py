"""A mistake in filing.yaml stops the load with a sentence that names the row and the field."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import make_policy, make_province
from yibao_site.content.files import ContentError
from yibao_site.content.filing import load_filing

RULE = "- {kind: rule, code: one, slot: change, text: 改。, policy: P20, clause: 第十条, when: {verdict: [ask]}}\n"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _policy() -> None:
    make_policy("P20")


def load(folder: Path, text: str) -> dict[str, int]:
    (folder / "filing.yaml").write_text(text, encoding="utf-8")
    return load_filing(folder)


def test_rows_are_loaded_once(tmp_path: Path) -> None:
    assert load_filing(tmp_path) == {"filing rules": 0}
    assert load(tmp_path, RULE) == {"filing rules": 1}
    assert load(tmp_path, RULE) == {"filing rules": 0}


@pytest.mark.parametrize(
    ("text", "field", "problem"),
    [
        (RULE.replace("kind: rule", "kind: law"), "kind", "must be rule, override or exemption"),
        (RULE.replace("P20", "P99"), "policy", "“P99” is not known"),
        (RULE.replace("policy: P20, clause: 第十条, ", ""), "confidence", "没有政策文件的说法"),
        (RULE.replace("verdict: [ask]", "weather: [fine]"), "when", "“weather” is not a condition"),
        (RULE.replace("verdict: [ask]", "verdict: [maybe]"), "when_verdict", "不在可选的范围里"),
        (RULE.replace("slot: change", "slot: weather"), "slot", "weather"),
        (RULE + RULE.replace("code: one", "code: two"), "__all__", "会同时适用于同一种情形"),
        (RULE.replace("改。", "'[[nothing]]。'"), "__all__", "不是已有的政策数字"),
        ("- {kind: override, code: o, slot: change, text: 改。, policy: P20, clause: 第十条, province: atlantis}", "province", "not known"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(tmp_path: Path, text: str, field: str, problem: str) -> None:
    with pytest.raises(ContentError) as error:
        load(tmp_path, text)
    assert "filing.yaml, row" in str(error.value)
    assert f"“{field}”" in str(error.value)
    assert problem in str(error.value)


def test_exemptions_of_the_same_places_are_refused(tmp_path: Path) -> None:
    make_province()
    row = (
        "- {kind: exemption, code: CODE, name: 省内, provinces: [jiangsu], within: true, cares: [inpatient], text: 免。,"
        " policy: P20, clause: 第十条}\n"
    )
    with pytest.raises(ContentError, match="日期重叠"):
        load(tmp_path, row.replace("CODE", "one") + row.replace("CODE", "two"))
