"""This app's queues on the editors' desk."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from feedback.helpfulness import unhelpful
from feedback.models import ErrorReport, ReaderQuestion, ReportState
from publishing import desk


def open_reports(request: HttpRequest) -> list[desk.Entry]:
    """Reports that nobody answered, and those past their day."""
    if not request.user.has_perm("feedback.view_errorreport"):
        return []
    waiting = ErrorReport.objects.filter(state=ReportState.OPEN)
    late = waiting.filter(due_on__lt=timezone.localdate()).count()
    url = reverse("admin:feedback_errorreport_changelist") + "?state__exact=open"
    return [desk.Entry(f"报错（其中{late}条超过期限）" if late else "报错", url, waiting.count())]


def waiting_questions(request: HttpRequest) -> list[desk.Entry]:
    """Questions that nobody looked at."""
    if not request.user.has_perm("feedback.view_readerquestion"):
        return []
    url = reverse("admin:feedback_readerquestion_changelist") + "?state__exact=received"
    return [desk.Entry("提问", url, ReaderQuestion.objects.waiting().count())]


def unhelpful_pages(request: HttpRequest) -> list[desk.Entry]:
    """Pages whose present version does not help."""
    if not request.user.has_perm("feedback.view_helpfulvote"):
        return []
    return [desk.Entry("页面", reverse("admin:feedback_helpfulvote_changelist") + "?only=unhelpful", len(unhelpful()))]


def register() -> None:
    """Adds the queues."""
    desk.register(
        desk.Queue("reports", "读者报错未处理", "读者说哪里不对，3个工作日内要核对完。", open_reports, 50, True)
    )
    desk.register(desk.Queue("asked", "待回答的提问", "先看多人问到的。", waiting_questions, 55))
    desk.register(desk.Queue("unhelpful", "无帮助率高", "读者说没帮上忙的页面，看原因再改。", unhelpful_pages, 60))
