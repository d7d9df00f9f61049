"""The pages of the filing guide: one question each, then the plan. The whole state is in the URL."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from filing import book, plans, reminder, rules
from filing.flow import LISTS, PLACES, Answers
from filing.places import CITIES, Gazetteer, search_text
from filing.vocabulary import Question, Relation, Verdict
from policies.figures import Figures
from taxonomy.models import Region

VALIDITY = "filing_temporary_min"
MODES = {"large", "elder"}  # the reading mode travels in the URL where JavaScript does not keep it


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    return render(request, "filing/start.html", {"questions": Question})


@require_safe
def following(request: HttpRequest) -> HttpResponse:
    """Where a form leads: to the first question that is not answered, or to the plan."""
    answers = Answers(request.GET.dict(), Gazetteer().resolve)
    return HttpResponseRedirect(_next_url(answers, request))


@require_safe
def question(request: HttpRequest, name: str) -> HttpResponse:
    """One question; an own answer in the URL is already chosen, an own answer that says nothing is asked again."""
    if name not in Question.values:
        raise Http404("没有这个问题")
    gazetteer = Gazetteer()
    answers = Answers(request.GET.dict(), gazetteer.resolve)
    if not answers.reachable(name):
        return HttpResponseRedirect(_next_url(answers, request))
    typed = _left_over(request, answers, Question(name))
    query = answers.query(**typed, **_mode(request))
    if request.META["QUERY_STRING"] != query:
        return HttpResponseRedirect(_url(name, query))
    return render(
        request, f"filing/questions/{name}.html", _question_context(answers, Question(name), typed, gazetteer)
    )


@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """The outcome of a finished case."""
    gazetteer = Gazetteer()
    answers = Answers(request.GET.dict(), gazetteer.resolve)
    if answers.next_question() or request.META["QUERY_STRING"] != answers.query(**_mode(request)):
        return HttpResponseRedirect(_next_url(answers, request))
    day = timezone.localdate()
    outcome = rules.decide(answers.case(), book.load(), day)
    context = {
        "plan": plans.build(outcome, day),
        "verdict": outcome.verdict.value,
        "summary": _summary(answers),
        "insured": gazetteer.provinces[outcome.case.insured.province],
        "treated": gazetteer.provinces.get(outcome.case.treated.province),
        "back_url": _url(answers.asked()[-1], answers.query()),
        "reminder_url": f"{reverse('filing-reminder')}?{answers.query()}" if _ends(outcome) else "",
    }
    return render(request, "filing/plan.html", context)


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """A calendar entry for a temporary filing; 404 for any other case."""
    answers = Answers(request.GET.dict(), Gazetteer().resolve)
    day = timezone.localdate()
    if answers.next_question() or not _ends(rules.decide(answers.case(), book.load(), day)):
        raise Http404("只有临时外出备案才有到期提醒")
    shortest = Figures.on(day, [f"[[{VALIDITY}]]"]).text(VALIDITY)
    months = re.match(r"\d+", shortest)
    if months is None:
        raise Http404("有效期正在核对")
    text = reminder.calendar(
        day, int(months[0]), "查一查异地就医备案还有没有效",
        f"全国规定，临时外出备案的有效期原则上不少于{shortest}，参保地可以更长。还要在外地看病的，请在国家医保服务平台App里查备案的截止日期，快到期就续办。",
        f"{settings.SITE_URL}{reverse('filing-plan')}?{answers.query()}",
    )  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="filing-reminder.ics"', "X-Robots-Tag": "noindex"}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)


def _ends(outcome: rules.Outcome) -> bool:
    return outcome.verdict == Verdict.FILE_TEMPORARY


def _url(name: str, query: str) -> str:
    path = reverse("filing-question", args=[str(name)])
    return f"{path}?{query}" if query else path


def _next_url(answers: Answers, request: HttpRequest) -> str:
    """The first question without an answer, with what was typed there; else the plan."""
    pending = answers.next_question()
    if pending is None:
        return f"{reverse('filing-plan')}?{answers.query(**_mode(request))}"
    return _url(pending, answers.query(**_left_over(request, answers, pending), **_mode(request)))


def _mode(request: HttpRequest) -> dict[str, str]:
    mode = request.GET.get("mode", "")
    return {"mode": mode} if mode in MODES else {}


def _left_over(request: HttpRequest, answers: Answers, asked: Question) -> dict[str, str]:
    """What the reader gave for a question without answering it: the typed text of a place, else nothing."""
    if asked in answers or asked not in request.GET:
        return {}
    return {asked.value: search_text(request.GET[asked]) if asked in PLACES else ""}


def _question_context(answers: Answers, asked: Question, typed: dict[str, str], gazetteer: Gazetteer) -> dict[str, Any]:
    previous = answers.previous(asked)
    context = {
        "asked": asked,
        "number": answers.asked().index(asked) + 1,
        "chosen": answers.values.get(asked, ""),
        "error": asked.value in typed,
        "before": [pair for pair in sorted(answers.values.items()) if pair[0] < asked],
        "after": [pair for pair in sorted(answers.values.items()) if pair[0] > asked],
        "summary": [row for row in _summary(answers) if row[0] != asked.label],
        "back_url": _url(previous, answers.query()) if previous else reverse("filing"),
    }
    if asked in LISTS:
        return {**context, "options": [(value, LISTS[asked](value).label) for value in answers.options(asked)]}
    return {**context, **_place_context(answers, asked, typed.get(asked, ""), gazetteer)}


def _place_context(answers: Answers, asked: Question, text: str, gazetteer: Gazetteer) -> dict[str, Any]:
    """What the search found, and every province as a link."""
    insured = asked == Question.INSURED
    offers = gazetteer.offers(text, insured) if text else []
    return {
        "text": "" if text.endswith(CITIES) else text,
        "place": answers.places.get(asked),
        "offers": offers,
        "regions": _regions(answers, asked, gazetteer),
        "outside": []
        if insured
        else [(relation.label, _step(answers, asked, relation)) for relation in (Relation.HMT, Relation.ABROAD)],
    }


def _regions(answers: Answers, asked: Question, gazetteer: Gazetteer) -> list[tuple[str, list[tuple[str, str]]]]:
    links: dict[str, list[tuple[str, str]]] = {region: [] for region in Region.values}
    for province in gazetteer.provinces.values():
        value = province.slug if province.single_pool else province.slug + CITIES
        links[province.region].append((province.short_name, _step(answers, asked, value)))
    return [(Region(region).label, members) for region, members in links.items() if members]


def _step(answers: Answers, asked: Question, value: str) -> str:
    return f"{reverse('filing-next')}?{answers.query(**{asked.value: value})}"


def _summary(answers: Answers) -> list[tuple[str, str, str]]:
    """The answers so far: question, answer, and where to change it."""
    rows = []
    for asked in answers.asked():
        if asked in answers:
            value = answers.values[asked]
            label = answers.places[asked].label if asked in PLACES else LISTS[asked](value).label
            rows.append((asked.label, label, _url(asked, answers.query())))
    return rows
