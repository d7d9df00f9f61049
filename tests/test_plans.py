"""No page reads a large table from end to end: the database itself says how it finds the rows of every query."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from faq.models import Question, QuestionCitation, QuestionRevision, QuestionTopic
from policies.models import PolicyDocument
from publishing.models import Availability, State
from publishing.shelves import COUNTED
from tests.factories import make_article, make_figure, make_policy, make_province, make_question, make_topic

pytestmark = pytest.mark.django_db
# Beyond every number that PostgreSQL may have given to rows of earlier tests.
FIRST, MANY = 1_000_000, 2_400
LARGE = re.compile(
    r"faq_question(revision|citation|topic|parameteruse|shelved|_provinces)?|search_(indexentry|relatedrow)"
)
PAGES = [
    "/", "/faq/", "/faq/?page=3", "/faq/?topic=filing", "/faq/?province=jiangsu", "/faq/?topic=filing&province=jiangsu",
    "/faq/?after=1001100", "/faq/?topic=filing&after=1001100", "/faq/1000200/", "/topics/", "/topics/filing/", "/provinces/",
    "/provinces/jiangsu/", "/policies/", "/policies/{policy}/", "/site-map/", "/feed.atom", "/topics/filing/feed.atom",
    "/provinces/jiangsu/feed.atom", "/sitemap.xml", "/sitemap-page-0.xml", "/api/v1/questions/",
    "/faq/1000200.md",
]  # fmt: skip


@pytest.fixture
def policy() -> int:
    """A small site with one of everything; gives the id of a policy document."""
    make_topic("退休", "retirement")
    make_province()
    make_article()
    cited, *_ = [make_policy() for _ in range(30)]
    value = make_figure()
    make_question(pk=1, summary="[[filing_days]]内办结。", policies=[cited])
    type(value).objects.update(noticed_at=timezone.now())
    return cited.pk


def publish(policy: int, numbers: range) -> None:
    """Live questions: half of them for one province, on two topics; half rest on one document, the others on many."""
    topics, province = [make_topic(), make_topic("退休", "retirement")], make_province()
    others = cycle(PolicyDocument.objects.exclude(pk=policy).values_list("pk", flat=True))
    now = timezone.now()
    Question.objects.bulk_create(
        Question(pk=pk, nationwide=pk % 2 == 0, changed_at=now - dt.timedelta(minutes=pk), first_published_at=now)
        for pk in numbers
    )
    places = Question.provinces.through
    places.objects.bulk_create(places(question_id=pk, province=province) for pk in numbers if pk % 2)
    QuestionRevision.objects.bulk_create(
        QuestionRevision(pk=pk, document_id=pk, title=f"第{pk}问？", summary="答", state=State.PUBLISHED)
        for pk in numbers
    )
    QuestionCitation.objects.bulk_create(
        # The one document has more than its page counts, and always had: beyond, its page may cost nothing more.
        QuestionCitation(revision_id=pk, policy_id=policy if pk % 2 else next(others), clause="第八条")
        for pk in numbers
    )
    QuestionTopic.objects.bulk_create(QuestionTopic(content_object_id=pk, tag=topics[pk % 7 == 0]) for pk in numbers)
    Question.objects.filter(pk__gte=numbers.start).update(live=F("pk"), availability=Availability.LIVE)


def statements(client: Client, address: str) -> list[str]:
    """What the page asks the database."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
        assert answer.status_code == 200
        if answer.streaming:
            b"".join(answer.streaming_content)
    return [query["sql"] for query in queries if query["sql"].startswith(("SELECT", "WITH"))]


@pytest.mark.sqlite
def test_no_query_of_a_page_scans_a_large_table(client: Client, policy: int) -> None:
    publish(policy, range(FIRST, FIRST + MANY))
    scans = []
    for address in PAGES:
        for sql in statements(client, address.format(policy=policy)):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                plan = [row[3] for row in cursor.fetchall()]
            aliases = dict(re.findall(r'"(\w+)" (U\d)\b', sql))
            names = {short: table for table, short in aliases.items()}
            scanned = [line.split()[1] for line in plan if line.startswith("SCAN ")]
            scans += [(address, sql, plan) for name in scanned if LARGE.fullmatch(names.get(name, name))]
    assert not scans, scans[:3]


@pytest.mark.postgres
def test_no_query_of_a_page_reads_much_of_a_large_table(client: Client, policy: int) -> None:
    """Counted by the database while it runs each query: no step touches many more rows than a list counts."""
    publish(policy, range(FIRST, FIRST + MANY))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # On so few rows reading all of them looks cheaper; the question is whether an index could serve. Where reading a
        # row is all that costs, the plan is the one of a table whose rows are many.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL cpu_tuple_cost = 1; SET LOCAL cpu_index_tuple_cost = 1")
        cursor.execute("SET LOCAL random_page_cost = 0.01; SET LOCAL seq_page_cost = 0.01; SET LOCAL jit = off")
    much = []
    for address in PAGES:
        for sql in statements(client, address.format(policy=policy)):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
                found = cursor.fetchone()[0]
            root = (found if isinstance(found, list) else json.loads(found))[0]["Plan"]
            much += [(address, node, sql) for node in nodes(root) if touched(node) > 2 * (COUNTED + 1)]
    assert not much, much[:3]


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's steps that read a large table."""
    if LARGE.fullmatch(node.get("Relation Name", "")):
        yield {name: value for name, value in node.items() if name != "Plans"}
    for child in node.get("Plans", []):
        yield from nodes(child)


def touched(node: dict[str, Any]) -> int:
    """The rows that a step read, kept or not."""
    return (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]


@pytest.fixture
def work() -> Iterator[Callable[[], int]]:
    """How much SQLite did since it was last asked, in hundreds of its own instructions: a cost that no load disturbs."""
    done = [0]

    def tick() -> int:
        done[0] += 1
        return 0

    def since() -> int:
        spent, done[0] = done[0], 0
        return spent

    connection.ensure_connection()
    connection.connection.set_progress_handler(tick, 100)
    yield since
    connection.connection.set_progress_handler(None, 0)


@pytest.mark.sqlite
def test_a_page_costs_the_same_on_a_site_twice_as_large(client: Client, policy: int, work: Callable[[], int]) -> None:
    half = MANY // 2

    def costs() -> dict[str, int]:
        found = {}
        for address in PAGES:
            statements(client, address.format(policy=policy))
            work()
            statements(client, address.format(policy=policy))
            found[address] = work()
        return found

    publish(policy, range(FIRST, FIRST + half))
    before = costs()
    publish(policy, range(FIRST + half, FIRST + MANY))
    after = costs()
    grown = {page: (before[page], after[page]) for page in PAGES if after[page] > 1.2 * before[page] + 10}
    assert not grown
