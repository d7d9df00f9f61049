"""What stands in one cell of a row, both ways: texts, days, ticks, short names and sources."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db.models import FileField

from policies.models import PolicyDocument

Row = dict[str, str]
LABELS = {
    "id": "编号", "sources": "依据", "topics": "栏目", "provinces": "省份", "search_terms": "检索词", "origin": "来源",
    "review_due_on": "下次核对", "owner": "负责小组",
}  # fmt: skip
SEPARATORS = re.compile(r"[;,\n\uff0c\u3001\uff1b]")
SEPARATOR = re.compile(r"(?<!\\)\|")
FLAGS = {"": False, "0": False, "否": False, "false": False, "1": True, "是": True, "true": True}


class RowError(Exception):
    """A row cannot be read; the text is a sentence for the editor."""


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else ""
    return str(value or "").replace("\r\n", "\n").strip()


def slugs_in(row: Row, name: str) -> list[str]:
    """The short names that a cell lists."""
    return [slug.strip() for slug in SEPARATORS.split(row.get(name, "")) if slug.strip()]


def known_slugs(known: dict[str, Any], slugs: list[str], name: str) -> list[Any]:
    """What the short names stand for, each once; RowError for one that is unknown."""
    for slug in slugs:
        if slug not in known:
            raise RowError(f"{LABELS[name]}“{slug}”不存在，请用后台列表里的英文短名。")
    return [known[slug] for slug in dict.fromkeys(slugs)]


def day_of(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10]) if text else None
    except ValueError as error:
        raise RowError(f"下次核对“{text}”不是日期，请写成 2027-01-31 的样子。") from error


def value_of(model_field: Any, value: Any) -> Any:
    if model_field.get_internal_type() == "BooleanField" and isinstance(value, str):
        if value.lower() not in FLAGS:
            raise RowError(f"“{model_field.verbose_name}”只能写“是”或留空，不能写“{value}”。")
        return FLAGS[value.lower()]
    if isinstance(model_field, FileField) and value and not default_storage.exists(str(value)):
        raise RowError(f"没有找到图片 {value}，请先上传，或者把“{model_field.verbose_name}”留空。")
    return value


def sources_of(text: str, policy: Callable[[str, int], PolicyDocument]) -> Iterator[dict[str, Any]]:
    """The fields of each citation that a cell names, one a line; `policy` finds a document or says that it is unknown."""
    for position, line in enumerate((line for line in text.split("\n") if line.strip()), 1):
        parts = [part.replace("\\|", "|").strip() for part in SEPARATOR.split(line)]
        parts += [""] * (5 - len(parts))
        code, clause, note, history, recheck = parts[:5]
        if history not in {"", "历史"}:
            raise RowError(f"依据第{position}行的第四格只能写“历史”或留空，不能写“{history}”。")
        yield {"position": position, "clause": clause, "note": note, "as_history": bool(history),
               "policy": policy(code, position), "recheck_with": policy(recheck, position) if recheck else None}  # fmt: skip


def known_policy(found: PolicyDocument | None, code: str, position: int) -> PolicyDocument:
    """The document that was found; RowError where there is none."""
    if found is None:
        raise RowError(f"依据第{position}行的文件编号“{code}”不存在，请用政策文件列表里的编号，如 P20。")
    return found


def row_error(instance: Any, error: ValidationError) -> RowError:
    """The first thing that is wrong, in a sentence."""
    name, sentences = next(iter(error.message_dict.items()))
    label = instance._meta.get_field(name).verbose_name if name != "__all__" else ""
    return RowError(f"{label}\uff1a{sentences[0]}")
