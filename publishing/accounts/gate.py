"""Who has shown only a password is nobody yet: no view of the site sees them as logged in."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from publishing.accounts import second_factor


def hold_back(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: `request.user` is anonymous until the second factor was shown; the pages that ask for it look at
    `request.password_user`. One place instead of a list of addresses, so a new view cannot be forgotten."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.password_user = request.user
        request.user = SimpleLazyObject(lambda: AnonymousUser() if second_factor.is_missing(request, user) else user)
        return get_response(request)

    return middleware
