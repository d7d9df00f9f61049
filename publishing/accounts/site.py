"""The admin with the accounts' own pages, and with a login that ends at the second factor."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from publishing.accounts.sessions import ENDED


class EditorsSite(AdminSite):
    """The default admin site; see `publishing.accounts.apps`."""

    def get_urls(self) -> list:
        from publishing.accounts import factor_pages, login_pages  # forms of the admin need the apps to be loaded

        return [
            path("account/", self.admin_view(login_pages.overview), name="account"),
            path("account/sessions/end/", self.admin_view(login_pages.end), name="account-end"),
            path("account/alive/", login_pages.alive, name="account-alive"),
            path("account/verify/", factor_pages.verify, name="account-verify"),
            path("account/enrol/", factor_pages.enrol, name="account-enrol"),
            path("account/prove/", factor_pages.prove, name="account-prove"),
            path("account/factor/", self.admin_view(factor_pages.change), name="account-factor"),
            # Not behind the gate: whoever is halfway in may leave.
            path("logout/", self.logout, name="logout"),
            *super().get_urls(),
        ]

    @property
    def login_form(self) -> type:
        from publishing.accounts.forms import LoginForm

        return LoginForm

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who have shown everything that is asked of them."""
        from publishing.accounts import second_factor

        allowed = super().has_permission(request)
        # Behind the gate this asks nothing new; it holds even where somebody takes the gate away.
        return allowed and not (
            hasattr(request.user, "is_verified") and second_factor.is_missing(request, request.user)
        )

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The password; whoever has shown it already goes on to the second factor."""
        halfway = getattr(request, "password_user", None)
        if request.method == "GET" and halfway and halfway.is_authenticated and not request.user.is_authenticated:
            following = request.GET.get(REDIRECT_FIELD_NAME, "")
            query = "?" + urlencode({REDIRECT_FIELD_NAME: following}) if following else ""
            return HttpResponseRedirect(reverse("admin:account-verify") + query)
        has_ended = request.method == "GET" and ENDED in request.GET
        return super().login(request, {"has_ended": has_ended, **(extra_context or {})})

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        request.user = getattr(request, "password_user", request.user)
        return super().logout(request, extra_context)

    @method_decorator(never_cache)
    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from publishing.accounts.login_pages import OwnPassword

        return OwnPassword.as_view(extra_context={**self.each_context(request), **(extra_context or {})})(request)
