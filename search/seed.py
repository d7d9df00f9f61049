"""First words for search: the glossary's everyday names and `search_words.yaml`. What editors have is left alone."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError

from search import lexicon, statistics
from search.figures import figures_today
from search.models import IndexState, WordSet, WordSetKind

_ASIDE = re.compile(r"（(.*?)）")


def load_words(folder: Path) -> int:
    """Creates the word sets of a content folder that are not there yet; gives back how many."""
    rows = _read(folder / "search_words.yaml")
    rows += glossary_sets(_read(folder / "glossary.yaml"))
    known = set(WordSet.objects.values_list("name", flat=True))
    fresh = [_word_set(row) for row in rows if row["name"] not in known]
    for words in fresh:
        try:
            words.full_clean()
        except ValidationError as error:
            raise ValueError(f"word set “{words.name}”: {'; '.join(error.messages)}") from error
    WordSet.objects.bulk_create(fresh)
    return len(fresh)


def settle() -> None:
    """After many documents or words came at once: counts words anew, and lets all processes read the lists again."""
    statistics.refresh()
    IndexState.objects.filter(pk=1).update(figures=figures_today())
    lexicon.touch()


def glossary_sets(terms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A synonym set for each glossary term with its everyday names."""
    plain = [_ASIDE.sub("", row["term"]).strip() for row in terms]
    shared = Counter(plain)
    sets = []
    for row, name in zip(terms, plain, strict=True):
        # A name that stands for several terms, such as 居民医保, would tie them all together.
        own = [part for part in name.split("/") if shared[name] == 1]
        words = list(dict.fromkeys(str(word) for word in [*own, *row["aliases"]]))
        if len(words) > 1:
            sets.append({"name": f"名词：{row['term']}"[:60], "kind": WordSetKind.SYNONYM, "words": words})
    return sets


def _word_set(row: dict[str, Any]) -> WordSet:
    return WordSet(name=row["name"], kind=row["kind"], words="\n".join(str(word) for word in row["words"]))


def _read(path: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else []
