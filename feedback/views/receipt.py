"""What became of my question: look up, take along, delete, all by the receipt code."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from feedback import limits, receipts
from feedback.forms import ReceiptForm
from feedback.intake import submission_of
from feedback.models import ErrorReport, ReaderQuestion, Submission
from feedback.origin import own_site_only, private, refusal
from publishing.models import Availability

UNKNOWN = "没有这个编号。请对照回执再输一遍；超过保存期限的内容已经删除，也查不到。"
TOO_MANY = "查得太频繁了，请过一小时再试。"


@require_http_methods(["GET", "HEAD", "POST"])
@own_site_only
@private
def receipt(request: HttpRequest) -> HttpResponse:
    """The page where a code is typed, and what it opens."""
    if request.method != "POST":
        return render(request, "feedback/receipt.html", {"form": ReceiptForm()})
    typed = request.POST.get("code", "").replace("\x00", "")
    code = receipts.read_code(typed)
    try:
        if not limits.allows(limits.OPENING_RECEIPTS, request):
            return refusal(request, TOO_MANY, 429)
    except limits.CacheDown:
        return refusal(request, "现在暂时查不了，请过几分钟再试。", 503)
    found = submission_of(code) if code else None
    if not code or found is None:
        context = {"form": ReceiptForm(initial={"code": typed[:40]}), "sentence": UNKNOWN}
        return render(request, "feedback/receipt.html", context, status=404)
    return _opened(request, code, found)


def _opened(request: HttpRequest, code: str, found: Submission) -> HttpResponse:
    action = request.POST.get("action", "look")
    if action == "export":
        return _export(found)
    if action == "delete":
        found.delete()
        return render(request, "feedback/deleted.html")
    context = {
        "code": code, "spelled": receipts.spelled(code), "found": found, "asking_to_delete": action == "ask-delete",
        "is_question": isinstance(found, ReaderQuestion), "answer": answer_of(found),
        "page": found.document if isinstance(found, ErrorReport) else None,
    }  # fmt: skip
    return render(request, "feedback/status.html", context)


def answer_of(found: Submission) -> object | None:
    """The live answer to a question, or to the one it was merged into."""
    if not isinstance(found, ReaderQuestion):
        return None
    answer = (found.merged_into or found).answer
    return answer if answer and answer.availability == Availability.LIVE else None


def _export(found: Submission) -> HttpResponse:
    """Everything kept about the submission, as a text that people can read."""
    lines = [f"{label}：{value}" for label, value in exported(found)]
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="my-submission.txt"'
    return response


def exported(found: Submission) -> list[tuple[str, str]]:
    """All that is stored of a submission, with its labels."""
    common = [
        ("收到时间", f"{timezone.localtime(found.received_at):%Y-%m-%d %H:%M}"),
        ("状态", found.get_state_display()),
    ]
    if isinstance(found, ErrorReport):
        page = found.document
        own = [
            ("页面", page.get_absolute_url() if page else "已删除"), ("在办什么", found.doing), ("哪里不对", found.wrong),
            ("页面上的原话", found.quote),
        ]  # fmt: skip
    else:
        contact = getattr(found, "contact", None)
        own = [
            ("问题", found.text), ("参保地", str(found.insured_in or "")), ("就医地", str(found.treated_in or "")),
            ("险种", found.get_insurance_display()), ("邮箱", contact.email if contact else ""),
        ]  # fmt: skip
    return [*common, *own, ("答复", found.reply)]
