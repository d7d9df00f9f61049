"""What `manage.py check --deploy` demands of a public machine: the operator's duties, said before readers find out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils import timezone

ICP = re.compile(r"\w?ICP(备|证)\d{6,10}号(-\d{1,3})?")
POLICE = re.compile(r"\w{1,3}公网安备 ?\d{14}号")
NOTICE = dt.timedelta(days=30)


@register(Tags.security, deploy=True)
def duties(**_: Any) -> list[CheckMessage]:
    """Everything that the operator still owes; empty where nothing is missing."""
    return [*_registration(), *_reachable(), *_address()]


def _registration() -> Iterator[CheckMessage]:
    if not ICP.fullmatch(settings.ICP_NUMBER):
        yield Error(
            "ICP_NUMBER is not a filing number such as 京ICP备12345678号; a site in mainland China must show it.",
            hint="It stands in the footer of every page, with a link to beian.miit.gov.cn.",
            id="yibao.E001",
        )
    if not POLICE.fullmatch(settings.POLICE_NUMBER):
        yield Error(
            "POLICE_NUMBER is not a filing number such as 京公网安备11010802012345号.",
            hint="It is due within 30 days of opening, at beian.mps.gov.cn; until it is there, this stays open.",
            id="yibao.E002",
        )


def _reachable() -> Iterator[CheckMessage]:
    if (
        settings.CONTACT_EMAIL.endswith(("@example.org", "@example.com", "@localhost"))
        or "@" not in settings.CONTACT_EMAIL
    ):
        yield Error("CONTACT_EMAIL is nobody's address; readers and security researchers write to it.", id="yibao.E003")
    if settings.SECURITY_TXT_EXPIRES - timezone.localdate() < NOTICE:
        yield Error(
            f"security.txt expires on {settings.SECURITY_TXT_EXPIRES}.",
            hint="Make sure that mail to CONTACT_EMAIL is read, then set SECURITY_TXT_EXPIRES to a day within a year.",
            id="yibao.E004",
        )
    if settings.EMAIL_BACKEND.endswith(("console.EmailBackend", "dummy.EmailBackend")):
        yield Error("EMAIL_URL sends no mail, and the console writes readers' addresses into the log.", id="yibao.E005")


def _address() -> Iterator[CheckMessage]:
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme != "https":
        yield Error("SITE_URL does not begin with https://.", id="yibao.E006")
    if "*" in settings.ALLOWED_HOSTS or parts.hostname not in settings.ALLOWED_HOSTS:
        yield Error("ALLOWED_HOSTS must hold the host of SITE_URL, and no *.", id="yibao.E007")
