"""The index follows publishing in the same transaction, on SQLite and on PostgreSQL."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from faq.models import Question, QuestionRevision
from policies.models import Parameter, ParameterValue
from publishing.housekeeping import jobs
from publishing.models import Availability
from publishing.registry import Change, announce
from publishing.workflow import make_live
from search import rebuild as rebuilding
from search.engine import search
from search.models import IndexEntry, IndexState
from search.rebuild import drift, rebuild

Publish = Callable[..., Question]


def found(text: str) -> list[int]:
    return [hit.candidate.object_id for hit in search(text).hits]


def end(question: Question, availability: Availability, change: Change, **more: Any) -> None:
    question.availability = availability
    for name, value in more.items():
        setattr(question, name, value)
    question.save()
    announce(question, change)


def test_published_is_found_at_once(publish: Publish) -> None:
    question = publish("透析病人去外地怎么办？", body="血液透析可以跨省直接结算")
    assert found("透析") == [question.pk]
    assert found("血液") == [question.pk]
    assert not drift()


def test_an_endless_word_does_not_stop_a_publication(publish: Publish) -> None:
    question = publish("透析病人去外地怎么办？", body="a" * 5000, terms="b" * 5000)
    assert found("透析") == [question.pk]


def test_a_new_version_replaces_the_old_words(publish: Publish) -> None:
    question = publish("透析病人去外地怎么办？")
    make_live(
        QuestionRevision.objects.create(document=question, number=2, title="器官移植怎么结算？", summary="能。"), None
    )
    assert found("透析") == []
    assert found("器官移植") == [question.pk]


@pytest.mark.parametrize(
    ("availability", "change", "more"),
    [
        (Availability.WITHDRAWN, Change.WITHDRAWN, {"withdrawn_on": dt.date(2026, 11, 22)}),
        (Availability.GONE, Change.REMOVED, {}),
    ],
)
def test_what_has_ended_leaves_at_once(
    publish: Publish, availability: Availability, change: Change, more: dict
) -> None:
    question = publish("透析病人去外地怎么办？")
    end(question, availability, change, **more)
    assert found("透析") == []
    assert not drift()


def test_a_merged_question_leaves_at_once(publish: Publish) -> None:
    target, question = publish("化疗在外地怎么办？"), publish("透析病人去外地怎么办？")
    end(question, Availability.MERGED, Change.MERGED, replaced_by=target)
    assert found("透析") == []
    assert not drift()


def test_identity_changes_are_indexed(publish: Publish) -> None:
    question = publish("透析病人去外地怎么办？")
    question.search_terms = "洗肾"
    question.save()
    announce(question, Change.IDENTITY)
    assert found("洗肾") == [question.pk]


def test_a_publication_that_fails_leaves_nothing(publish: Publish) -> None:
    with contextlib.suppress(RuntimeError), transaction.atomic():
        publish("透析病人去外地怎么办？")
        assert len(found("透析")) == 1
        raise RuntimeError
    assert found("透析") == []
    assert not drift()


def test_rebuild_gives_the_same_index(publish: Publish) -> None:
    for title in ("透析病人去外地怎么办？", "化疗在外地怎么办？", "转诊单哪里开？"):
        publish(title)
    before = list(
        IndexEntry.objects.order_by("object_id").values("object_id", "title", "heads", "content", "head_tokens")
    )
    generation = IndexState.current().generation
    assert rebuild() == 3
    after = list(
        IndexEntry.objects.order_by("object_id").values("object_id", "title", "heads", "content", "head_tokens")
    )
    assert after == before
    assert IndexState.current().generation == generation + 1
    assert IndexState.current().building is None
    assert len(found("透析")) == 1


def test_search_and_publishing_go_on_during_a_rebuild(publish: Publish) -> None:
    first = publish("透析病人去外地怎么办？")

    def meanwhile(batches: Any, total: int) -> Any:
        yield from batches
        assert found("透析") == [first.pk]
        publish("化疗在外地怎么办？")
        end(first, Availability.GONE, Change.REMOVED)
        assert found("透析") == []
        assert len(found("化疗")) == 1

    rebuild(meanwhile)
    assert found("透析") == []
    assert len(found("化疗")) == 1
    assert not drift()


def test_a_rebuild_that_dies_changes_nothing(publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    question = publish("透析病人去外地怎么办？")

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rebuilding, "_swap", dies)
        with pytest.raises(KeyboardInterrupt):
            rebuild()
    assert found("透析") == [question.pk]
    assert rebuild() == 1
    assert found("透析") == [question.pk]
    assert IndexEntry.objects.count() == 1


def test_drift_is_seen_said_and_mended(publish: Publish, client: Client) -> None:
    question, gone = publish("透析病人去外地怎么办？"), publish("化疗在外地怎么办？")
    assert client.get("/readyz").json()["index"] is True
    IndexEntry.objects.filter(object_id=question.pk).delete()
    Question.objects.filter(pk=gone.pk).update(availability=Availability.UNPUBLISHED)
    assert (drift().missing, drift().orphaned) == (1, 1)
    assert client.get("/readyz").status_code == 503
    with pytest.raises(CommandError, match="1 missing"):
        call_command("rebuild_search", "--check")
    call_command("rebuild_search", verbosity=0)
    assert not drift()
    assert client.get("/readyz").json()["index"] is True


def test_an_older_version_in_the_index_is_drift(publish: Publish) -> None:
    question = publish("透析病人去外地怎么办？")
    IndexEntry.objects.filter(object_id=question.pk).update(revision_id=0)
    assert drift().stale == 1


def test_another_tokeniser_is_drift(publish: Publish) -> None:
    publish("透析病人去外地怎么办？")
    IndexState.objects.update(scheme=0)
    assert drift().scheme
    call_command("rebuild_search", verbosity=0)
    assert not drift()


def test_a_figure_that_takes_effect_is_indexed_by_housekeeping(publish: Publish, frozen: Callable[..., None]) -> None:
    frozen("2026-11-22")
    days = Parameter.objects.create(key="days", label="天数", unit="天")
    ParameterValue.objects.create(parameter=days, value="二十", in_force_until=dt.date(2026, 12, 31), source_note="试")
    ParameterValue.objects.create(parameter=days, value="十五", in_force_from=dt.date(2027, 1, 1), source_note="试")
    publish("要等多久？", body="要等[[days]]才行")
    job = dict(jobs())["search: figures"]
    job()
    assert len(found("二十天才行")) == 1
    frozen("2027-01-01")
    assert "1 documents" in job()
    assert len(found("十五天才行")) == 1
    assert "二十" not in IndexEntry.objects.get().content
    assert job() == ""
