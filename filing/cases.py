"""What a reader told us: two places and four answers. No personal data, no database."""

from __future__ import annotations

from dataclasses import dataclass

from filing.vocabulary import Destination, Relation

CORPS_NEIGHBOURS = {"xinjiang", "bingtuan"}


@dataclass(frozen=True)
class Place:
    """Where somebody is insured or treated. `code` is what stands in the URL."""

    code: str
    name: str
    province: str = ""
    province_name: str = ""
    city: str = ""  # GB/T 2260; empty where only the province is known
    whole: bool = False  # a filing may name the province only
    one_pool: bool = False  # the province is one 统筹地区
    capital: bool = False
    direct: bool = False  # insured with the province itself （省本级）
    note: str = ""

    @property
    def label(self) -> str:
        """The name with its province where that helps."""
        return f"{self.name}（{self.province_name}）" if self.city and self.province_name != self.name else self.name

    @property
    def destination(self) -> str:
        """Down to which place a filing for a visit here must go."""
        if self.whole:
            return Destination.WHOLE
        if not self.city:
            return Destination.OPEN
        return Destination.CAPITAL if self.capital else Destination.CITY


OUTSIDE = {
    Relation.HMT.value: Place(Relation.HMT.value, "香港、澳门或台湾"),
    Relation.ABROAD.value: Place(Relation.ABROAD.value, "国外"),
}


def relation(insured: Place, treated: Place) -> Relation:
    """How the two places lie to each other; "local" only where that is certain."""
    if treated.code in OUTSIDE:
        return Relation(treated.code)
    if insured.province == treated.province:
        same_city = bool(insured.city) and insured.city == treated.city
        return Relation.LOCAL if insured.one_pool or same_city else Relation.SAME_PROVINCE
    if {insured.province, treated.province} == CORPS_NEIGHBOURS:
        return Relation.CORPS
    return Relation.CROSS_PROVINCE


@dataclass(frozen=True)
class Case:
    """One situation; answers that were not asked are empty."""

    insured: Place
    treated: Place
    reason: str = ""
    insurance: str = ""
    care: str = ""
    stage: str = ""

    @property
    def relation(self) -> Relation:
        return relation(self.insured, self.treated)
