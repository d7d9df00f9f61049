"""What must hold before editors' accounts stand in public; `manage.py check --deploy` says what does not."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Tags, Warning, register


@register(Tags.security, deploy=True)
def second_factor_is_required(app_configs: Any, **options: Any) -> list[Warning]:
    """Staff without a second factor are one stolen password away from the whole site."""
    if settings.SECOND_FACTOR_REQUIRED:
        return []
    return [
        Warning(
            "SECOND_FACTOR_REQUIRED is off: a stolen password alone opens the admin.",
            hint="Remove the line from .env; it is on wherever SITE_URL is https.",
            id="accounts.W001",
        )
    ]


@register(Tags.security, deploy=True)
def proxies_are_counted(app_configs: Any, **options: Any) -> list[Warning]:
    """The server speaks no TLS itself, so an https site has a proxy; uncounted, all visitors share its address."""
    if settings.TRUSTED_PROXIES or not settings.HTTPS:
        return []
    return [
        Warning(
            "TRUSTED_PROXIES is 0 on an https site: failed logins of everybody count as one visitor's.",
            hint="Set it to the number of proxies of your own, 1 for nginx on the same machine.",
            id="accounts.W002",
        )
    ]
