"""What every answer tells the browser, whoever made it: page, file, redirect or error. docs/security.md gives the reasons."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import HEADER as POLICY
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse

# SecurityMiddleware writes some of them too, but not on what it answers itself, such as 400 for a wrong host.
ALWAYS = {
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": settings.X_FRAME_OPTIONS,
}


def every_answer(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, outermost: no answer leaves without its headers; where a view wrote its own, that one stays. Nobody but the
    editors' room sets cookies."""
    policy = build_policy()

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.path.startswith("/admin/"):
            response.cookies.clear()  # Django answers a malformed token cookie with a new one, on any page
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        # Django's own error pages for developers hold inline style; 304 keeps the policy that came with the page.
        if not (response.status_code == 304 or (settings.DEBUG and response.status_code >= 400)):
            response.headers.setdefault(POLICY, policy)
        return response

    return middleware


class Policy(CSPMiddleware):
    """The settings' policy. The admin does without trusted types: jQuery and CKEditor write HTML as text."""

    def get_policy_parts(self, request: HttpRequest, response: HttpResponse, report_only: bool = False) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith("/admin/"):
            parts.replace = {**(parts.replace or {}), "require-trusted-types-for": None, "trusted-types": None}
        return parts
