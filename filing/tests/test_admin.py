"""Editors change rules only after they have seen what readers would see; bad rows are refused with a sentence."""

from __future__ import annotations

import html as html_module
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from filing import impact
from filing.models import Exemption, Override, Rule
from filing.vocabulary import CONDITIONS
from policies.models import PolicyDocument
from publishing.models import AuditEvent
from publishing.roles import Role
from taxonomy.models import Province
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("content")


EVERY_PAIR, FEW = impact._pairs, {"合肥市（安徽省）→北京市", "合肥市（安徽省）→广州市（广东省）", "北京市→天津市"}


@pytest.fixture(autouse=True)
def _few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview goes through all questions for every pair of places, which takes seconds; one test waits for all."""

    def few(*given: Any) -> list[Any]:
        return [pair for pair in EVERY_PAIR(*given) if "→".join(place.label for place in pair) in FEW]

    monkeypatch.setattr(impact, "_pairs", few)


@pytest.fixture
def editor(client: Client, frozen: Any) -> Client:
    frozen("2026-11-22", tick=True)
    client.force_login(get_user_model().objects.create_superuser("chief", password="Pass-word-of-tests-1"))
    return client


def form_of(row: Any) -> dict[str, Any]:
    """What the change form would send for a row."""
    names = ["code", "clause", "source_note", "confidence", "text"]
    names += ["name", "limit"] if isinstance(row, Exemption) else ["slot", "verdict", "time", "cost", "questions"]
    data: dict[str, Any] = {name: getattr(row, name) for name in names}
    data["policy"] = row.policy_id or ""
    data["in_force_from"], data["in_force_until"] = row.in_force_from or "", row.in_force_until or ""
    if isinstance(row, Exemption):
        data |= {
            "cares": list(row.cares),
            "provinces": [province.pk for province in row.provinces.all()],
            "city": row.city_id or "",
        }
        data |= {name: "on" for name in ("within", "partial") if getattr(row, name)}
    else:
        data |= {f"when_{name}": list(getattr(row, f"when_{name}")) for name in CONDITIONS}
    return {**data, "confirmed": ""}


def send(client: Client, row: Any, **changes: Any) -> Any:
    return client.post(f"/admin/filing/{row._meta.model_name}/{row.pk}/change/", {**form_of(row), **changes})


def confirmed(response: Any) -> str:
    return response.context["adminform"].form.data["confirmed"]


def test_a_change_is_shown_before_it_is_saved(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "_pairs", EVERY_PAIR)
    rule = Rule.objects.get(code="duty-visiting")
    response = send(editor, rule, verdict="ask", text="先问参保地。")
    page = html_module.unescape(response.content.decode())
    assert response.status_code == 200
    assert "data-impact" in page
    assert "还没有保存" in page
    assert "办临时外出就医备案" in page
    assert "先问参保地。" in page
    assert "合肥市（安徽省）→北京市" in page
    rule.refresh_from_db()
    assert rule.verdict == "file-temporary"


def test_the_same_change_sent_again_is_saved_and_recorded(editor: Client) -> None:
    rule = Rule.objects.get(code="validity-long")
    seen = confirmed(send(editor, rule, text="长期有效，没有变更就不用年年办。"))
    response = send(editor, rule, text="长期有效，没有变更就不用年年办。", confirmed=seen)
    assert response.status_code == 302
    rule.refresh_from_db()
    assert rule.text == "长期有效，没有变更就不用年年办。"
    event = AuditEvent.objects.get(action="filing.changed", object_id=rule.pk)
    assert event.details["after"] == {"text": "长期有效，没有变更就不用年年办。"}
    assert "不用年年办" in event.details["before"]["text"]
    assert event.details["outcomes"] > 100


def test_another_change_than_the_one_shown_is_shown_again(editor: Client) -> None:
    rule = Rule.objects.get(code="validity-long")
    seen = confirmed(send(editor, rule, text="长期有效。"))
    response = send(editor, rule, text="永远有效。", confirmed=seen)
    assert "还没有保存" in response.content.decode()


def test_a_change_that_readers_cannot_see_is_saved_at_once(editor: Client) -> None:
    rule = Rule.objects.get(code="rate-visiting-2023")  # ended in 2024
    assert send(editor, rule, text="以参保地为准。").status_code == 302
    assert Rule.objects.get(pk=rule.pk).text == "以参保地为准。"


def test_a_rule_that_starts_later_is_shown_as_of_its_first_day(editor: Client) -> None:
    rule = Rule.objects.get(code="why-law-2027")
    page = send(editor, rule, text="自2027年1月1日起施行的《医疗保障法》第三十二条，另有说法。").content.decode()
    assert "另有说法" in page
    assert "data-impact" in page


def test_taking_an_exemption_away_shows_who_must_file_again(editor: Client) -> None:
    exemption = Exemption.objects.get(code="jing-jin-ji")
    page = html_module.unescape(send(editor, exemption, in_force_until="2026-11-01").content.decode())
    assert "视同备案或免备案" in page
    assert "办临时外出就医备案" in page
    assert "北京市→天津市" in page
    seen = confirmed(send(editor, exemption, in_force_until="2026-11-01"))
    assert send(editor, exemption, in_force_until="2026-11-01", confirmed=seen).status_code == 302
    assert str(Exemption.objects.get(pk=exemption.pk).in_force_until) == "2026-11-01"


def test_deleting_shows_what_would_change_and_is_recorded(editor: Client) -> None:
    rule = Rule.objects.get(code="validity-long")
    url = f"/admin/filing/rule/{rule.pk}/delete/"
    assert "data-impact" in editor.get(url).content.decode()
    editor.post(url, {"post": "yes"})
    assert not Rule.objects.filter(pk=rule.pk).exists()
    assert AuditEvent.objects.filter(action="filing.deleted", object_id=rule.pk).exists()


def test_many_rows_cannot_be_deleted_past_the_preview(editor: Client) -> None:
    assert "delete_selected" not in editor.get("/admin/filing/rule/").content.decode()


def test_the_forms_show_their_rows_and_history(editor: Client) -> None:
    for model in (Rule, Override, Exemption):
        page = editor.get(f"/admin/filing/{model._meta.model_name}/{model.objects.first().pk}/change/").content.decode()
        assert "/admin/publishing/auditevent/?content_type__id__exact=" in page
        assert editor.get(f"/admin/filing/{model._meta.model_name}/add/").status_code == 200
    row = Rule.objects.first()
    listed = editor.get(f"/admin/publishing/auditevent/?content_type__id__exact=1&object_id={row.pk}")
    assert listed.status_code == 200


def test_writers_may_look_and_reviewers_may_change(client: Client, frozen: Any) -> None:
    frozen("2026-11-22", tick=True)
    rule = Rule.objects.get(code="rate-visiting-2023")
    client.force_login(make_user("looks", Role.WRITER))
    assert client.get(f"/admin/filing/rule/{rule.pk}/change/").status_code == 200
    assert send(client, rule, text="以参保地为准。").status_code == 403
    client.force_login(make_user("changes", Role.REVIEWER))
    assert send(client, rule, text="以参保地为准。").status_code == 302
    assert client.get(f"/admin/filing/rule/{rule.pk}/delete/").status_code == 403


# What is refused


def rule(**fields: Any) -> Rule:
    defaults = {
        "code": "new-rule",
        "slot": "change",
        "text": "改。",
        "policy": PolicyDocument.objects.get(code="P20"),
        "clause": "第十条",
    }
    return Rule(**{**defaults, "when_verdict": ("local",), **fields})


def refusal(row: Any) -> str:
    with pytest.raises(ValidationError) as error:
        row.full_clean()
    return " ".join(error.value.messages)


def test_a_rule_without_a_source_cannot_be_saved() -> None:
    for fields in ({"policy": None, "clause": ""}, {"clause": ""}):
        bad = rule(**fields, confidence="medium")
        assert "没有来源的规则不能保存" in refusal(bad)
        with pytest.raises(IntegrityError), transaction.atomic():
            bad.save()
    rule().full_clean()


def test_what_has_no_policy_document_is_never_sure() -> None:
    assert "把握不能选“高”" in refusal(rule(policy=None, clause="", source_note="电话问到的"))


def test_overlapping_rules_are_refused_with_a_sentence() -> None:
    assert "会同时适用于同一种情形" in refusal(rule(when_verdict=("file-long", "local")))
    assert "会同时适用于同一种情形" in refusal(rule(when_verdict=()))
    rule(when_verdict=("claim",)).full_clean()


def test_rules_one_after_the_other_do_not_overlap() -> None:
    old = Rule.objects.get(code="change-filing")
    old.in_force_until = "2027-06-30"
    old.save()
    rule(when_verdict=old.when_verdict, in_force_from="2027-07-01").full_clean()


def test_overlapping_overrides_and_exemptions_are_refused() -> None:
    twin = Override.objects.get(code="jiangsu-processing")
    twin.pk, twin.code = None, "jiangsu-processing-again"
    assert "会同时适用于同一种情形" in refusal(twin)
    twin.province = Province.objects.get(slug="anhui")
    twin.full_clean()


def test_a_second_exemption_for_the_same_places_is_refused(editor: Client) -> None:
    data = form_of(Exemption.objects.get(code="jing-jin-ji")) | {"code": "again", "name": "京津冀再来一次"}
    page = html_module.unescape(editor.post("/admin/filing/exemption/add/", data).content.decode())
    assert "日期重叠" in page
    assert not Exemption.objects.filter(code="again").exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": "[[no_such_figure]]内办结。"}, "不是已有的政策数字"),
        ({"in_force_from": "2020-01-01"}, "规则不能更早"),
        ({"slot": "duty"}, "必须选结论类别"),
        ({"verdict": "ask"}, "必须选结论类别"),
        ({"slot": "duty", "verdict": "ask"}, "不能再以结论为条件"),
        ({"when_care": ("surgery",)}, "不在可选的范围里"),
        ({"questions": "22,43"}, "用空格分开"),
        ({"in_force_from": "2024-01-02", "in_force_until": "2024-01-01"}, "最后有效日不能早于生效日期"),
    ],
)
def test_a_bad_row_is_refused_with_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    import datetime as dt

    for name in ("in_force_from", "in_force_until"):
        if name in fields:
            fields[name] = dt.date.fromisoformat(fields[name])
    assert sentence in refusal(rule(**fields))


def test_a_city_must_lie_in_its_province() -> None:
    row = Override.objects.get(code="xiamen-not-filed")
    row.province = Province.objects.get(slug="anhui")
    assert "这个城市不在所选的省份里" in refusal(row)


def test_unsure_rows_are_kept_for_editors_only(client: Client, frozen: Any) -> None:
    frozen("2026-11-22")
    Rule.objects.filter(code="validity-temporary").update(confidence="low")
    page = client.get(
        "/filing/plan/?care=inpatient&insurance=resident&insured=340100&reason=visiting&stage=planning&treated=440100"
    )
    assert "有效期原则上不少于" not in page.content.decode()


def test_what_editors_changed_survives_loading_the_content_again() -> None:
    from django.conf import settings

    from yibao_site.content.filing import load_filing

    Rule.objects.filter(code="validity-long").update(text="编辑改过的话。")
    assert load_filing(settings.BASE_DIR / "fixtures") == {"filing rules": 0}
    assert Rule.objects.get(code="validity-long").text == "编辑改过的话。"
