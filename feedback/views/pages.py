"""What readers say about a page: whether it helped, and what is wrong with it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.core.signing import BadSignature, Signer
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from feedback import limits, receipts, stamps
from feedback.forms import ReasonForm, ReportForm, VoteForm
from feedback.intake import receive_report, receive_vote
from feedback.models import HelpfulVote
from feedback.origin import own_site_only, private, refusal
from publishing import registry

DOWN = "网站暂时存不了您的意见，还没有收到。您写的字都在下面的框里，请过几分钟再按一次。"
TOO_MANY = "这个网络提交得太多了，先收不了。请过一小时再试；急事请拨打12393。"
TOO_FAST = "提交得太快了，还没有收下。请看一眼写的内容，再按一次“提交”。"
# A household may share one network; more votes than this on one page and day are one person's.
VOTES_A_PAGE = limits.Limit("vote-page", 4, 24 * limits.HOUR)


def reachable(kind: str, pk: int) -> Any:
    """The page that readers can see under this name; Http404 if there is none."""
    try:
        documents = registry.content_type(kind).model.objects
    except KeyError as error:
        raise Http404("没有这类页面") from error
    found = documents.reachable().filter(pk=pk, live__isnull=False).first()
    if found is None:
        raise Http404("没有这个页面")
    return found


@require_POST
@own_site_only
@private
def helpful(request: HttpRequest) -> HttpResponse:
    """Takes a vote, thanks, and asks one more thing."""
    form = VoteForm(request.POST)
    if not form.is_valid():
        return _no_vote(request, "没有收到您的选择，请回到页面再按一次。", 400)
    try:
        return _voted(request, form.cleaned_data)
    except (DatabaseError, limits.CacheDown):
        return _no_vote(request, "网站暂时记不下来，请过几分钟再按一次。", 503)


def _voted(request: HttpRequest, words: dict[str, Any]) -> HttpResponse:
    document = reachable(words["kind"], words["page"])
    if not document.revisions.filter(number=words["revision"], published_at__isnull=False).exists():
        return _no_vote(request, "这个页面刚刚更新过，请刷新后再按一次。", 400)
    if not limits.allows(limits.VOTING, request):
        return _no_vote(request, TOO_MANY, 429)
    signed = ""
    if limits.allows(VOTES_A_PAGE, request, f"{words['kind']}/{document.pk}"):
        vote = receive_vote(words["kind"], document, words["revision"], words["helpful"] == "yes")
        signed = Signer(salt="feedback.vote").sign(str(vote.pk))
    is_no = words["helpful"] == "no"
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"thanks": "谢谢，记下了。", "vote": signed if is_no else ""})
    form = ReasonForm(initial={"vote": signed}) if signed and is_no else None
    return render(request, "feedback/thanks.html", {"document": document, "form": form, "kind": words["kind"]})


def _no_vote(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"error": sentence}, status=status)
    return refusal(request, sentence, status)


@require_POST
@own_site_only
@private
def reason(request: HttpRequest) -> HttpResponse:
    """Adds the reason to a vote that was just given."""
    form = ReasonForm(request.POST)
    try:
        pk = int(Signer(salt="feedback.vote").unsign(form.data.get("vote", "")))
    except (BadSignature, ValueError):
        return refusal(request, "没有找到刚才的那一次选择，请回到页面再按一次。", 400)
    if not form.is_valid():
        return render(request, "feedback/thanks.html", {"form": form}, status=400)
    words = {name: form.cleaned_data[name] for name in ("reason", "comment")}
    try:
        HelpfulVote.objects.filter(pk=pk, reason="", comment="").update(**words)
    except DatabaseError:
        return render(request, "feedback/thanks.html", {"form": form, "sentence": DOWN}, status=503)
    return render(request, "feedback/thanks.html", {"done": True})


@require_http_methods(["GET", "HEAD", "POST"])
@own_site_only
@private
def report(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """The form in which readers say what is wrong, and its receipt."""
    try:
        form = ReportForm(request.POST) if request.method == "POST" else ReportForm()
    except (RequestDataTooBig, TooManyFieldsSent):
        return refusal(request, "内容太长，没有收下。请控制在1000字以内，不要粘贴文件或图片。", 413)
    document = None
    try:
        document = reachable(kind, pk)
        if request.method != "POST":
            return _report_page(request, form, document)
        if not form.is_valid():
            return _report_page(request, form, document, 400)
        if not form.at_human_pace:
            return _report_page(request, form, document, 400, TOO_FAST)
        if not limits.allows(limits.REPORTING, request):
            return _report_page(request, form, document, 429, TOO_MANY)
        code = receive_report(form.cleaned_data, document, request)
    except (DatabaseError, limits.CacheDown):
        return _report_page(request, form, document, 503, DOWN)
    return render(request, "feedback/reported.html", {"spelled": receipts.spelled(code), "document": document})


def _report_page(
    request: HttpRequest, form: ReportForm, document: Any, status: int = 200, sentence: str = ""
) -> HttpResponse:
    context = {"form": form, "document": document, "stamp": stamps.new_stamp("report"), "sentence": sentence}
    return render(request, "feedback/report.html", context, status=status)
