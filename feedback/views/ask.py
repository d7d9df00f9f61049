"""Asking: first the answers that are already there, then the question to the editors."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from feedback import limits, receipts, stamps
from feedback.forms import QUESTION_LIMIT, AskForm
from feedback.intake import receive_question
from feedback.nearest import nearest
from feedback.origin import own_site_only, private, refusal
from feedback.words import safe, tidy

TOO_BIG = "内容太长，没有收下。问题请控制在500字以内，不要粘贴文件或图片。"
DOWN = "网站暂时存不了您的问题，还没有收到。您写的字都在下面的框里，请过几分钟再按一次。"
TOO_MANY = "这个网络今天提交得太多了，先收不了。您写的字都在下面的框里，请过一小时再按一次；急事请拨打12393。"
TOO_FAST = "提交得太快了。请看一下下面的回答，没有您要的，再按一次“提交”。"


@require_http_methods(["GET", "HEAD", "POST"])
@own_site_only
def ask(request: HttpRequest) -> HttpResponse:
    """The form, the second look, and the receipt."""
    if request.method == "POST":
        return _posted(request)
    searched = tidy(request.GET.get("q", ""))[:QUESTION_LIMIT]
    response = _page(request, AskForm(initial={"text": searched}))
    if searched:  # what a reader searched for in vain; nobody else needs that copy of the page
        response["Cache-Control"] = "no-store"
    return response


@private
def _posted(request: HttpRequest) -> HttpResponse:
    try:
        form = AskForm(request.POST)
    except (RequestDataTooBig, TooManyFieldsSent):
        return refusal(request, TOO_BIG, 413)
    try:
        if not form.is_valid():
            return _page(request, form, status=400)
        if "send" in request.POST and form.at_human_pace:
            return _send(request, form)
        return _second_look(request, form)
    except (DatabaseError, limits.CacheDown):
        return _page(request, form.without_database(), status=503, sentence=DOWN)


def _second_look(request: HttpRequest, form: AskForm) -> HttpResponse:
    """What is already answered, how the words will be kept, and the button that sends them."""
    sentence = TOO_FAST if "send" in request.POST and request.POST.get("stamp") else ""
    found = nearest(form.cleaned_data["text"]) if limits.allows(limits.LOOKING, request) else []
    kept = form.cleaned_data["text"]
    context = {
        "checked": True, "found": found, "stamp": stamps.new_stamp("ask"),
        "kept": kept if kept != tidy(form.data["text"]) else "",
    }  # fmt: skip
    return _page(request, form, sentence=sentence, **context)


def _send(request: HttpRequest, form: AskForm) -> HttpResponse:
    if not limits.allows(limits.ASKING, request):
        return _page(request, form, status=429, sentence=TOO_MANY, checked=True, stamp=stamps.new_stamp("ask"))
    code = receive_question(form.cleaned_data, request)
    context = {"code": code, "spelled": receipts.spelled(code), "email": form.cleaned_data["email"]}
    return render(request, "feedback/received.html", context)


def _page(request: HttpRequest, form: AskForm, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "feedback/ask.html", {"form": form, **context}, status=status)


@require_POST
@own_site_only
@private
def nearest_answers(request: HttpRequest) -> HttpResponse:
    """The nearest answers as JSON, while the reader types. A POST, so that the words stand in no log."""
    try:
        text = safe(request.POST.get("text", "")[:2000])
        if len(text) < 4 or not limits.allows(limits.LOOKING, request):
            return JsonResponse({"answers": []})
        found = nearest(text)
    except (RequestDataTooBig, TooManyFieldsSent, DatabaseError, limits.CacheDown):
        return JsonResponse({"answers": []})  # suggestions are a help, never an obstacle
    rows = [{"title": one.live.title, "url": one.get_absolute_url(), "answer": one.short_answer} for one in found]
    return JsonResponse({"answers": rows})
