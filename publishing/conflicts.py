"""Two people, one text: the second save is refused, shows both texts, and lets the editor choose field by field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.forms.models import model_to_dict
from django.http import QueryDict

from publishing.history import diff_html, readable, source_line
from publishing.richtext import RichTextField, sanitise


class Conflict(Exception):
    """The text in the database is not the one that the form was opened with."""


def token(revision: Any) -> str:
    """Which text a form shows; every POST carries it back."""
    return f"{revision.pk}-{revision.lock}"


@dataclass(frozen=True)
class Pair:
    """A field that the two editors left different."""

    name: str
    label: str
    theirs: str
    mine: str
    rich: bool = False
    touched: bool = True  # whether this editor changed it at all since the form was opened

    @property
    def diff(self) -> str:
        theirs, mine = (readable(text) if self.rich else text for text in (self.theirs, self.mine))
        return diff_html(theirs, mine)


@dataclass(frozen=True)
class Rows:
    """The inline rows (sources) of both editors."""

    prefix: str
    theirs: list[str]
    mine: list[str]
    data: str
    touched: bool = True
    fields: list[str] = field(default_factory=list)


def same(one: str, other: str) -> bool:
    """Whether two texts differ in nothing that a reader could see."""
    return plain(one) == plain(other)


def plain(text: str) -> str:
    """The text without what browsers and the editor put between the lines."""
    return "".join(sanitise(text).split()) if "<" in text else text.replace("\r\n", "\n").strip()


def base(revision: Any, names: Iterable[str]) -> str:
    """Marks of the texts that a form was opened with, to tell later which of them its editor touched."""
    marks = {name: _mark(str(getattr(revision, name) or "")) for name in names}
    return json.dumps({**marks, "rows": _mark("\n".join(_saved_lines(revision)))})


def _mark(text: str) -> str:
    return hashlib.sha256(plain(text).encode()).hexdigest()[:12]


def _touched(post: QueryDict, name: str, text: str) -> bool:
    try:
        marks = json.loads(post.get("base") or "{}")
    except (ValueError, RecursionError):
        marks = {}
    return not isinstance(marks, dict) or marks.get(name) != _mark(text)


def _saved_lines(revision: Any) -> list[str]:
    rows = revision.citations.select_related("policy", "recheck_with")
    return [source_line(number, row) for number, row in enumerate(rows, 1)]


def pairs(revision: Any, names: Iterable[str], post: QueryDict) -> list[Pair]:
    """The fields whose posted text is not the saved one."""
    found = []
    for name in names:
        model_field = revision._meta.get_field(name)
        if model_field.get_internal_type() == "BooleanField":
            continue
        theirs, mine = str(getattr(revision, name) or ""), post.get(name, "")
        if name in post and not same(theirs, mine):
            rich = isinstance(model_field, RichTextField)
            found.append(
                Pair(
                    name,
                    str(model_field.verbose_name),
                    theirs,
                    mine.replace("\r\n", "\n"),
                    rich,
                    _touched(post, name, mine),
                )
            )
    return found


def posted_rows(post: QueryDict, prefix: str) -> list[dict[str, str]]:
    """The rows of a formset as they were posted, without those that were ticked to go."""
    rows = []
    for index in range(_count(post, prefix)):
        start = f"{prefix}-{index}-"
        row = {key.removeprefix(start): value for key, value in post.items() if key.startswith(start)}
        if not row.pop("DELETE", ""):
            rows.append(row)
    return rows


def _count(post: QueryDict, prefix: str) -> int:
    total = post.get(f"{prefix}-TOTAL_FORMS", "")
    return min(int(total), 1000) if total.isdecimal() and len(total) < 9 else 0


def renumber(post: QueryDict, prefix: str) -> list[int]:
    """Puts rows that autosave has stored before the new ones, as a formset wants them; gives back the old order."""
    total = _count(post, prefix)
    keys = [key for key in post if key.startswith(f"{prefix}-") and key.split("-")[1].isdecimal()]
    order = sorted(range(total), key=lambda index: not post.get(f"{prefix}-{index}-id"))
    place = {str(index): str(position) for position, index in enumerate(order)}
    moved = {}
    for key in keys:
        _, index, name = key.split("-", 2)
        if index in place:
            moved[f"{prefix}-{place[index]}-{name}"] = post.getlist(key)
        del post[key]
    for key, values in moved.items():
        post.setlist(key, values)
    post[f"{prefix}-INITIAL_FORMS"] = str(sum(bool(post.get(f"{prefix}-{index}-id")) for index in range(total)))
    return order


def row_lines(model: Any, rows: list[dict[str, str]]) -> list[str]:
    """Posted sources as a person reads them."""
    policies = model._meta.get_field("policy").related_model.objects
    keys = {row.get(name, "") for row in rows for name in ("policy", "recheck_with")}
    asked = [key for key in keys if key.isdecimal() and len(key) < 19]
    known = {str(policy.pk): policy for policy in policies.filter(pk__in=asked)}
    lines = []
    for number, row in enumerate((row for row in rows if row.get("policy")), 1):
        if row["policy"] in known:
            citation = model(policy=known[row["policy"]], clause=row.get("clause", ""), note=row.get("note", ""),
                             as_history=bool(row.get("as_history")), recheck_with=known.get(row.get("recheck_with", "")))  # fmt: skip
            lines.append(source_line(number, citation))
    return lines


def compare_rows(revision: Any, prefix: str, names: list[str], post: QueryDict) -> Rows | None:
    """Both editors' sources, where they differ."""
    rows = posted_rows(post, prefix)
    mine = row_lines(revision.citation_model(), rows)
    theirs = _saved_lines(revision)
    return (
        None
        if mine == theirs
        else Rows(prefix, theirs, mine, json.dumps(rows), _touched(post, "rows", "\n".join(mine)), names)
    )


