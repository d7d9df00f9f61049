"""What the tests of the guide share: its book and its places, read once from the content, and ways to walk through it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from filing import book
from filing.flow import Answers
from filing.places import Gazetteer
from filing.rules import Book, Outcome, decide
from filing.tests.expand_outcomes import TABLE

TODAY = dt.date(2026, 11, 22)
ROWS = yaml.load(TABLE.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
ASKED = ("insured", "treated", "reason", "insurance", "care", "stage")


@pytest.fixture
def rules_book(content: None) -> Book:
    return book.load()


@pytest.fixture
def gazetteer(content: None) -> Gazetteer:
    return Gazetteer()


@pytest.fixture
def outcome(rules_book: Book, gazetteer: Gazetteer) -> Callable[..., Outcome]:
    """`outcome(insured, treated, reason=…, …, day=…)`."""

    def outcome_of(insured: str, treated: str, day: dt.date = TODAY, **given: str) -> Outcome:
        answers = Answers({"insured": insured, "treated": treated, **given}, gazetteer.place)
        assert answers.next_question() is None, f"{answers.next_question()} is not answered"
        return decide(answers.case(), rules_book, day)

    return outcome_of


def given(row: dict[str, Any]) -> dict[str, str]:
    """The answers of a row of the outcome table."""
    return {name: row[name] for name in ASKED if name in row}


def slots(outcome: Outcome) -> set[str]:
    return {slot.value for slot in outcome.statements}


def cited(outcome: Outcome) -> list[str]:
    """Every "P20 经办规程第八条" that the outcome rests on."""
    sources = [row.source for row in [*outcome.statements.values(), *outcome.exemptions]]
    return [f"{source.policy.code} {source.clause}" for source in sources if source.policy]
