"""Loads reference data: topics, places, policy documents and figures."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils import timezone

from policies.models import Parameter, ParameterValue, PolicyDocument, start_of
from taxonomy.models import City, Province, ProvinceFact, Term, Topic
from yibao_site.content.files import ContentError, Row, read


def check(instance: Model, row: Row, exclude: list[str] | None = None) -> None:
    """Runs the model's own validation and names the field that failed."""
    try:
        instance.full_clean(exclude=exclude)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise row.fail(field, str(messages[0])) from error


def one_of(row: Row, field: str, known: dict[str, Model], value: object) -> Model:
    """The row that a natural key names."""
    try:
        return known[str(value)]
    except KeyError:
        raise row.fail(field, f"“{value}” is not known") from None


def load_topics(path: Path) -> int:
    rows = read(path, "slug")
    for row in rows:
        topic = Topic.objects.filter(slug=row.text("slug")).first() or Topic(slug=row.text("slug"))
        topic.name, topic.description = row.text("name"), row.text("description", "")
        topic.group, topic.order = row.text("group", ""), row.number("order")
        check(topic, row)
        topic.save()
    return len(rows)


PROVINCE_TEXTS = ("name", "short_name", "slug", "region", "bureau_name", "bureau_host", "service_hall_host",
                  "intra_exempt", "intra_exempt_confidence", "mutual_exemption")  # fmt: skip


def load_provinces(path: Path) -> int:
    rows = read(path, "slug")
    for row in rows:
        province = Province.objects.filter(code=row.text("code")).first() or Province(code=row.text("code"))
        for field in PROVINCE_TEXTS:
            setattr(province, field, row.text(field, ""))
        province.region = {label: value for value, label in Province._meta.get_field("region").choices}.get(
            province.region, province.region
        )
        province.local_channels = row.lines("local_channels")
        province.single_pool = row.flag("single_pool")
        province.prefecture_count = row.number("prefecture_count")
        province.intra_exempt_since = row.day("intra_exempt_since")
        check(province, row)
        province.save()
        _load_facts(province, row)
    known = {province.slug: province for province in Province.objects.all()}
    for row in rows:
        near = [one_of(row, "neighbours", known, slug) for slug in row.items("neighbours")]
        known[row.text("slug")].neighbours.add(*near)
    return len(rows)


def _load_facts(province: Province, row: Row) -> None:
    province.facts.all().delete()
    facts = [
        ProvinceFact(
            province=province, text=fact.text("text"), confidence=fact.text("confidence", "medium"),
            source=fact.text("source", ""), source_url=fact.text("source_url", ""), as_of=fact.text("as_of", ""), order=order,
        )
        for order, fact in enumerate(row.rows("facts"))
    ]  # fmt: skip
    facts += [
        ProvinceFact(province=province, text=str(text), is_unknown=True, order=100 + order)
        for order, text in enumerate(row.items("unknown"))
    ]
    for fact in facts:
        check(fact, row)
    ProvinceFact.objects.bulk_create(facts)


def load_cities(path: Path) -> int:
    rows = read(path, "code")
    provinces = {province.slug: province for province in Province.objects.all()}
    have = {city.code: city for city in City.objects.all()}
    cities = []
    for row in rows:
        city = have.get(row.text("code")) or City(code=row.text("code"))
        city.province = one_of(row, "province", provinces, row.text("province"))
        city.landing = one_of(row, "landing", provinces, row.text("landing"))
        for field in ("name", "short_name", "pinyin", "kind", "note"):
            setattr(city, field, row.text(field, ""))
        city.aliases = row.lines("aliases")
        cities.append(city)
    City.objects.bulk_create([city for city in cities if not city.pk])
    City.objects.bulk_update([city for city in cities if city.pk],
                             ["province", "landing", "name", "short_name", "pinyin", "kind", "note", "aliases"])  # fmt: skip
    return len(rows)


POLICY_TEXTS = ("title", "number", "number_confidence", "issuer", "kind", "date_note", "partly_superseded_note", "url",
                "confidence", "summary")  # fmt: skip
POLICY_DAYS = ("issued_on", "published_on", "in_force_from", "in_force_until")


