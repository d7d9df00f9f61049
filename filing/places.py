"""Finds the place a reader means: by code in the URL, by name, alias or pinyin in the search box."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property

from filing.cases import OUTSIDE, Place
from taxonomy.models import City, Exemption, Province

MUNICIPALITY = "直辖市"
ANY, DIRECT = "-any", "-direct"
CITIES = "-cities"  # stands in the search box's place: this province, now choose the city
MAX_TEXT, MAX_FOUND = 20, 12
LONG_NUMBER = re.compile(r"\d{7}")
WARNING = "勿与"  # how the city list marks look-alikes


def place_value(province: Province) -> str:
    """What stands in the URL for a whole province: itself where a filing may name it, else "city not known"."""
    return province.slug if province.single_pool else province.slug + ANY


def search_text(text: str) -> str:
    """What may stay of a typed text: short, and no long run of digits, so that no personal number gets into a URL."""
    text = " ".join(text.split())
    return "" if len(text) > MAX_TEXT or LONG_NUMBER.search(text) or not text.isprintable() else text


class Gazetteer:
    """All provinces and cities, read once with two queries."""

    def __init__(self) -> None:
        self.provinces = {province.slug: province for province in Province.objects.all()}
        by_id = {province.pk: province for province in self.provinces.values()}
        self.cities = {city.code: city for city in City.objects.all()}
        for city in self.cities.values():
            city.landing = by_id[city.landing_id]

    @cached_property
    def _names(self) -> dict[Province | City, set[str]]:
        """Every row that may be found with all its names; a municipality is found as the province it is."""
        rows = [*self.provinces.values(), *(city for city in self.cities.values() if city.kind != MUNICIPALITY)]
        return {row: _names(row) for row in rows}

    def place(self, code: str) -> Place | None:
        """The place of a code; None where the code names none, or a province of which the city must be chosen."""
        if code in OUTSIDE:
            return OUTSIDE[code]
        if code in self.cities:
            return self._city(self.cities[code])
        province = self.provinces.get(code)
        if province:
            return self._province(province) if province.single_pool else None
        for ending, name in ((ANY, "（不清楚哪个城市）"), (DIRECT, "本级")):
            province = self.provinces.get(code.removesuffix(ending)) if code.endswith(ending) else None
            if province and not province.single_pool:
                whole = self._province(province)
                return replace(whole, code=code, name=province.name + name, direct=ending == DIRECT)
        return None

    def _province(self, province: Province) -> Place:
        return Place(
            province.slug, province.name, province=province.slug, province_name=province.name, whole=province.single_pool,
            one_pool=province.single_pool and province.intra_exempt == Exemption.NOT_APPLICABLE,
        )  # fmt: skip

    def _city(self, city: City) -> Place:
        whole = self._province(city.landing)
        if city.kind == MUNICIPALITY:
            return replace(whole, note=city.note)
        capital = city.code.endswith("0100")  # GB/T 2260 numbers the capital first
        return replace(whole, code=city.code, name=city.name, city=city.code, capital=capital, note=city.note)

    def choices(self, slug: str, insured: bool) -> list[Place]:
        """The cities of a province that must be chosen from, "not sure" and, for the insured, 省本级."""
        found = [self._city(city) for city in self.cities.values() if city.landing.slug == slug]
        endings = (DIRECT, ANY) if insured else (ANY,)
        return found + [place for place in (self.place(slug + ending) for ending in endings) if place]

    def resolve(self, text: str) -> Place | None:
        """The place of a code, or the only one that a text can mean."""
        place = self.place(text)
        if place is None:
            found = self.find(text)
            place = found[0] if len(found) == 1 and isinstance(found[0], Place) else None
        return place

    def offers(self, text: str, insured: bool) -> list[tuple[str, str, str]]:
        """What a reader may choose from after typing a text: value, label and a warning."""
        found = self.find(text)
        slug = text.removesuffix(CITIES) if text.endswith(CITIES) else ""
        if len(found) == 1 and isinstance(found[0], Province):
            slug = found[0].slug
        if slug in self.provinces:
            return [(place.code, place.name, place.note) for place in self.choices(slug, insured)]
        return [
            (row.slug + CITIES, row.name, "") if isinstance(row, Province) else (row.code, row.label, row.note)
            for row in found
        ]

    def find(self, text: str) -> list[Place | Province]:
        """What a reader may mean, likeliest first: exact names, then what sounds or looks alike, then parts of names.

        A province whose city must be chosen is given back as the province itself."""
        wanted = "".join(text.split()).lower()
        if not wanted or len(wanted) > MAX_TEXT:
            return []
        exact = [row for row, names in self._names.items() if wanted in names]
        sounds = {_sound(row) for row in exact}
        alike = [
            row for row in self._names if row not in exact and (_sound(row) in sounds or _confusable(row, exact))
        ] if exact else []  # fmt: skip
        found = exact + alike or [
            row for row, names in self._names.items() if any(_part(wanted, name) for name in names)
        ]
        return [self._offer(row) for row in found[:MAX_FOUND]]

    def _offer(self, row: Province | City) -> Place | Province:
        if isinstance(row, City):
            return self._city(row)
        return self._province(row) if row.single_pool else row


def _names(row: Province | City) -> set[str]:
    names = {row.name, row.short_name, _sound(row)}
    names |= {row.slug} if isinstance(row, Province) else set(row.aliases.splitlines())
    return {name.lower() for name in names}


def _sound(row: Province | City) -> str:
    """The pinyin without tones; the second a of shaanxi only tells 陕西 from 山西 in Latin letters."""
    return row.slug.replace("aa", "a") if isinstance(row, Province) else row.pinyin


def _confusable(row: Province | City, exact: list[Province | City]) -> bool:
    """Whether the note of a city found warns of this row （朝阳市 of 北京）, or this row is a longer name that warns of
    one found （海南州 of 海南省）."""
    return any(_warns(one, row) or (_warns(row, one) and row.short_name.startswith(one.short_name)) for one in exact)


def _warns(row: Province | City, other: Province | City) -> bool:
    return isinstance(row, City) and WARNING in row.note and other.short_name in row.note


def _part(wanted: str, name: str) -> bool:
    return name.startswith(wanted) or (not wanted.isascii() and wanted in name)
