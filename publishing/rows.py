"""A document as one flat row of texts, for spreadsheets and files, both ways without loss. What is read becomes a draft."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction

from policies.models import PolicyDocument
from publishing.conflicts import same
from publishing.drafts import set_aside
from publishing.models import Availability, Origin, State, validate_places
from publishing.registry import ContentType
from publishing.row_cells import (
    LABELS,
    Row,
    RowError,
    as_text,
    day_of,
    known_policy,
    known_slugs,
    row_error,
    slugs_in,
    sources_of,
    value_of,
)  # fmt: skip
from publishing.rules import may_publish
from publishing.workflow import record_figures
from taxonomy.models import Province, Topic

IDENTITY = ["topics", "provinces", "search_terms", "origin", "review_due_on", "owner"]


@dataclass
class Outcome:
    """What a row did, or would do."""

    document: Any
    title: str
    is_new: bool = False
    changed: list[str] = field(default_factory=list)


def text_columns(kind: ContentType) -> list[str]:
    """The fields of a text that travel, in reading order."""
    revision = revision_model(kind)
    lines = list(revision.LINE_FIELDS)
    names = [
        "title",
        "summary",
        *lines[:-1],
        "body",
        *lines[-1:],
        "cover",
        "cover_alt",
        "change_note",
        "is_minor",
        "trace",
    ]
    known = {one.name for one in revision._meta.concrete_fields}
    return [name for name in names if name in known]


def columns(kind: ContentType) -> list[str]:
    """All columns of a type."""
    return ["id", *text_columns(kind), "sources", *IDENTITY, *kind.model.EXTRA_COLUMNS]


def label_of(kind: ContentType, name: str) -> str:
    """The heading of a column."""
    if name in LABELS:
        return LABELS[name]
    owner = kind.model if name in kind.model.EXTRA_COLUMNS else revision_model(kind)
    return kind.model.EXTRA_COLUMNS.get(name) or str(owner._meta.get_field(name).verbose_name)


def revision_model(kind: ContentType) -> Any:
    return kind.model._meta.get_field("live").related_model


# Out


def row_of(kind: ContentType, document: Any) -> Row:
    """The newest text of a document, in work or live, with its identity."""
    revision = document.working_revision or document.live or document.revisions.order_by("-number").first()
    return {
        "id": str(document.pk),
        **text_row(kind, revision),
        "sources": sources_text(revision),
        **identity_row(document),
    }


def text_row(kind: ContentType, revision: Any) -> Row:
    return {name: as_text(getattr(revision, name)) for name in text_columns(kind)}


def sources_text(revision: Any) -> str:
    """The sources, one a line: code | clause | note | 历史 | code of the document to check with."""
    lines = []
    for citation in revision.citations.select_related("policy", "recheck_with"):
        parts = [citation.policy.code, citation.clause, citation.note, "历史" if citation.as_history else "",
                 citation.recheck_with.code if citation.recheck_with else ""]  # fmt: skip
        lines.append(" | ".join(part.replace("|", "\\|").replace("\n", " ") for part in parts).rstrip(" |"))
    return "\n".join(lines)


def identity_row(document: Any) -> Row:
    places = [] if document.nationwide else [province.slug for province in document.provinces.all()]
    return {
        "topics": "\n".join(topic.slug for topic in document.topics.all()),
        "provinces": "\n".join(places),
        "search_terms": as_text(document.search_terms),
        "origin": str(document.origin),
        "review_due_on": str(document.review_due_on or ""),
        "owner": document.owner.name if document.owner else "",
        **document.extra_row(),
    }


# In


@transaction.atomic
def store(kind: ContentType, row: Row, user: Any) -> Outcome:
    """Puts a row into a draft; a row that says nothing new changes nothing. RowError where it cannot be read."""
    row = {name: as_text(value) for name, value in row.items() if name in columns(kind)}
    if not row.get("title"):
        raise RowError("标题是空的，请写上。")
    document = _find(kind, row)
    refuse_promises(kind, document, row, user)
    outcome = Outcome(document, row["title"], is_new=document is None)
    if document is None:
        document = outcome.document = _create(kind, row)
        current = None
    else:
        current = document.working_revision or document.live or document.revisions.order_by("-number").first()
        _keep_identity(document, row)
    outcome.changed = _changed(kind, current, row)
    if outcome.changed:
        _draft(kind, document, current, row, user)
        document.record(user, "import", changed=outcome.changed)
    return outcome


def refuse_promises(kind: ContentType, document: Any | None, row: Row, user: Any) -> None:
    """When a page is reviewed and by whom is decided by those who publish, in a table as in the admin."""
    if user is None or may_publish(user, kind.model):
        return
    have = identity_row(document) if document else {}
    differing = [LABELS[name] for name in ("review_due_on", "owner") if name in row and row[name] != have.get(name, "")]
    if differing:
        raise RowError(f"“{'、'.join(differing)}”由审核人决定，请把这几格改回原样或留空。")


def _find(kind: ContentType, row: Row) -> Any | None:
    number = row.get("id", "")
    if number:
        if not number.isdecimal() or len(number) > 18 or int(number) < 1:
            raise RowError(f"编号“{number}”不是数字，请留空或写已有页面的编号。")
        return kind.model.objects.select_related("live").filter(pk=int(number)).first()
    return kind.model.objects.select_related("live").filter(revisions__title=row["title"]).order_by("id").first()


def _changed(kind: ContentType, current: Any | None, row: Row) -> list[str]:
    """The columns in which the row differs from the newest text; a column that is not there says nothing."""
    if current is None:
        return [name for name, value in row.items() if value and name != "id"]
    have = {**text_row(kind, current), "sources": sources_text(current)}
    found = [name for name, value in have.items() if name in row and not same(value, row[name])]
    # A note about an earlier change is not a change.
    return [] if set(found) <= {"change_note", "is_minor"} else found


def _create(kind: ContentType, row: Row) -> Any:
    document = kind.model(pk=int(row["id"]) if row.get("id") else None)
    _apply_identity(document, row)
    return document


def _keep_identity(document: Any, row: Row) -> None:
    """On a page that readers know, topics and places are changed in the admin, where readers see it at once."""
    have = identity_row(document)
    differing = [
        name for name, value in have.items() if name in row and set(row[name].split("\n")) != set(value.split("\n"))
    ]
    if not differing:
        return
    if document.availability == Availability.UNPUBLISHED:
        _apply_identity(document, {**have, **row})
        return
    names = "、".join(LABELS.get(name) or type(document).EXTRA_COLUMNS[name] for name in differing)
    raise RowError(
        f"第{document.pk}号已经发布，“{names}”不能用导入来改，请在后台“栏目、地区与复核”里改，或把这几格改回原样。"
    )


def _apply_identity(document: Any, row: Row) -> None:
    topics, provinces = _named(Topic, row, "topics"), _named(Province, row, "provinces")
    document.nationwide, document.search_terms = not provinces, row.get("search_terms", "")
    document.origin = row.get("origin") or Origin.IMPORTED
    document.review_due_on = day_of(row.get("review_due_on", ""))
    document.owner = _owner(row.get("owner", ""))
    _checked(document)
    validate_places(document.nationwide, provinces)
    document.save()
    document.provinces.set(provinces)
    document.topic_items.all().delete()
    for topic in topics:
        document.topic_items.create(tag=topic)
    try:
        document.read_extra(row)
    except (ValueError, LookupError) as error:
        raise RowError(str(error)) from error


def _named(model: Any, row: Row, name: str) -> list[Any]:
    slugs = slugs_in(row, name)
    return known_slugs({one.slug: one for one in model.objects.filter(slug__in=slugs)}, slugs, name)


def _owner(name: str) -> Group | None:
    owner = Group.objects.filter(name=name).first() if name else None
    if name and owner is None:
        raise RowError(f"没有“{name}”这个小组，请先在后台建立。")
    return owner


def _draft(kind: ContentType, document: Any, current: Any | None, row: Row, user: Any) -> Any:
    """The new draft; a draft in work is set aside, one that waits for a reviewer is not touched."""
    if current is not None and current.state in {State.SUBMITTED, State.SCHEDULED}:
        raise RowError(f"第{document.pk}号有一版“{current.get_state_display()}”，请先退回再导入。")
    if current is not None and current.state in {State.DRAFT, State.REJECTED}:
        set_aside(current, user)
    model = revision_model(kind)
    newest = document.revisions.order_by("-number").values_list("number", flat=True).first() or 0
    draft = model(document=document, number=newest + 1, author=user)
    for name in text_columns(kind):
        value = row[name] if name in row else (getattr(current, name) if current else "")
        setattr(draft, name, value_of(model._meta.get_field(name), value))
    _checked(draft, exclude=["document"])
    draft.save()
    _cite(draft, row.get("sources", "") if "sources" in row or current is None else sources_text(current))
    record_figures(draft)
    return draft


def _cite(draft: Any, text: str) -> None:
    for fields in sources_of(text, _policy):
        citation = draft.citation_model()(revision=draft, **fields)
        _checked(citation)
        citation.save()


def _policy(code: str, position: int) -> PolicyDocument:
    return known_policy(PolicyDocument.objects.filter(code=code).first(), code, position)


def _checked(instance: Any, exclude: list[str] | None = None) -> None:
    try:
        instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise row_error(instance, error) from error
