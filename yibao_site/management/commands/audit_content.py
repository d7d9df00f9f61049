"""`manage.py audit_content`: everything in the published texts that an editor should mend."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q

from publishing import registry
from publishing.audit import Finding, audit
from publishing.checks import broken_links
from publishing.contradictions import contradictions as find_contradictions
from publishing.models import Availability
from publishing.rendering import short_answers
from taxonomy.models import Topic

LEAST_PER_TOPIC = 5


class Command(BaseCommand):
    help = "Checks every live page: figures, sources, forbidden wordings, links, topics. Fails on errors."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--warnings", action="store_true", help="also print what is only worth a look")
        parser.add_argument(
            "--contradictions", action="store_true", help="also print pairs of pages for a human to compare"
        )

    def handle(self, *args: Any, warnings: bool = False, contradictions: bool = False, **options: Any) -> None:
        counts: Counter[str] = Counter()
        for kind in registry.content_types():
            documents = list(kind.model.objects.for_listing())
            short_answers(documents)
            if contradictions:
                self._compare(documents)
            for document in documents:
                findings = [
                    *audit(document.live, document.short_answer),
                    *broken_links(document.live),
                    *orphans(document),
                ]
                self._report(f"{kind.name} {document.pk}", findings, warnings, counts)
        self._report("site", list(site_findings()), warnings, counts)
        self.stdout.write(f"{counts['error']} errors, {counts['warning']} warnings.")
        if counts["error"]:
            raise CommandError("Please mend the errors above.")

    def _compare(self, documents: list[Any]) -> None:
        for pair in find_contradictions(documents):
            self.stdout.write(f"info: {pair}")

    def _report(self, where: str, findings: list[Finding], warnings: bool, counts: Counter[str]) -> None:
        for finding in findings:
            counts[finding.level] += 1
            if finding.level == "error" or warnings:
                self.stdout.write(f"{where}: {finding}")


def orphans(document: Any) -> list[Finding]:
    """A page without a topic is in no list, so nobody finds it."""
    return [] if document.topics.all() else [Finding("error", "topics", "没有栏目，读者找不到这一页")]


def site_findings() -> list[Finding]:
    """What no single page shows: titles used twice, and topics with too little."""
    titles = Counter(
        title
        for kind in registry.content_types()
        for title in kind.model.objects.live().values_list("live__title", flat=True)
    )
    found = [Finding("error", "title", "两个页面用了同一个标题", title) for title, count in titles.items() if count > 1]
    live = Count("questions", filter=Q(questions__availability=Availability.LIVE), distinct=True)
    for topic in Topic.objects.annotate(live=live).filter(live__lt=LEAST_PER_TOPIC):
        found.append(Finding("error", "topics", f"栏目只有{topic.live}个问题，少于{LEAST_PER_TOPIC}个", topic.name))
    return found
