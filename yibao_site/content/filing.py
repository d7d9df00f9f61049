"""Loads the rules of the filing guide; rows that editors may have changed since are theirs."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ValidationError

from filing.models import Exemption, Override, Rule, Sourced, StatementRow, refuse_overlap
from filing.vocabulary import CONDITIONS
from policies.models import PolicyDocument
from taxonomy.models import City, Province
from yibao_site.content.files import Row, read
from yibao_site.content.reference import check, one_of

KINDS: dict[str, type[Sourced]] = {"rule": Rule, "override": Override, "exemption": Exemption}


class _Names:
    """Everything that a row refers to by natural key, read once."""

    def __init__(self) -> None:
        self.policies = {policy.code: policy for policy in PolicyDocument.objects.all()}
        self.provinces = {province.slug: province for province in Province.objects.all()}
        self.cities = {city.code: city for city in City.objects.all()}


def load_filing(folder: Path) -> dict[str, int]:
    """Loads `filing.yaml` of a folder, if it is there; gives back how many rows are new."""
    path = folder / "filing.yaml"
    names = _Names()
    rows = [_load(row, names) for row in (read(path, "code") if path.exists() else [])]
    return {"filing rules": sum(rows)}


def _load(row: Row, names: _Names) -> bool:
    model = KINDS.get(row.text("kind"))
    if model is None:
        raise row.fail("kind", "must be rule, override or exemption")
    if model.objects.filter(code=row.text("code")).exists():
        return False
    instance = model(code=row.text("code"), text=row.text("text"))
    _source(instance, row, names)
    if isinstance(instance, StatementRow):
        _statement(instance, row)
    if isinstance(instance, Override):
        instance.province = one_of(row, "province", names.provinces, row.text("province"))
        instance.city = _city(row, names)
        instance.direct_only = row.flag("direct_only")
    if isinstance(instance, Exemption):
        _exemption(instance, row, names)
        return True
    check(instance, row)
    instance.save()
    return True


def _source(instance: Sourced, row: Row, names: _Names) -> None:
    code = row.text("policy", "")
    instance.policy = one_of(row, "policy", names.policies, code) if code else None
    for field in ("clause", "source_note"):
        setattr(instance, field, row.text(field, ""))
    instance.confidence = row.text("confidence", "high")
    instance.in_force_from, instance.in_force_until = row.day("from"), row.day("until")


def _statement(instance: StatementRow, row: Row) -> None:
    for field in ("verdict", "time", "cost"):
        setattr(instance, field, row.text(field, ""))
    instance.slot = row.text("slot")
    instance.questions = " ".join(str(number) for number in row.items("questions"))
    conditions = row.data.get("when") or {}
    for name, codes in conditions.items():
        if name not in CONDITIONS:
            raise row.fail("when", f"“{name}” is not a condition")
        setattr(instance, f"when_{name}", tuple(codes))


def _city(row: Row, names: _Names) -> City | None:
    code = row.text("city", "")
    return one_of(row, "city", names.cities, code) if code else None


def _exemption(instance: Exemption, row: Row, names: _Names) -> None:
    instance.name, instance.limit = row.text("name"), row.text("limit", "")
    instance.within, instance.partial = row.flag("within"), row.flag("partial")
    instance.cares, instance.city = tuple(row.items("cares")), _city(row, names)
    provinces = [one_of(row, "provinces", names.provinces, slug) for slug in row.items("provinces")]
    check(instance, row)
    try:
        refuse_overlap(instance.exemption(provinces), instance.pk)
    except ValidationError as error:
        raise row.fail("provinces", str(error.messages[0])) from error
    instance.save()
    instance.provinces.set(provinces)
