"""“我的登录”： where one is logged in, what protects the account, and the way to end it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from publishing import trail
from publishing.accounts import recovery, second_factor, sessions
from publishing.accounts.forms import OwnPasswordForm
from publishing.accounts.models import EditorSession


def overview(request: HttpRequest) -> HttpResponse:
    """Own sessions and own second factor."""
    user = request.user
    context = {
        **admin.site.each_context(request),
        "title": "我的登录",
        "sessions": EditorSession.objects.open(user),
        "own_key": request.session.session_key,
        "device": second_factor.device_of(user),
        "codes_left": recovery.left(user),
        "required": second_factor.is_required(),
    }
    return render(request, "admin/accounts/overview.html", context)


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Ends one other session of one's own, or all others."""
    mark = request.POST.get("mark", "")
    own = request.session.session_key
    count = sessions.end(request.user, mark) if mark else sessions.end_all(request.user, keep=own)
    if count:
        trail.write("sessions_ended", request.user, request.user, count=count)
    messages.success(request, f"已结束{count}处登录。" if count else "没有别的登录要结束。")
    return redirect("admin:account")


@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """Whether the login still stands, and the token that forms of an older login need."""
    if not admin.site.has_permission(request):
        return JsonResponse({"error": "您的登录已过期。"}, status=401)
    return JsonResponse({"token": get_token(request)})


class OwnPassword(PasswordChangeView):
    """A new password for oneself."""

    form_class = OwnPasswordForm
    template_name = "registration/password_change_form.html"
    success_url = reverse_lazy("admin:password_change_done")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: OwnPasswordForm) -> HttpResponseRedirect:
        response = super().form_valid(form)
        messages.success(self.request, "密码已修改，您在其他地方的登录都已结束。")
        return response
