"""The real content taken apart: texts with everything that the index keeps of them, worked out once."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from bench.corpus.titles import Words
from policies.figures import Figures
from publishing.registry import ContentType
from publishing.rendering import BLOCK_END, FOOTNOTE
from publishing.richtext import sanitise, without_tags
from search.text import body_tokens, clean, normalise, runs, title_tokens

BLOCK = re.compile(r"<(p|ul|ol|h2|h3|blockquote|table)>.*?</\1>", re.DOTALL)
# A made page shares most of its text with a real one and takes so many blocks from others.
FOREIGN = 2
# So many different texts are made after each real page; each stands in many pages, under different titles.
VARIANTS = 24


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text as editors wrote it, as readers see it, and as search keeps it."""

    source: str
    text: str
    content: str
    tokens: list[str]

    @classmethod
    def of(cls, source: str, figures: Figures) -> Piece:
        text = clean(without_tags(BLOCK_END.sub("\n", figures.fill(FOOTNOTE.sub("", source))))).strip()
        return cls(source, text, "\n".join(runs(normalise(text))), body_tokens(text))


@dataclass(frozen=True, slots=True)
class Text:
    """The whole text of a made page: its body, and what the index keeps of body, short answer and lines."""

    body: str
    text: str
    content: str
    tokens: str

    @classmethod
    def of(cls, around: list[Piece], blocks: list[Piece]) -> Text:
        pieces = [piece for piece in (*around, *blocks) if piece.text]
        return cls(
            body="\n".join(block.source for block in blocks),
            text="\n".join(piece.text for piece in pieces),
            content="\n".join(piece.content for piece in pieces),
            tokens=" ".join(dict.fromkeys(token for piece in pieces for token in piece.tokens)),
        )


@dataclass(frozen=True)
class Model:
    """A real page after which others are made."""

    title: Words
    summary: Piece
    lines: list[Piece]
    blocks: list[Piece]
    terms: str
    heads: str
    head_tokens: list[str]
    topics: list[Any]
    citations: list[tuple[Any, ...]]
    figures: list[tuple[int, int | None]]
    fields: dict[str, Any]
    texts: list[Text] = field(default_factory=list)

    @classmethod
    def of(cls, document: Any) -> Model:
        """What a real document gives to those made after it."""
        revision, terms = document.live, document.search_terms.splitlines()
        figures = Figures.on(timezone.localdate(), revision.texts())
        return cls(
            title=Words.of(revision.title), summary=Piece.of(revision.summary, figures),
            lines=[Piece.of(getattr(revision, name), figures) for name in revision.LINE_FIELDS],
            blocks=[Piece.of(match[0], figures) for match in BLOCK.finditer(sanitise(revision.body))],
            terms=document.search_terms, heads="\n".join(["", *filter(None, map(normalise, terms))]),
            head_tokens=title_tokens("\n".join(terms)), topics=list(document.topics.all()),
            citations=[(one.policy_id, one.clause, one.note, one.position) for one in revision.citations.all()],
            figures=[(use.parameter_id, use.province_id) for use in revision.parameter_uses.all()],
            fields={"kind": document.kind} if hasattr(document, "kind") else {},
        )  # fmt: skip


def models_of(kind: ContentType, before: int, dice: random.Random) -> list[Model]:
    """The real pages of a type, those with numbers below `before`, each with the texts made after it."""
    pages = kind.model.objects.live().filter(pk__lt=before).order_by("pk")
    models = [Model.of(page) for page in pages.prefetch_related("topics", "live__citations", "live__parameter_uses")]
    # A footnote would point at a source that another page does not have.
    foreign = [block for model in models for block in model.blocks if not FOOTNOTE.search(block.source)]
    for model in models:
        for _ in range(VARIANTS):
            blocks = list(model.blocks)
            for _ in range(FOREIGN if foreign else 0):
                blocks[dice.randrange(len(blocks))] = dice.choice(foreign)
            model.texts.append(Text.of([model.summary, *model.lines], blocks))
    return models
