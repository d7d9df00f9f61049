"""Writes many questions for the site's own import, made after the real ones: a program of its own.

DATABASE_URL=… SECRET_KEY=… python -m bench.site.import_file FILE COUNT
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

from bench.make_corpus import FIRST


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yibao_site.settings")
    import django

    django.setup()
    from bench.corpus.titles import Titles, Words
    from faq.models import Question
    from publishing.registry import content_type
    from publishing.rows import row_of
    from taxonomy.models import City

    file, count = Path(sys.argv[1]), int(sys.argv[2])
    dice, kind = random.Random(1), content_type("question")
    real = [row_of(kind, question) for question in Question.objects.live().filter(pk__lt=FIRST)]
    titles = Titles(list(City.objects.order_by("code").values_list("short_name", flat=True)))
    with file.open("w", encoding="utf-8") as lines:
        for _ in range(count):
            row = dict(dice.choice(real))
            row["title"] = titles.around(Words(row["title"], "", ""), dice).text
            del row["id"]  # a new question
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
