"""Routing only: which question comes next, and which answers it takes. Says nothing about rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode

from filing.cases import Case, Place, relation
from filing.vocabulary import Care, Insurance, Question, Reason, Relation, Stage

PLACES = (Question.INSURED, Question.TREATED)
LISTS = {Question.REASON: Reason, Question.INSURANCE: Insurance, Question.CARE: Care, Question.STAGE: Stage}
# What cannot be combined is not offered: nobody plans an emergency, and none happens in a pharmacy.
CARES = {
    Reason.EMERGENCY: (Care.INPATIENT, Care.OUTPATIENT),
    Reason.BIRTH: (Care.INPATIENT, Care.OUTPATIENT),
    Reason.REFERRAL: (Care.INPATIENT, Care.OUTPATIENT, Care.CHRONIC, Care.UNSURE),
}
STAGES = {Reason.EMERGENCY: (Stage.THERE, Stage.PAID)}
# Where the answer no longer depends on them, questions are left out.
SHORT = {
    Relation.LOCAL: (Question.CARE,),
    Relation.HMT: (),
    Relation.ABROAD: (),
}

Find = Callable[[str], Place | None]


class Answers:
    """The valid answers of a request; what is unknown or contradicts an earlier answer is left out."""

    def __init__(self, given: Mapping[str, str], find: Find) -> None:
        self.places: dict[str, Place] = {}
        self.values: dict[str, str] = {}
        for question in Question:
            value = given.get(question.value, "")
            if question in PLACES:
                place = find(value) if value else None
                if place and accepts(question, place):
                    self.places[question], self.values[question] = place, place.code
            elif question in self.asked() and value in self.options(question):
                self.values[question] = value

    def __contains__(self, question: str) -> bool:
        return question in self.values

    def asked(self) -> tuple[Question, ...]:
        """The questions of this path, in order."""
        if len(self.places) < len(PLACES):
            return tuple(Question)
        return PLACES + SHORT.get(self.relation, tuple(LISTS))

    @property
    def relation(self) -> Relation:
        return relation(self.places[Question.INSURED], self.places[Question.TREATED])

    def options(self, question: str) -> list[str]:
        """The values that may be chosen from, given the answers before."""
        reason = self.values.get(Question.REASON)
        allowed = {Question.CARE: CARES, Question.STAGE: STAGES}.get(question, {}).get(reason)
        return [option.value for option in allowed or LISTS[question]]

    def next_question(self) -> Question | None:
        """The first question without an answer; None at the end."""
        return next((question for question in self.asked() if question not in self), None)

    def previous(self, question: str) -> Question | None:
        """The question before."""
        asked = self.asked()
        place = asked.index(question)
        return asked[place - 1] if place else None

    def reachable(self, question: str) -> bool:
        """Whether everything before the question is answered."""
        asked = self.asked()
        return question in asked and all(earlier in self for earlier in asked[: asked.index(question)])

    def query(self, **changes: str) -> str:
        """The answers as a query string with sorted names."""
        return urlencode(sorted({**self.values, **changes}.items()))

    def case(self) -> Case:
        """The finished case."""
        rest = {question.value: self.values.get(question, "") for question in LISTS}
        return Case(self.places[Question.INSURED], self.places[Question.TREATED], **rest)


def accepts(question: str, place: Place) -> bool:
    """Nobody is insured abroad; nobody is treated at 省本级, which is an office and not a place."""
    return bool(place.province) if question == Question.INSURED else not place.direct


def every_case(insured: Place, treated: Place) -> Iterator[Case]:
    """All ways through the questions between two places."""
    places = {insured.code: insured, treated.code: treated}
    waiting = [{Question.INSURED.value: insured.code, Question.TREATED.value: treated.code}]
    while waiting:
        given = waiting.pop()
        answers = Answers(given, places.get)
        question = answers.next_question()
        if question is None:
            yield answers.case()
        else:
            waiting += [{**given, question.value: option} for option in reversed(answers.options(question))]
