"""`manage.py content_trace --question 28`: each part of an answer beside the numbered facts it rests on."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from publishing import registry
from publishing.audit import BLOCK
from publishing.rendering import FOOTNOTE, render
from publishing.richtext import without_tags

PARTS = {"办理": "steps", "材料": "checklist", "例外": "exceptions", "适用": "scope"}


class Command(BaseCommand):
    help = "Prints an answer part by part with the facts it rests on, so that a reviewer can check it in a minute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--question", type=int, help="number of a question")
        which.add_argument("--article", type=int, help="number of an article")

    def handle(self, *args: Any, question: int | None, article: int | None, **options: Any) -> None:
        kind, number = ("question", question) if question is not None else ("article", article)
        document = registry.content_type(kind).model.objects.live().filter(pk=number).first()
        if document is None:
            raise CommandError(f"There is no live {kind} {number}.")
        revision = document.live
        self.stdout.write(f"{revision.title}  (/{kind}/{number}/)")
        facts = dict(_traced(revision.trace))
        for name, text in parts(revision):
            self.stdout.write(f"\n[{name}]  {facts.pop(name, 'no fact noted')}\n  {text}")
        for name, noted in facts.items():
            self.stdout.write(f"\n[{name}]  {noted}")
        self.stdout.write("\nSources:")
        for place, citation in enumerate(revision.citations.select_related("policy"), 1):
            self.stdout.write(f"  [{place}] {citation} {citation.note}")


def _traced(trace: str) -> Iterator[tuple[str, str]]:
    """The lines of a trace as part and facts; the colon may be of either width."""
    for line in trace.splitlines():
        name, _, facts = line.replace("\uff1a", ":").partition(":")
        yield name.strip(), facts.strip()


def parts(revision: Any) -> Iterator[tuple[str, str]]:
    """Every part of a text by the name that traces use, as readers see it without markup."""
    page = render(revision)
    yield "短答", page.short_answer
    for name, field in PARTS.items():
        if field in revision.LINE_FIELDS and page.lines[field]:
            yield name, "\n  ".join(FOOTNOTE.sub("", without_tags(line)) for line in page.lines[field])
    for number, block in enumerate(BLOCK.finditer(page.body), 1):
        yield f"正文{number}", " ".join(without_tags(block[0]).split())
