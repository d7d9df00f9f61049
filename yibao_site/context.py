"""What every template may show: who runs the site, its official registration, the reading mode."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import mark_safe

from yibao_site import early, modes


def site(request: HttpRequest) -> dict[str, object]:
    """Context processor: the site's name and duties, and the canonical address of this page."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "site_operator": settings.SITE_OPERATOR,
        "contact_email": settings.CONTACT_EMAIL,
        "icp_number": settings.ICP_NUMBER,
        "police_number": settings.POLICE_NUMBER,
        "police_code": "".join(filter(str.isdecimal, settings.POLICE_NUMBER)),
        "canonical": settings.SITE_URL + request.path,
        "early_script": mark_safe(early.SCRIPT),  # noqa: S308 - our own file
        "mode": modes.mode_of(request),
        "modes": modes.switch(request),
    }
