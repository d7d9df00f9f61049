"""What figures cost: rendering a page, its dates and its flags must not grow with the number of pages or of figures.

    PYTHONPATH=. .venv/bin/python bench/figures.py [--full]

Prints the processor time of each step in a small and in a large database and their ratio; about 1 means that it does not grow.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# The settings read the environment when they load, so it is set first.
# ruff: noqa: E402
scratch = tempfile.TemporaryDirectory(prefix="bench-figures-")
os.environ["DATABASE_URL"] = f"sqlite:///{Path(scratch.name) / 'bench.sqlite3'}"
os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + "0123456789abcdef" * 3)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yibao_site.settings")

import django

django.setup()

from django.core.management import call_command
from django.utils import timezone

from faq.models import Question, QuestionCitation, QuestionParameterUse, QuestionRevision
from policies.models import Parameter, ParameterValue, PolicyDocument
from publishing.models import Availability, State
from publishing.rendering import render

FIGURES_A_PAGE = 10
ROUNDS = 60
# A step may be this much slower in the large database before the benchmark fails; measured noise stays below half of it.
LIMIT = 2.0


def fill(pages: int, figures: int) -> None:
    """Adds live pages and figures until there are as many; each page shows ten figures and cites one document."""
    policy, _ = PolicyDocument.objects.get_or_create(code="B1", defaults={"title": "测试文件"})
    made = [
        Parameter(key=f"figure_{n}", label=f"数字{n}", unit="天") for n in range(Parameter.objects.count(), figures)
    ]
    Parameter.objects.bulk_create(made)
    day = dt.date(2023, 1, 1)
    ParameterValue.objects.bulk_create(
        [
            ParameterValue(parameter=row, value="2", in_force_from=day, policy=policy, noticed_at=timezone.now())
            for row in made
        ]
    )
    keys = list(Parameter.objects.order_by("id").values_list("id", "key"))
    now, first = timezone.now(), Question.objects.count()
    for start in range(first, pages, 1000):
        numbers = range(start, min(start + 1000, pages))
        questions = Question.objects.bulk_create([Question(changed_at=now, verified_on=day) for _ in numbers])
        chosen = {
            row.pk: [keys[(n + step * 7) % len(keys)] for step in range(FIGURES_A_PAGE)]
            for n, row in zip(numbers, questions, strict=True)
        }
        revisions = QuestionRevision.objects.bulk_create(
            [QuestionRevision(document=row, title=f"问题{row.pk}", summary="短答。", state=State.PUBLISHED,
                              body="".join(f"<p>等[[{key}]]。[^1]</p>" for _, key in chosen[row.pk]))
             for row in questions]
        )  # fmt: skip
        QuestionCitation.objects.bulk_create(
            [QuestionCitation(revision=row, policy=policy, clause="第一条") for row in revisions]
        )
        QuestionParameterUse.objects.bulk_create(
            [
                QuestionParameterUse(revision=row, parameter_id=pk)
                for row in revisions
                for pk in {pk for pk, _ in chosen[row.document_id]}
            ]
        )
        for question, revision in zip(questions, revisions, strict=True):
            question.live, question.availability = revision, Availability.LIVE
        Question.objects.bulk_update(questions, ["live", "availability"])


def median(step: Callable[[int], object]) -> float:
    """The median processor time of a step in milliseconds, over pages spread through the whole database.

    SQLite works in this very process, so its work is counted and a busy machine does not blur the ratio.
    """
    ids = list(Question.objects.order_by("id").values_list("id", flat=True))
    chosen = [ids[number * len(ids) // ROUNDS] for number in range(ROUNDS)]
    times = []
    for number in [*chosen, *chosen]:  # the first time through only fills the caches
        start = time.process_time()
        step(number)
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times[ROUNDS:])


def measure() -> dict[str, float]:
    """Each step that a page costs because of figures."""
    now = timezone.now()
    live = Question.objects.live()
    revisions = {
        row.document_id: row
        for row in QuestionRevision.objects.filter(
            document__in=list(live.values_list("id", flat=True)[:: max(1, live.count() // 500)])
        )
    }
    some = list(revisions.values())
    return {
        "render a page with 10 figures": median(lambda pk: render(revisions.get(pk) or some[pk % len(some)])),
        "find a page": median(lambda pk: live.with_changed_at(timezone.now()).get(pk=pk)),
        "date of a page": median(lambda pk: live.with_changed_at(now).get(pk=pk)),
    }


def main() -> int:
    """Measures small, then large; fails where a step grows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="10,000 pages and 200 figures instead of 2,000 and 100")
    full = parser.parse_args().full
    small, large = (500, 20), ((10_000, 200) if full else (2_000, 100))
    call_command("migrate", verbosity=0)
    results = []
    for pages, figures in (small, large):
        fill(pages, figures)
        results.append(measure())
        print(f"{pages} pages, {figures} figures")
        for name, took in results[-1].items():
            print(f"  {name}: {took:.2f} ms")
    ratios = {name: results[1][name] / results[0][name] for name in results[0]}
    for name, ratio in ratios.items():
        print(f"ratio {name}: {ratio:.2f}")
    return 0 if max(ratios.values()) < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
