"""Documents as a folder of Markdown files: front matter with every field, then the body. Both ways without loss.

The body keeps its HTML, which is valid Markdown, so that nothing is lost between the two forms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import connection, transaction

from publishing.registry import ContentType, content_types
from publishing.rows import Outcome, Row, RowError, columns, row_of, store

FENCE = "---\n"
LISTS = {
    "scope",
    "steps",
    "checklist",
    "exceptions",
    "sources",
    "topics",
    "provinces",
    "search_terms",
    "trace",
    "related",
    "related_questions",
}

NAMES_OTHERS = {"related", "related_questions"}


@dataclass
class Report:
    """What an import did, or would do: outcomes, and one sentence a bad file."""

    outcomes: list[Outcome] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def counts(self) -> tuple[int, int, int]:
        """New, changed and unchanged pages."""
        new = sum(outcome.is_new for outcome in self.outcomes)
        changed = sum(bool(outcome.changed) and not outcome.is_new for outcome in self.outcomes)
        return new, changed, len(self.outcomes) - new - changed


def write_folder(folder: Path) -> int:
    """Writes every document as `<type>/<id>.md`; gives back how many."""
    count = 0
    for kind in content_types():
        (folder / kind.name).mkdir(parents=True, exist_ok=True)
        documents = (
            kind.model.objects.select_related("live", "owner").prefetch_related("topics", "provinces").order_by("pk")
        )
        for document in documents:
            if document.revisions.exists():
                path = folder / kind.name / f"{document.pk}.md"
                path.write_text(to_markdown(kind, row_of(kind, document)), encoding="utf-8")
                count += 1
    return count


def to_markdown(kind: ContentType, row: Row) -> str:
    """One file: front matter in the order of the columns, then the body."""
    matter: dict[str, Any] = {}
    for name in columns(kind):
        if name == "body":
            continue
        matter[name] = row[name].split("\n") if name in LISTS and row[name] else [] if name in LISTS else row[name]
    matter["id"] = int(row["id"])
    text = yaml.safe_dump(matter, allow_unicode=True, sort_keys=False, width=10_000)
    return f"{FENCE}{text}{FENCE}\n{row['body']}\n"


def from_markdown(text: str) -> Row:
    """The row of a file; RowError where it is no such file."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n")
    parts = text.split(FENCE, 2)
    if len(parts) != 3 or parts[0].strip():
        raise RowError("文件开头要有用 --- 隔开的字段。")
    try:
        matter = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"第{mark.line + 2}行" if mark else ""
        raise RowError(f"开头的字段{where}写得不对，请检查冒号、引号和缩进。") from error
    if not isinstance(matter, dict):
        raise RowError("开头的字段要一行一个，写成“名称: 值”。")
    row = {str(name): _text(str(name), value) for name, value in matter.items()}
    return {**row, "body": parts[2].strip()}


def _text(name: str, value: Any) -> str:
    if isinstance(value, list):
        if any(isinstance(entry, dict | list) for entry in value):
            raise RowError(f"“{name}”里有一条没有加引号，冒号后面的内容被拆开了。")
        return "\n".join(str(entry) for entry in value)
    if isinstance(value, dict):
        raise RowError(f"“{name}”要写成一行文字或一个列表。")
    return "" if value is None else str(value)


def read_folder(folder: Path, user: Any, *, dry_run: bool = False) -> Report:
    """Reads all files into drafts, or, if one of them is bad or this is a dry run, none."""
    report = Report()
    with transaction.atomic():
        for name_others in (False, True):
            report.outcomes += _pass(folder, user, report.errors, name_others=name_others)
            if report.errors:
                break
        if report.errors or dry_run:
            transaction.set_rollback(True)
        else:
            _reset_ids()
    return report


def _pass(folder: Path, user: Any, errors: list[str], *, name_others: bool) -> list[Outcome]:
    """First every page by itself, then once more with the pages that it names, which by then are all there."""
    outcomes = []
    for kind, path in _files(folder):
        try:
            row = from_markdown(path.read_text(encoding="utf-8"))
            if not name_others:
                row = {name: value for name, value in row.items() if name not in NAMES_OTHERS}
            with transaction.atomic():
                outcomes.append(store(kind, row, user))
        except (RowError, ValidationError, UnicodeDecodeError) as error:
            sentence = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            errors.append(f"{path.relative_to(folder)}\uff1a{sentence}")
    return [] if name_others else outcomes


def _files(folder: Path) -> Iterator[tuple[ContentType, Path]]:
    """Questions before articles, which name them; in the order of their numbers."""
    for kind in sorted(content_types(), key=lambda kind: kind.name != "question"):
        paths = sorted((folder / kind.name).glob("*.md"), key=lambda path: (len(path.stem), path.stem))
        for path in paths:
            yield kind, path


def _reset_ids() -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [kind.model for kind in content_types()]):
            cursor.execute(statement)
