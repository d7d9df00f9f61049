"""Makes a large site out of the real content: as many live questions as asked for, with realistic titles and texts.

    DATABASE_URL=sqlite:////tmp/large.sqlite3 python bench/make_corpus.py 100000

The database must hold the real content already (`manage.py migrate`, `load_content`). Titles are recombined from real
ones with places, hospitals, people and situations; bodies from real paragraphs. Deterministic for a given number.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

BATCH = 2000
FIRST = 1_000_000
PEOPLE = [
    "老人",
    "孩子",
    "新生儿",
    "打工的人",
    "退休的父母",
    "大学生",
    "灵活就业的人",
    "孕妇",
    "外地媳妇",
    "现役军人家属",
    "低保户",
    "留学生",
    "",
]
ILLNESSES = [
    "高血压",
    "糖尿病",
    "透析",
    "化疗",
    "骨折",
    "白内障",
    "心脏支架",
    "肺炎",
    "关节炎",
    "肝炎",
    "牙痛",
    "腰椎间盘突出",
    "甲状腺",
    "阑尾炎",
    "",
]
PLACES_TO_GO = ["三甲医院", "社区医院", "县医院", "药店", "专科医院", "民营医院", "门诊部", "急诊", "中医院", ""]
SITUATIONS = [
    "没带卡",
    "忘了备案",
    "刚换工作",
    "断缴两个月",
    "出院以后",
    "住院中间",
    "过年回家",
    "旅游途中",
    "手机坏了",
    "系统出错",
    "换了城市",
    "",
]


def titles(real: list[str], cities: list[str], seed: int) -> Iterator[str]:
    """Endless different titles that read like the real ones."""
    dice, seen = random.Random(seed), set()
    while True:
        parts = [
            dice.choice(cities),
            dice.choice(PEOPLE),
            dice.choice(SITUATIONS),
            dice.choice(PLACES_TO_GO),
            dice.choice(ILLNESSES),
        ]
        dice.shuffle(parts)
        title = "".join(parts[: dice.randint(1, 3)]) + dice.choice(real)
        if title not in seen and len(title) <= 60:
            seen.add(title)
            yield title


def make(count: int, seed: int = 1) -> int:
    """Adds questions until so many have been made; gives back how many are live then."""
    from django.db import transaction
    from django.utils import timezone
    from tqdm import tqdm

    from faq.models import Question, QuestionCitation, QuestionRevision, QuestionTopic
    from policies.models import PolicyDocument
    from publishing.models import Availability, State
    from publishing.richtext import sanitise
    from taxonomy.models import City, Topic

    dice = random.Random(seed)
    live = list(Question.objects.live().filter(pk__lt=FIRST).prefetch_related("topics"))
    names = titles(
        [question.live.title for question in live], list(City.objects.values_list("short_name", flat=True)), seed
    )
    paragraphs = [
        part + "</p>" for question in live for part in sanitise(question.live.body).split("</p>") if "<p>" in part
    ]
    policies, topics, now = list(PolicyDocument.objects.all()), list(Topic.objects.all()), timezone.now()
    for start in tqdm(range(FIRST, FIRST + count, BATCH), unit=" batches", disable=None):
        numbers = range(start, min(start + BATCH, FIRST + count))
        with transaction.atomic():
            Question.objects.bulk_create(
                Question(pk=n, first_published_at=now, changed_at=now, verified_on=now) for n in numbers
            )
            models = {n: dice.choice(live) for n in numbers}
            revisions = QuestionRevision.objects.bulk_create(
                QuestionRevision(document_id=n, title=next(names), summary=models[n].live.summary, state=State.PUBLISHED, published_at=now,
                                 steps=models[n].live.steps, body="".join(dice.sample(paragraphs, 3))) for n in numbers
            )  # fmt: skip
            QuestionCitation.objects.bulk_create(
                QuestionCitation(revision=revision, policy=dice.choice(policies), clause="第八条")
                for revision in revisions
            )
            QuestionTopic.objects.bulk_create(
                QuestionTopic(content_object_id=n, tag=tag)
                for n in numbers for tag in {*models[n].topics.all(), dice.choice(topics)}
            )  # fmt: skip
            documents = [
                Question(pk=revision.document_id, live=revision, availability=Availability.LIVE)
                for revision in revisions
            ]
            Question.objects.bulk_update(documents, ["live", "availability"])
    return Question.objects.live().count()


def main() -> None:
    os.environ.setdefault(
        "DJANGO_SETTINGS_MODULE", "tests.settings" if "DATABASE_URL" not in os.environ else "yibao_site.settings"
    )
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    import django

    django.setup()
    print(make(int(sys.argv[1])), "live questions")


if __name__ == "__main__":
    main()