def compose(revision: Any, names: Iterable[str], prefix: str, row_names: list[str], post: QueryDict) -> QueryDict:
    """The form that the editor's choices amount to, as if it had been typed into the newest text."""
    data = QueryDict(mutable=True)
    for name in names:
        value = _chosen(revision, name, post)
        if value is not None:
            data[name] = value
    mine = _rows_chosen(post)
    existing = list(revision.citations.all())
    for index, row in enumerate(existing):
        values = model_to_dict(row, fields=[*row_names, "id"])
        if mine is not None:
            values["DELETE"] = "on"
        _put_row(data, prefix, index, values)
    for index, row in enumerate(mine or [], len(existing)):
        _put_row(data, prefix, index, {name: row.get(name, "") for name in row_names})
    data[f"{prefix}-TOTAL_FORMS"] = str(len(existing) + len(mine or []))
    data[f"{prefix}-INITIAL_FORMS"] = str(len(existing))
    data["version_token"] = post.get("version_token", "")
    data["_continue"] = "1"
    return data


def _rows_chosen(post: QueryDict) -> list[dict[str, str]] | None:
    """The editor's own sources where they were chosen; None where the saved ones stay."""
    if post.get("choice_rows") != "mine":
        return None
    try:
        rows = json.loads(post.get("mine_rows") or "null")
    except (ValueError, RecursionError):
        return None
    return [row for row in rows if isinstance(row, dict)][:1000] if isinstance(rows, list) else None


def _chosen(revision: Any, name: str, post: QueryDict) -> str | None:
    choice = post.get(f"choice_{name}", "theirs")
    if choice == "mine":
        return post.get(f"mine_{name}", "")
    if choice == "merged":
        return post.get(f"merged_{name}", "")
    value = getattr(revision, name)
    if isinstance(value, bool):
        return "on" if value else None
    return str(value or "")


def _put_row(data: QueryDict, prefix: str, index: int, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is not None and value is not False and value != "":
            data[f"{prefix}-{index}-{name}"] = "on" if value is True else str(value)
