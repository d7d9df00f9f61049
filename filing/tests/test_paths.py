"""Every way through the questions, and what must hold on all of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filing.cases import Case
from filing.flow import Answers, every_case
from filing.impact import PAIRS
from filing.places import Gazetteer
from filing.rules import Book, Outcome, decide
from filing.tests.conftest import TODAY
from filing.vocabulary import Question, Reason, Relation, Section, Slot, Stage, Verdict

FILING = {Slot.FILE_FIRST, Slot.FILE_BEFORE_DISCHARGE, Slot.LATE_FILING, Slot.FORM, Slot.REFERRAL_NOTE}
MORE_PAIRS = [
    ("130100", "beijing"), ("beijing", "tianjin"), ("130100", "130600"), ("360100", "360700"), ("jiangxi-direct", "beijing"),
    ("350200", "350100"), ("350100", "350200"), ("350200", "shanghai"), ("320500", "340100"), ("320100", "320500"),
    ("440300", "hainan"), ("460200", "hainan"), ("659001", "659004"), ("bingtuan", "xizang"), ("shanghai", "330100"),
    ("510100", "510300"), ("beijing", "bingtuan"),
]  # fmt: skip
ALL_PAIRS = [*PAIRS, *MORE_PAIRS]


_cases: list[Case] = []


@pytest.fixture
def cases(gazetteer: Gazetteer) -> list[Case]:
    """All answers between places of every kind."""
    if not _cases:
        places = [(gazetteer.place(home), gazetteer.place(away)) for home, away in ALL_PAIRS]
        _cases.extend(case for home, away in places for case in every_case(home, away))
    return _cases


_decided: list[Outcome] = []


@pytest.fixture
def outcomes(cases: list[Case], rules_book: Book) -> list[Outcome]:
    """The outcome of every case, decided once: the content is the same in all tests."""
    if not _decided:
        _decided.extend(decide(case, rules_book, TODAY) for case in cases)
    return _decided


def test_every_path_ends_in_a_known_outcome_with_sources(outcomes: list[Outcome]) -> None:
    assert len(outcomes) > 7000
    for outcome in outcomes:
        assert outcome.known, outcome.case
        assert all((row.source.policy and row.source.clause) or row.source.note for row in outcome.statements.values())


def test_every_outcome_says_why_what_to_do_and_what_to_bring(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        sections = {slot.section for slot in outcome.statements}
        assert Section.WHY in sections or outcome.exemptions, outcome.case
        if outcome.verdict != Verdict.NOT_COVERED:
            assert {Section.STEPS, Section.PAPERS} <= sections, outcome.case
        if outcome.verdict not in {Verdict.NOT_COVERED, Verdict.LOCAL}:
            assert Section.UNKNOWN in sections, outcome.case


def test_every_verdict_is_reached(outcomes: list[Outcome]) -> None:
    assert {outcome.verdict for outcome in outcomes} == set(Verdict)


def test_every_rule_in_force_is_used_somewhere(outcomes: list[Outcome], rules_book: Book) -> None:
    used = {row.code for outcome in outcomes for row in outcome.statements.values()}
    current = {row.code for row in rules_book.statements if row.period.holds_on(TODAY)}
    assert current - used == set()


def test_paths_have_two_to_six_steps(cases: list[Case]) -> None:
    lengths = {case.relation: set() for case in cases}
    for case in cases:
        lengths[case.relation].add(
            2 + sum(bool(getattr(case, name)) for name in ("reason", "insurance", "care", "stage"))
        )
    assert lengths[Relation.ABROAD] == lengths[Relation.HMT] == {2}
    assert lengths[Relation.LOCAL] == {3}
    assert lengths[Relation.CROSS_PROVINCE] == lengths[Relation.SAME_PROVINCE] == lengths[Relation.CORPS] == {6}


# What must never change, whatever the rules say


def test_an_emergency_is_never_told_to_file(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.case.reason == Reason.EMERGENCY:
            assert not FILING & set(outcome.statements), outcome.case
            assert outcome.verdict in {Verdict.EMERGENCY, Verdict.CLAIM}


def test_an_exempt_case_is_never_told_to_file(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.freed_by:
            assert not FILING & set(outcome.statements), outcome.case


def test_a_long_filing_never_expires_by_itself(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.verdict == Verdict.FILE_LONG:
            validity = outcome.statements[Slot.VALIDITY].text
            assert "长期有效" in validity
            assert "filing_temporary_min" not in validity


def test_the_kind_of_insurance_never_changes_the_verdict(outcomes: list[Outcome]) -> None:
    verdicts: dict[Case, set[Verdict]] = {}
    for outcome in outcomes:
        verdicts.setdefault(replace(outcome.case, insurance=""), set()).add(outcome.verdict)
    assert all(len(found) == 1 for found in verdicts.values())


def test_going_there_does_not_change_the_kind_of_filing(outcome: Callable[..., Outcome]) -> None:
    for reason in ("living", "working", "resettled", "referral", "visiting", "unsure"):
        both = [
            outcome("340100", "beijing", reason=reason, insurance="resident", care="inpatient", stage=stage).verdict
            for stage in (Stage.PLANNING, Stage.THERE)
        ]
        assert both[0] == both[1]


def test_who_has_not_paid_is_not_sent_to_claim_and_who_has_is(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.case.stage:
            assert (outcome.verdict == Verdict.CLAIM) == (outcome.case.stage == Stage.PAID), outcome.case


def test_nobody_is_told_two_different_things_about_filing(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert len({Slot.FILE_FIRST, Slot.FILE_BEFORE_DISCHARGE, Slot.LATE_FILING} & set(outcome.statements)) <= 1


def test_exemptions_between_places_hold_both_ways(outcome: Callable[..., Outcome]) -> None:
    answers = {"reason": "visiting", "insurance": "resident", "care": "outpatient", "stage": "planning"}
    for home, away in (("beijing", "tianjin"), ("beijing", "130100"), ("tianjin", "hebei-any")):
        assert outcome(home, away, **answers).verdict == outcome(away, home, **answers).verdict == Verdict.EXEMPT


def test_an_unknown_city_is_never_taken_for_the_same_city(outcome: Callable[..., Outcome]) -> None:
    answers = {"reason": "visiting", "insurance": "resident", "care": "inpatient", "stage": "planning"}
    assert outcome("anhui-any", "anhui-any", **answers).verdict == Verdict.ASK


# Answers that do not belong


def test_contradictory_and_unknown_answers_are_left_out(gazetteer: Gazetteer) -> None:
    found = Answers(
        {
            "insured": "340100",
            "treated": "beijing",
            "reason": "emergency",
            "care": "pharmacy",
            "stage": "planning",
            "x": "1",
        },
        gazetteer.place,
    )
    assert found.values == {"insured": "340100", "treated": "beijing", "reason": "emergency"}
    assert found.next_question() == Question.INSURANCE


def test_answers_that_no_longer_count_are_left_out(gazetteer: Gazetteer) -> None:
    found = Answers(
        {"insured": "340100", "treated": "340100", "reason": "living", "insurance": "resident", "care": "inpatient"},
        gazetteer.place,
    )
    assert found.values == {"insured": "340100", "treated": "340100", "care": "inpatient"}
    assert found.next_question() is None


def test_nobody_is_insured_abroad_or_treated_at_an_office(gazetteer: Gazetteer) -> None:
    assert Answers({"insured": "abroad", "treated": "anhui-direct"}, gazetteer.place).values == {}


@given(seed=st.integers(0, 2**32))
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ten_thousand_random_walks_end_in_an_outcome(seed: int, gazetteer: Gazetteer, rules_book: Book) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        case = _walk(chance, gazetteer)
        outcome = decide(case, rules_book, TODAY)
        assert outcome.known, case
        assert outcome.verdict in Verdict


def _walk(chance: random.Random, gazetteer: Gazetteer) -> Case:
    """Answers one question after the other at random, now and then with nonsense or with a change of mind."""
    codes = _codes(gazetteer)
    given: dict[str, str] = {}
    for _ in range(60):
        answers = Answers(given, gazetteer.place)
        asked = answers.next_question()
        if asked is None:
            return answers.case()
        if chance.random() < 0.1:
            asked = chance.choice(list(Question))
        options = codes if asked in {Question.INSURED, Question.TREATED} else [*answers.options(asked), "nonsense"]
        given[asked.value] = chance.choice(options)
    raise AssertionError(f"no end: {given}")


def _codes(gazetteer: Gazetteer) -> list[str]:
    return [
        *gazetteer.cities,
        *gazetteer.provinces,
        *(f"{slug}-any" for slug in gazetteer.provinces),
        "anhui-direct",
        "hmt",
        "abroad",
        "nowhere",
    ]
