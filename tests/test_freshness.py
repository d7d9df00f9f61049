"""No page is older than the content: every kind of row is edited, and every kind of page is looked at after each edit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection, transaction
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from articles.models import Article, ArticleCitation, ArticleParameterUse, ArticleRevision, ArticleTopic
from faq.models import Question, QuestionCitation, QuestionParameterUse, QuestionRevision, QuestionTopic, RelatedLink
from feedback.models import AskedWording, Correction, DailyViews, EditorProfile, HelpfulVote
from filing.models import Exemption, Override, Rule
from policies.models import Parameter, ParameterValue, PolicyDocument
from publishing import housekeeping, version, watching, workflow
from publishing.models import State
from search.models import RelatedRow
from taxonomy.models import City, Province, ProvinceFact, Term, Topic
from tests.factories import (
    draft_question,
    make_article,
    make_figure,
    make_policy,
    make_province,
    make_question,
    make_topic,
    make_user,
)
from tests.wsgi import Reply, Site

PAGES = [
    "/", "/faq/", "/faq/?topic=filing", "/faq/?province=jiangsu", "/faq/?mode=large", "/faq/1/", "/faq/2/", "/faq/3/",
    "/faq/1/?mode=elder", "/faq/1.md", "/faq/1/reminder.ics", "/articles/", "/articles/1/", "/articles/1.md",
    "/articles/1/reminder.ics", "/topics/", "/topics/filing/", "/topics/filing/feed.atom", "/provinces/",
    "/provinces/jiangsu/", "/provinces/jiangsu/feed.atom", "/policies/", "/policies/901/", "/policies/902/", "/glossary/",
    "/site-map/", "/about/", "/about/corrections/", "/about/privacy/", "/about/accessibility/", "/about/editors/", "/filing/",
    "/ask/", "/sitemap.xml", "/sitemap-page-0.xml", "/sitemap-question-0.xml", "/sitemap.txt", "/robots.txt", "/llms.txt",
    "/.well-known/security.txt", "/feed.atom", "/feed.json", "/api/v1/", "/api/v1/openapi.json", "/api/v1/questions/",
    "/api/v1/policies/", "/api/v1/parameters/", "/api/v1/questions/1/", "/api/v1/articles/1/",
]  # fmt: skip
# Those that show something which a process keeps for itself (`per_version`): terms of the glossary, what others read.
KEEPING = [
    "/", "/faq/1/", "/faq/1.md", "/articles/1/", "/articles/1.md", "/topics/filing/", "/provinces/jiangsu/",
    "/api/v1/questions/1/", "/api/v1/articles/1/",
]  # fmt: skip
# Addresses whose answers are never kept, and why.
NOT_KEPT = {
    "search": "one query, one answer", "search-suggest": "one query, one answer", "search-opened": "a POST",
    "filing-next": "what a reader says of himself", "filing-plan": "what a reader says of himself",
    "filing-reminder": "what a reader says of himself", "filing-question": "what a reader says of himself",
    "ask-nearest": "a POST", "receipt": "private", "helpful": "a POST", "helpful-reason": "a POST", "report": "a form",
    "view": "a POST", "root-txt": "a file of the operator's", "root-html": "a file of the operator's",
    "root-xml": "a file of the operator's", "style": "only while DEBUG is on", "healthz": "must tell the truth now",
    "readyz": "must tell the truth now", "picture": "a file", "None": "the icon, a static file",
    "shared-preview": "private",
}  # fmt: skip
# Models of which no row shows on a public page, and why.
SHOWN_NOWHERE = {
    "taggit.Tag": "topics are our own model", "taggit.TaggedItem": "topics have tables of their own",
    "seo.Notice": "the queue for search engines", "seo.TargetState": "the queue for search engines",
    "feedback.QuestionCluster": "the inbox", "feedback.ReaderQuestion": "the inbox; receipts are never kept",
    "feedback.Contact": "the inbox", "feedback.ErrorReport": "the inbox; receipts are never kept",
    "feedback.CountedBatch": "bookkeeping of views",
    "faq.QuestionShelved": "written by the database from watched rows, in the same statement",
    "articles.ArticleShelved": "written by the database from watched rows, in the same statement",
    "search.IndexEntry": "only results, which are never kept", "search.IndexState": "only results, which are never kept",
    "search.TermCount": "only results, which are never kept", "search.WordSet": "only results, which are never kept",
    "search.Pin": "only results, which are never kept", "search.QueryCount": "reports for editors",
    "search.DuplicatePair": "work for editors", "publishing.AuditEvent": "the trail", "publishing.PreviewLink": "private",
    "publishing.Opening": "the desk", "publishing.Reminder": "the desk", "publishing.ContentCheck": "the desk",
    "publishing.ContentChange": "the version itself", "auth.Group": "the desk",
}  # fmt: skip
# Watched, because nginx and readers keep their pages for a while, but our own cache keeps none of them.
ON_NO_KEPT_PAGE = {
    "filing_rule", "filing_override", "filing_exemption", "filing_exemption_provinces", "articles_article_related_questions",
}  # fmt: skip
OF_OTHERS = {"admin", "contenttypes", "sessions", "axes", "otp_static", "otp_totp"}
PAST = dt.date.today() - dt.timedelta(days=3)


# What must be named


def test_every_model_is_watched_or_named_with_a_reason() -> None:
    tables = {each.table for each in watching.watched()}
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label not in OF_OTHERS]
    private = {"auth", "publishing"}  # accounts, rights, sessions of editors; the desk's own records
    named = {model._meta.label for model in models} & SHOWN_NOWHERE.keys()
    for model in models:
        label = model._meta.label
        if model._meta.db_table in tables:
            assert label not in SHOWN_NOWHERE
        else:
            assert label in named or model._meta.app_label in private, f"{label} is neither watched nor named"
    assert SHOWN_NOWHERE.keys() == named


def test_every_public_address_is_looked_at_or_named_with_a_reason() -> None:
    resolver, looked_at = get_resolver(), set()
    for address in PAGES:
        looked_at.add(resolver.resolve(address.partition("?")[0]).url_name)
    assert {str(name) for name in public_names(resolver)} == {str(name) for name in looked_at} | NOT_KEPT.keys()


def public_names(resolver: URLResolver) -> Iterator[str | None]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name
        elif pattern.app_name != "admin":
            yield from public_names(pattern)


# The scene: one of everything


@pytest.fixture
def scene(db: None) -> Any:
    writer, reviewer = make_user("writer", is_superuser=True), make_user("reviewer", is_superuser=True)
    province = make_province()
    City.objects.create(
        province=province, landing=province, code="320500", name="苏州市", short_name="苏州", pinyin="suzhou"
    )
    ProvinceFact.objects.create(province=province, text="省内免备案。")
    Term.objects.create(name="起付标准", slug="qifu", aliases="起付线", definition="先自己付的那部分。")
    first, second = make_policy("P1", pk=901, title="办法一"), make_policy("P2", pk=902, title="办法二")
    make_figure("days", "2")
    text = "<p>先看起付线，[[days]]内办结。[^1]</p>"
    make_question("备案多久生效？", pk=1, body=text, policies=[first], author=writer, review_due_on=dt.date(2099, 1, 1))
    make_question("江苏怎么备案？", pk=2, provinces=[province], policies=[second], summary="[[days]]内。")
    make_question("急诊怎么报销？", pk=3, policies=[first])
    article = make_article(pk=1, body=text)
    Article.objects.filter(pk=article.pk).update(review_due_on=dt.date(2099, 1, 1))
    EditorProfile.objects.create(user=writer, name="小王", role="撰稿", consented_at=timezone.now())
    return writer, reviewer


Edit = Callable[[], Any]


def edits_of_rows(writer: Any, article: Article) -> dict[str, list[Edit]]:
    """For each watched table something that readers see, mostly by `update()`, which no signal hears."""
    question, local = Question.objects.filter(pk=1), Question.objects.get(pk=2)
    province = Province.objects.get(slug="jiangsu")
    live = QuestionRevision.objects.filter(pk=question.get().live_id)
    row = {"source_kind": "question", "source_id": 1, "target_kind": "question", "target_id": 3}
    rule = {"code": "r", "slot": "change", "text": "改。", "policy_id": 901, "clause": "第一条"}
    text = ArticleRevision.objects.filter(pk=article.live_id)
    return {
        "taxonomy_topic": [lambda: Topic.objects.update(description="新的说明")],
        "taxonomy_province": [lambda: Province.objects.update(bureau_name="江苏医保")],
        "taxonomy_province_neighbours": [lambda: province.neighbours.add(make_province("浙江", "zhejiang"))],
        "taxonomy_provincefact": [lambda: ProvinceFact.objects.update(text="全省通办。"), ProvinceFact.objects.all().delete],
        "taxonomy_city": [lambda: City.objects.update(name="苏州", short_name="姑苏")],
        "taxonomy_term": [lambda: Term.objects.update(definition="医保先不付的那部分。"), lambda: Term.objects.update(aliases="")],
        "policies_policydocument": [
            lambda: PolicyDocument.objects.filter(pk=901).update(title="新办法"),
            lambda: PolicyDocument.objects.filter(pk=902).update(in_force_until=PAST),
        ],
        "policies_parameter": [lambda: Parameter.objects.update(unit="天")],
        "policies_parametervalue": [lambda: ParameterValue.objects.update(value="7", noticed_at=timezone.now())],
        "faq_question": [lambda: question.update(verified_on=PAST), lambda: question.update(review_due_on=PAST)],
        "faq_questionrevision": [
            lambda: live.update(title="改过的题目？"),
            lambda: QuestionRevision.objects.create(
                document_id=3, number=5, title="旧", state=State.SUPERSEDED, published_at=timezone.now(), change_note="更正"
            ) and QuestionRevision.objects.filter(document_id=3, number=1).update(number=6),
        ],
        "faq_questioncitation": [lambda: QuestionCitation.objects.update(clause="第九十九条")],
        "faq_questionparameteruse": [QuestionParameterUse.objects.all().delete],
        "faq_questiontopic": [lambda: Question.objects.get(pk=3).topics.add(make_topic("急诊", "emergency")),
                              QuestionTopic.objects.filter(content_object_id=2).delete],
        "faq_question_provinces": [lambda: local.provinces.add(make_province("上海", "shanghai"))],
        "faq_relatedlink": [lambda: RelatedLink.objects.create(question_id=1, target_id=3)],
        "search_relatedrow": [
            lambda: RelatedRow.objects.filter(**row).delete(),
            lambda: RelatedRow.objects.create(**row, rank=1, group="next", score=1, title="急诊", summary="[[days]]"),
            lambda: RelatedRow.objects.update(title="急诊怎么报"),
        ],
        "articles_article": [lambda: Article.objects.update(verified_on=PAST)],
        "articles_articlerevision": [lambda: text.update(summary="五步办好。")],
        "articles_articlecitation": [lambda: ArticleCitation.objects.update(note="支持全文")],
        "articles_articleparameteruse": [ArticleParameterUse.objects.all().delete],
        "articles_articletopic": [lambda: ArticleTopic.objects.update(tag=make_topic("新", "new"))],
        "articles_article_provinces": [lambda: (Article.objects.update(nationwide=False), article.provinces.add(province))],
        "articles_article_related_questions": [lambda: article.related_questions.add(1)],
        "feedback_correction": [lambda: Correction.objects.create(kind="question", object_id=1, text="原写3天。")],
        "feedback_askedwording": [lambda: AskedWording.objects.create(wording="要几天", question_id=1, approved_by=writer)],
        "feedback_editorprofile": [lambda: EditorProfile.objects.update(name="老王")],
        "feedback_dailyviews": [lambda: DailyViews.objects.create(kind="question", object_id=3, day=PAST, views=9, weight=9)],
        "feedback_helpfulvote": [
            lambda: HelpfulVote.objects.create(kind="question", object_id=1, revision=1, helpful=True, day=PAST)
        ],
        "filing_rule": [lambda: Rule.objects.create(**rule)],
        "filing_override": [lambda: Override.objects.create(**rule, province=province)],
        "filing_exemption": [lambda: Exemption.objects.create(code="e", name="长三角", policy_id=901, clause="第一条")],
        "filing_exemption_provinces": [lambda: Exemption.objects.get().provinces.add(province)],
        "auth_user": [lambda: (setattr(writer, "is_active", False), writer.save())],
    }  # fmt: skip


def verbs(writer: Any, reviewer: Any) -> dict[str, Edit]:
    """What editors do to a page, and what happens by itself."""

    def revision(pk: int) -> Any:
        return Question.objects.get(pk=pk).live

    def publish() -> None:
        new = draft_question("刚写好的问题？", pk=101, policies=[PolicyDocument.objects.get(pk=901)], author=writer)
        workflow.submit(new, writer)
        workflow.publish(new, reviewer)

    def schedule() -> None:
        new = draft_question("到点发布的问题？", pk=102, policies=[PolicyDocument.objects.get(pk=901)], author=writer)
        workflow.submit(new, writer)
        workflow.schedule(new, reviewer, timezone.now() + dt.timedelta(hours=1))
        QuestionRevision.objects.filter(pk=new.pk).update(publish_at=timezone.now())
        dict(housekeeping.jobs())["publishing.due"]()

    return {
        "publish": publish,
        "publish by the clock": schedule,
        "verify": lambda: workflow.verify(revision(3), reviewer, timezone.localdate() + dt.timedelta(days=90)),
        "withdraw": lambda: workflow.withdraw(revision(3), reviewer, "办法变了"),
        "restore": lambda: workflow.restore(revision(3), reviewer),
        "merge": lambda: workflow.merge(revision(2), reviewer, Question.objects.get(pk=1)),
        "remove": lambda: workflow.remove(revision(3), reviewer, "重复"),
    }


# The look at every page


class Looker:
    """Compares what the page cache says with what Django says, and with what was said before."""

    def __init__(self) -> None:
        self.site = Site()
        self.version, self.seen = version.current(), {address: self.site.get(address) for address in PAGES}

    def look(self, edit: str, rendered_twice: Iterable[str] = PAGES) -> list[str]:
        """The addresses whose bytes changed since the last look. A page that was not kept was rendered now, and is
        rendered again only where it may hold what the process keeps."""
        kept = {address: self.site.get(address) for address in PAGES}
        is_new = version.current() != self.version
        version.forget()  # what Django renders now must owe nothing to what this process kept
        cache.clear()
        for address in PAGES:
            assert kept[address].cache != "hit" or not is_new, f"{edit}: {address} is as old as the version before"
            if address in rendered_twice or not is_new:
                self._must_be_fresh(edit, address, kept[address])
        changed = [address for address in PAGES if self._has_changed(edit, address, kept[address])]
        self.version, self.seen = version.current(), kept
        return changed

    def _must_be_fresh(self, edit: str, address: str, kept: Reply) -> None:
        fresh = self.site.fresh(address)
        assert (kept.status, kept.body) == (fresh.status, fresh.body), f"{edit}: {address} is not what Django says"
        for name in ("content-type", "cache-control", "x-robots-tag", "link", "location"):
            assert kept.headers.get(name) == fresh.headers.get(name), f"{edit}: {address} {name}"

    def _has_changed(self, edit: str, address: str, kept: Reply) -> bool:
        before = self.seen[address]
        changed = (before.status, before.body) != (kept.status, kept.body)
        if kept.status == before.status == 200:
            assert (before.headers["etag"] != kept.headers["etag"]) is changed, f"{edit}: {address} ETag"
            if not changed:
                assert before.headers["last-modified"] == kept.headers["last-modified"], f"{edit}: {address} date"
        return changed


@pytest.fixture
def looker(scene: Any, monkeypatch: pytest.MonkeyPatch) -> Looker:
    monkeypatch.setattr(version, "PAUSE", 0)
    found = Looker()
    assert {address: reply.status for address, reply in found.seen.items() if reply.status != 200} == {}
    assert found.look("nothing") == []
    return found


@pytest.mark.slow
@pytest.mark.django_db
def test_after_an_edit_of_any_row_every_page_is_as_new_as_the_row(scene: Any, looker: Looker) -> None:
    """What Django makes of rows is the same on every database, and the version is not: on PostgreSQL each edit must move
    that, and the pages are looked at once, after all edits."""
    looks_each_time = connection.vendor == "sqlite"
    edits = edits_of_rows(scene[0], Article.objects.get())
    assert edits.keys() == {each.table for each in watching.watched()}
    for table, changes in edits.items():
        for number, change in enumerate(changes, 1):
            before = version.current()
            with transaction.atomic():
                change()
            assert version.current() != before, f"{table}: edit {number} left the version alone"
        if looks_each_time and table not in ON_NO_KEPT_PAGE:
            assert looker.look(table, KEEPING), f"no page shows the edit of {table}"
    assert looks_each_time or len(looker.look("all edits", KEEPING)) > len(PAGES) / 2


@pytest.mark.slow
@pytest.mark.django_db
def test_after_whatever_editors_and_the_clock_do_every_page_is_new(scene: Any, looker: Looker) -> None:
    for name, verb in verbs(*scene).items():
        verb()
        assert looker.look(name, KEEPING), f"{name} changed nothing"


@pytest.mark.django_db
def test_midnight_changes_pages_by_itself(scene: Any, looker: Looker, frozen: Callable[..., None]) -> None:
    start = timezone.localdate() + dt.timedelta(days=1)
    ParameterValue.objects.update(in_force_until=start - dt.timedelta(days=1))
    ParameterValue.objects.create(parameter=Parameter.objects.get(), value="9", in_force_from=start, source_note="测试")
    Question.objects.filter(pk=3).update(review_due_on=start - dt.timedelta(days=1))
    looker.look("announced")
    assert "9个工作日" not in looker.seen["/faq/1/"].text
    frozen(start)
    assert {"/faq/1/", "/faq/3/", "/articles/1/"} <= set(looker.look("midnight"))
    assert "9个工作日" in looker.seen["/faq/1/"].text


@pytest.mark.django_db
def test_work_on_drafts_leaves_the_kept_pages_alone(scene: Any, looker: Looker) -> None:
    asked = len(looker.site.asked)
    draft_question("没写完的？", pk=103, topics=[], policies=[PolicyDocument.objects.get(pk=901)], author=scene[0])
    assert looker.look("draft") == []
    assert len(looker.site.asked) == asked
    assert {looker.site.get(address).cache for address in PAGES} == {"hit"}
