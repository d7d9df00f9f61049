"""Mails to those who left an address: that there is an answer, and where. The question itself is not in the mail."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from feedback.models import Contact, Inbox
from publishing.models import Availability

log = logging.getLogger(__name__)

AT_ONCE = 50
SUBJECT = "您的提问有答案了"
TEXT = """您好：

您在{site}的提问有答案了：

{title}
{url}

办事前，请再向参保地医保部门核实一次，热线12393。

这是自动发出的邮件。您的邮箱在问题处理完后30天内从网站删除，以后不会再收到我们的邮件。
"""


def notify() -> str:
    """Housekeeping: sends what is due; a mail that fails is tried again next time. A sentence about it."""
    due = Contact.objects.filter(
        question__state__in=[Inbox.ANSWERED, Inbox.MERGED], question__notified_at__isnull=True
    ).select_related("question__answer__live", "question__merged_into__answer__live")
    sent = sum(_send(contact) for contact in due.order_by("id")[:AT_ONCE])
    return f"{sent} readers notified" if sent else ""


def _send(contact: Contact) -> bool:
    question = contact.question
    answer = (question.merged_into or question).answer
    if answer is None or answer.availability != Availability.LIVE:
        return False
    url = settings.SITE_URL + answer.get_absolute_url()
    text = TEXT.format(site=settings.SITE_NAME, title=answer.live.title, url=url)
    try:
        send_mail(f"{SUBJECT} - {settings.SITE_NAME}", text, None, [contact.email])
    except (SMTPException, OSError) as error:
        # The address is no business of the log.
        log.warning("a reader's mail was not sent: %s", type(error).__name__)
        return False
    question.notified_at = timezone.now()
    question.save(update_fields=["notified_at"])
    return True
