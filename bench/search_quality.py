"""How well search answers labelled queries: recall@3, recall@10, MRR and false answers, on both halves.

    python bench/search_quality.py [--misses]

Loads fixtures/ into an empty database of its own (SQLite in memory, or the one named by BENCH_DATABASE_URL).
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
# The aims on the held-out half; `make bench` says by how much they are met or missed.
AIMS = {"recall_3": 0.95, "mrr": 0.85}


def prepare() -> None:
    """Sets up Django on a database with the site's content."""
    sys.path.insert(0, str(ROOT))
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
    os.environ["DATABASE_URL"] = os.environ.get("BENCH_DATABASE_URL", "sqlite:///:memory:")
    os.environ["DJANGO_SETTINGS_MODULE"] = "yibao_site.settings"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_content", ROOT / "fixtures", verbosity=0)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--misses", action="store_true", help="also list the tuning queries that missed the first three"
    )
    chosen = arguments.parse_args()
    prepare()
    from search.engine import search
    from search.evaluation.measure import false_answers, labelled, measure, merges, unanswerable

    def names(query: str) -> list[str]:
        return [f"{hit.candidate.kind}-{hit.candidate.object_id}" for hit in search(query).hits]

    merged = merges(ROOT / "fixtures")
    print(f"{'half':<10}{'queries':>8}{'recall@3':>10}{'recall@10':>11}{'MRR':>8}   false answers")
    for half in ("tuning", "held_out"):
        quality = measure(labelled(half, merged), names)
        nothing = unanswerable(half)
        false = false_answers(nothing, names)
        print(
            f"{half:<10}{quality.queries:>8}{quality.recall_3:>10.3f}{quality.recall_10:>11.3f}{quality.mrr:>8.3f}"
            f"   {len(false)} of {len(nothing)}"
        )
        if half == "held_out":
            for name, aim in AIMS.items():
                print(f"aim {name} >= {aim}: {getattr(quality, name) - aim:+.3f}")
        elif chosen.misses:
            for query, wanted, found in quality.misses:
                print(f"  {query}: wanted {wanted}, found {found}")


if __name__ == "__main__":
    main()