def _new_policy(row: Row) -> PolicyDocument:
    """A document with the public number that the file gives it (`/policies/20/`), if that is still free."""
    number = row.number("id") if "id" in row.data else None
    taken = PolicyDocument.objects.filter(pk=number).exists()
    return PolicyDocument(code=row.text("code"), pk=None if taken else number)


def load_policies(path: Path) -> int:
    """Documents first, then who supersedes whom, so that the order in the file does not matter."""
    rows = read(path, "code")
    for row in rows:
        policy = PolicyDocument.objects.filter(code=row.text("code")).first() or _new_policy(row)
        for field in POLICY_TEXTS:
            setattr(policy, field, row.text(field, ""))
        for field in POLICY_DAYS:
            setattr(policy, field, row.day(field))
        policy.historical = row.flag("historical")
        check(policy, row)
        policy.save()
    known = {policy.code: policy for policy in PolicyDocument.objects.all()}
    for row in rows:
        policy = known[row.text("code")]
        for field in ("superseded_by", "partly_superseded_by"):
            code = row.text(field, "")
            setattr(policy, field, one_of(row, field, known, code) if code else None)
        check(policy, row)
        policy.save()
    return len(rows)


def load_parameters(path: Path) -> int:
    rows = read(path, "key")
    policies = {policy.code: policy for policy in PolicyDocument.objects.all()}
    provinces = {province.slug: province for province in Province.objects.all()}
    for row in rows:
        parameter = Parameter.objects.filter(key=row.text("key")).first() or Parameter(key=row.text("key"))
        parameter.label, parameter.unit, parameter.note = row.text("label"), row.text("unit", ""), row.text("note", "")
        check(parameter, row)
        parameter.save()
        if parameter.values.exists():
            continue  # figures that editors may have changed since are theirs
        for entry in row.rows("values"):
            value = ParameterValue(parameter=parameter, value=entry.text("value"), clause=entry.text("clause", ""))
            place, code = entry.text("province", ""), entry.text("policy", "")
            value.province = one_of(entry, "province", provinces, place) if place else None
            value.policy = one_of(entry, "policy", policies, code) if code else None
            value.source_note = entry.text("source_note", "")
            value.confidence = entry.text("confidence", "high")
            value.in_force_from, value.in_force_until = entry.day("in_force_from"), entry.day("in_force_until")
            value.verified_on = entry.day("verified_on")
            check(value, entry)
            _insert(value)
    return len(rows)


def _insert(value: ParameterValue) -> None:
    """Values known from the start are no news to readers; only one that takes effect later is."""
    start = start_of(value.in_force_from) if value.in_force_from else None
    value.noticed_at = start if start and start > timezone.now() else None
    ParameterValue.objects.bulk_create([value])


def load_glossary(path: Path) -> int:
    """Terms; where one rests on a document, its number and clause are the source that readers see."""
    rows = read(path, "term")
    topics = {topic.slug: topic for topic in Topic.objects.all()}
    policies = {policy.code: policy for policy in PolicyDocument.objects.all()}
    for order, row in enumerate(rows, 1):
        term = Term.objects.filter(name=row.text("term")).first() or Term(name=row.text("term"), slug=f"term-{order}")
        term.order, term.definition, term.aliases = order, row.text("definition"), row.lines("aliases")
        term.topic = one_of(row, "topic", topics, row.text("topic")) if row.text("topic", "") else None
        code = row.text("policy", "")
        policy = one_of(row, "policy", policies, code) if code else None
        name = (policy.number or f"《{policy.title}》") if policy else ""
        term.source = f"{name}{row.text('clause', '')}"
        term.confusable, term.facts = row.lines("confusable_with"), " ".join(map(str, row.items("fact")))
        check(term, row)
        term.save()
    return len(rows)


def load_reference(folder: Path) -> dict[str, int]:
    """Loads all reference files of a folder; gives back how many rows each had."""
    loaders = {"topics": load_topics, "provinces": load_provinces, "cities": load_cities,
               "policies": load_policies, "parameters": load_parameters, "glossary": load_glossary}  # fmt: skip
    counts = {}
    for name, load in loaders.items():
        path = folder / f"{name}.yaml"
        if not path.exists():
            raise ContentError(f"{path.name}: the file is missing")
        counts[name] = load(path)
    return counts
