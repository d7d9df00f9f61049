"""What readers send in, and what is made of it. All free text is masked before it reaches a model."""

from feedback.models.base import Submission
from feedback.models.inbox import AskedWording, Contact, Inbox, Insurance, QuestionCluster, ReaderQuestion
from feedback.models.pages import Correction, ErrorReport, HelpfulVote, Reason, ReportState, working_days_after
from feedback.models.people import EditorProfile
from feedback.models.views import CountedBatch, DailyViews

__all__ = [
    "AskedWording",
    "Contact",
    "Correction",
    "CountedBatch",
    "DailyViews",
    "EditorProfile",
    "ErrorReport",
    "HelpfulVote",
    "Inbox",
    "Insurance",
    "QuestionCluster",
    "ReaderQuestion",
    "Reason",
    "ReportState",
    "Submission",
    "working_days_after",
]
