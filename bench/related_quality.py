"""How good the related questions are, on the labelled set and the site's own content.

    python bench/related_quality.py

Loads fixtures/ into an empty database in memory, rebuilds all lists and prints precision@5, nDCG@5, coverage, orphans and
near-duplicates, for readers' lists and for the computed part alone (without the editors' pins).
"""

from __future__ import annotations

import math
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

LABELS = Path(__file__).resolve().parent.parent / "search" / "evaluation" / "related.yaml"
CUT = 5


@dataclass(frozen=True)
class Quality:
    """The figures of one run."""

    judged: int
    precision: float
    ndcg: float
    coverage: float
    orphans: int
    duplicates: float

    def __str__(self) -> str:
        return (
            f"{self.judged} judged questions: precision@5 {self.precision:.3f}, nDCG@5 {self.ndcg:.3f}, coverage {self.coverage:.1%}, "
            f"orphans {self.orphans}, lists with a near-duplicate {self.duplicates:.1%}"
        )


def acceptable() -> dict[int, set[int]]:
    """For each judged question the ids of its good neighbours."""
    data = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
    good: dict[int, set[int]] = {}
    for members in [*data["groups"].values(), *data["pairs"]]:
        for one in members:
            good.setdefault(one, set()).update(other for other in members if other != one)
    return good


def first_five() -> dict[int, list[int]]:
    """The first five questions of every question's stored list, as readers get them."""
    from search.models import RelatedRow

    lists: dict[int, list[int]] = {}
    rows = RelatedRow.objects.filter(source_kind="question", target_kind="question").order_by("source_id", "rank")
    for source, target in rows.values_list("source_id", "target_id"):
        if len(lists.setdefault(source, [])) < CUT:
            lists[source].append(target)
    return lists


def measure() -> Quality:
    """The figures of the lists that are stored now."""
    from publishing import registry
    from search.kin import PAGE
    from search.models import RelatedRow

    good, lists = acceptable(), first_five()
    live = set(registry.content_type("question").model.objects.live().values_list("pk", flat=True))
    judged = sorted(set(good) & live)
    hits = {one: [target in good[one] for target in lists.get(one, [])] for one in judged}
    gains = {one: sum(hit / math.log2(rank + 2) for rank, hit in enumerate(found)) for one, found in hits.items()}
    best = {one: sum(1 / math.log2(rank + 2) for rank in range(min(CUT, len(good[one] & live)))) for one in judged}
    linked = Counter(
        RelatedRow.objects.filter(target_kind="question", rank__lt=PAGE).values_list("target_id", flat=True)
    )
    return Quality(
        judged=len(judged),
        precision=sum(sum(found) / CUT for found in hits.values()) / len(judged),
        ndcg=sum(gains[one] / best[one] for one in judged) / len(judged),
        coverage=sum(1 for one in live if lists.get(one)) / len(live),
        orphans=sum(1 for one in live if linked[one] < 2),
        duplicates=_with_duplicates(lists),
    )


def _with_duplicates(lists: dict[int, list[int]]) -> float:
    """The share of lists in which two entries, or an entry and the page itself, say the same."""
    from search.kin import Kin
    from search.kinship import says_the_same

    entries = Kin().entries({("question", number) for source, found in lists.items() for number in (source, *found)})
    silly = 0
    for source, found in lists.items():
        pages = [entries["question", number] for number in (source, *found)]
        silly += any(says_the_same(one, other) for place, one in enumerate(pages) for other in pages[:place])
    return silly / len(lists) if lists else 0.0


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ["DATABASE_URL"] = "sqlite:///:memory:"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from faq.models import RelatedLink
    from search import rebuild, rebuild_related

    call_command("migrate", verbosity=0)
    call_command("load_content", settings.BASE_DIR / "fixtures", verbosity=0)
    rebuild.rebuild()
    rebuild_related.rebuild()
    print("as readers see them:", measure())
    RelatedLink.objects.all().delete()
    rebuild_related.rebuild()
    print("computed alone:     ", measure())


if __name__ == "__main__":
    main()
