"""What a reader may be about to type: titles, topics and places by beginning, by middle, by pinyin and by initials."""

from __future__ import annotations

import logging
import re
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Q
from django.urls import reverse

from publishing import registry
from search import lexicon
from search.fallback import by_title, whole
from search.lexicon import Lexicon
from search.models import IndexEntry, IndexState
from search.pinyin import pinyin_of, syllables
from search.store import titles_holding
from search.text import compact, normalise, title_tokens

log = logging.getLogger(__name__)
MOST = 8
POOL = 40
_LETTERS = re.compile(r"[a-z ]+")


def suggest(text: str, most: int = MOST) -> list[dict[str, str]]:
    """Suggestions, best first, each with a label, what it is, and where it leads."""
    normal = normalise(text)[:40]
    if not compact(normal):
        return []
    try:
        with whole():
            return _from_index(normal)[:most]
    except DatabaseError:
        log.exception("search index cannot be read, titles only: run rebuild_search")
    hits = by_title(text).hits[:most]
    kinds = {kind.name: kind for kind in registry.content_types()}
    found = [(kinds[hit.candidate.kind], hit.candidate) for hit in hits]
    return [_row(one.heads, kind.label, _url(kind.model, one.object_id)) for kind, one in found]


def _from_index(normal: str) -> list[dict[str, str]]:
    now = IndexState.current()
    words = lexicon.current(now.lexicon)
    letters = normal.replace(" ", "") if _LETTERS.fullmatch(normal) else ""
    found = [*_topics(normal, letters, words), *_places(normal, letters, words)][:3]
    found += _titles(normal, letters, words, now.generation)
    return list({one["url"]: one for one in found}.values())


def _row(label: str, kind: str, url: str) -> dict[str, str]:
    return {"label": label, "kind": kind, "url": url}


def _topics(normal: str, letters: str, words: Lexicon) -> list[dict[str, str]]:
    plain = compact(normal)
    hits = [topic for topic in words.topics if plain in topic.name or _sounds(topic.name, letters)]
    hits.sort(key=lambda topic: not topic.name.startswith(plain))
    return [_row(topic.name, "栏目", topic.get_absolute_url()) for topic in hits[:2]]


def _places(normal: str, letters: str, words: Lexicon) -> list[dict[str, str]]:
    plain, rows = compact(normal), {}
    if len(plain) < 2:
        return []
    for name, pinyin, first, places in words.place_names:
        if name.startswith(plain) or (letters and (pinyin.startswith(letters) or first.startswith(letters))):
            for place in places:
                own = name.startswith(place.province_name)
                label = place.province_name if own else f"{name}（{place.province_name}）"
                rows.setdefault(place.province, (len(name), label))
    best = sorted((size, slug, label) for slug, (size, label) in rows.items())[:2]
    return [_row(label, "地区", reverse("province", args=[slug])) for _, slug, label in best]


def _sounds(name: str, letters: str) -> bool:
    """Whether the letters begin the pinyin of the name or are its first letters."""
    if len(letters) < 2:
        return False
    sounds = syllables(name)
    return "".join(sounds).startswith(letters) or "".join(sound[0] for sound in sounds).startswith(letters)


def _titles(normal: str, letters: str, words: Lexicon, generation: int) -> list[dict[str, str]]:
    """Titles that begin with the text or its sound, then titles that hold it."""
    columns = ("kind", "object_id", "title", "heads", "generation")
    found: dict[tuple[str, int], tuple[Any, ...]] = {}
    begins = letters or pinyin_of(normal)
    for field, prefix in (("pinyin", begins), ("initials", letters)):
        if len(prefix) > 1:
            # In the order of this index and with no other condition, so that it is read only as far as needed.
            rows = IndexEntry.objects.filter(starting_with(field, prefix)).order_by(field).values_list(*columns)[:POOL]
            found.update({row[:2]: row[:4] for row in rows if row[4] == generation})
    held = [normal] if not letters else [normal, *_sounding(letters, words)]
    for text in held[:4]:
        for row in titles_holding(title_tokens(text), POOL):
            found.setdefault(row[:2], row)
    plain = compact(normal)
    ranked = sorted(found.values(), key=lambda row: _order(row, plain, letters))
    urls = {kind.name: kind for kind in registry.content_types()}
    return [_row(title, urls[kind].label, _url(urls[kind].model, pk)) for kind, pk, title, _ in ranked[:MOST]]


def _order(row: tuple[Any, ...], plain: str, letters: str) -> tuple[Any, ...]:
    kind, pk, title, heads = row
    bare = compact(title)
    begins = bare.startswith(plain) or bool(letters and pinyin_of(title).startswith(letters))
    return (not begins, plain not in bare, plain not in heads, kind != "question", len(bare), pk)


def _sounding(letters: str, words: Lexicon) -> list[str]:
    """Known words whose pinyin begins with the letters, or whose first letters these are; the shortest first."""
    if len(letters) < 2:
        return []
    found = list(words.by_initials.get(letters, ()))
    if len(letters) > 2:
        found += [word for pinyin, word in words.spellings if pinyin.startswith(letters)]
    return sorted(dict.fromkeys(found), key=len)


def _url(model: Any, pk: int) -> str:
    return model(pk=pk).get_absolute_url()


def starting_with(field: str, prefix: str) -> Q:
    """The condition that a column of lower-case letters begins so, in the way that uses the index of each database."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + "{"})
    return Q(**{f"{field}__startswith": prefix})
