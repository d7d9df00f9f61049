"""Mails to an editor about their own account, so that they notice what they did not do themselves."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

logger = logging.getLogger(__name__)
END = "如果是您自己做的，不用理会这封信。如果不是，请马上修改密码，并告诉管理员。"


def tell(user: Any, subject: str, sentence: str) -> None:
    """Sends one plain mail; where mail does not work, the login does."""
    if not user.email:
        return
    when = f"{timezone.localtime():%Y-%m-%d %H:%M}"
    account = f"您的编辑账号“{user.get_username()}”：{sentence}\n时间：{when}（北京时间）"
    text = f"{account}\n\n{END}\n\n{settings.SITE_NAME}\n{settings.SITE_URL}/admin/account/\n"
    try:
        send_mail(f"{settings.SITE_NAME}：{subject}", text, None, [user.email])
    except (OSError, SMTPException):
        logger.exception("The mail about an account could not be sent")
