"""The pages of the second factor: show it at login, enrol a phone, change it later."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from publishing.accounts import second_factor, sessions
from publishing.accounts.forms import CodeForm, ProofForm, RecoveryForm

View = Callable[..., HttpResponse]
FRESH = dt.timedelta(minutes=10)
PROVED = "proved_at"


def after_password(view: View) -> View:
    """For staff who have shown a password, whether or not the second factor; never kept by a cache."""

    @wraps(view)
    @never_cache
    @sensitive_post_parameters()
    def guarded(request: HttpRequest) -> HttpResponse:
        user = request.password_user
        if not (user.is_authenticated and user.is_active and user.is_staff):
            return redirect("admin:login")
        return view(request, user)

    return guarded


@after_password
def verify(request: HttpRequest, user: Any) -> HttpResponse:
    """Asks for the code from the phone, or for a recovery code."""
    if request.user.is_authenticated:
        return redirect(_following(request))
    device = second_factor.device_of(user)
    if device is None:
        return redirect(_with_following(request, "admin:account-enrol"))
    recovery = "recovery" in request.GET
    form = (RecoveryForm if recovery else CodeForm)(request.POST or None)
    if form.is_valid():
        check = second_factor.check_recovery if recovery else second_factor.check
        wait = "" if recovery else _wait(device)
        if not wait and check(request, user, form.cleaned_data["code"]):
            return redirect(_following(request))
        form.add_error("code", wait or _why(device, recovery))
    return _show(request, "verify", "二次验证", form=form, recovery=recovery, following=_following(request))


def _wait(device: Any) -> str:
    """What is said while no code is looked at, be it right or wrong; empty where one may be tried."""
    until = second_factor.is_held_off(device)
    return (
        f"刚才输错过，这次的还没有看。请在 {timezone.localtime(until):%H:%M:%S} 以后再试，输手机上新的数字。"
        if until
        else ""
    )


def _why(device: Any, recovery: bool) -> str:
    if recovery:
        return "备用码不对，或者已经用过。请换一个没用过的。"
    device.refresh_from_db()
    until = second_factor.is_held_off(device)
    wait = f"请在 {timezone.localtime(until):%H:%M:%S} 以后再试。" if until else "请再输一次。"
    return f"验证码不对，或者已经用过。请等手机上换下一个数字；手机的时间要准。{wait}"


@after_password
def enrol(request: HttpRequest, user: Any) -> HttpResponse:
    """Shows the QR code; the first right code puts the phone into use and shows the recovery codes, once."""
    if second_factor.is_missing(request, user) and second_factor.device_of(user):
        return redirect(_with_following(request, "admin:account-verify"))
    if not _is_fresh(request):
        return redirect(reverse("admin:account-prove") + "?" + urlencode({"then": "enrol"}))
    form = CodeForm(request.POST or None)
    if form.is_valid():
        wait = _wait(second_factor.begin(user))
        codes = None if wait else second_factor.enrol(request, user, form.cleaned_data["code"])
        if codes is not None:
            return _show(request, "codes", "请抄下备用码", codes=codes, following=_following(request))
        form.add_error("code", wait or _why(second_factor.begin(user), recovery=False))
    device = second_factor.begin(user)
    context = {"form": form, "qr": second_factor.picture(device), "secret": second_factor.secret(device)}
    return _show(request, "enrol", "启用二次验证", following=_following(request), **context)


@after_password
def prove(request: HttpRequest, user: Any) -> HttpResponse:
    """Asks for the password, and the code where there is a phone, before the second factor may be changed."""
    device = second_factor.device_of(user)
    if second_factor.is_missing(request, user) and device:
        return redirect("admin:account-verify")
    then = request.GET.get("then", "")
    if then not in {"enrol", "codes", "remove"}:
        return HttpResponseBadRequest("没有这一步。")
    password = ProofForm(request.POST or None, request=request, user=user)
    code = CodeForm(request.POST or None) if device else None
    if code:
        del code.fields["code"].widget.attrs["autofocus"]
    # The code first: it can be tried slowly only, and no password is looked at before it.
    has_phone = request.method == "POST" and (
        code is None or (code.is_valid() and _accepts(request, user, code, device))
    )
    if has_phone and password.is_valid():
        request.session[PROVED] = int(time.time())
        return redirect("admin:account-enrol") if then == "enrol" else _ask(request, then)
    return _show(request, "prove", "请先证明是您本人", password=password, code=code, then=then)


def _accepts(request: HttpRequest, user: Any, code: CodeForm, device: Any) -> bool:
    wait = _wait(device)
    if not wait and second_factor.check(request, user, code.cleaned_data["code"]):
        return True
    code.add_error("code", wait or _why(device, recovery=False))
    return False


def _ask(request: HttpRequest, then: str) -> HttpResponse:
    """The last page before it happens, with a form that posts to `change`."""
    return _show(request, "change", {"codes": "换备用码", "remove": "关闭二次验证"}[then], then=then)


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """New recovery codes, or no second factor any more, for somebody who has just proved who they are."""
    then = request.POST.get("then", "")
    if then not in {"codes", "remove"}:
        return HttpResponseBadRequest("没有这一步。")
    if not _is_proved(request) or not request.user.is_verified():
        return redirect(reverse("admin:account-prove") + "?" + urlencode({"then": then}))
    del request.session[PROVED]
    if then == "codes":
        codes = second_factor.renew_codes(request.user)
        return _show(request, "codes", "请抄下备用码", codes=codes, following=reverse("admin:account"))
    if second_factor.is_required():
        messages.error(request, "这个网站要求所有编辑使用二次验证，不能关闭。要换手机，请用“换一部手机”。")
    else:
        second_factor.remove(request.user, request.user, keep=request.session.session_key)
        messages.success(request, "已关闭二次验证。建议尽快重新启用。")
    return redirect("admin:account")


# How fresh a proof must be


def _is_proved(request: HttpRequest) -> bool:
    return time.time() - request.session.get(PROVED, 0) < FRESH.total_seconds()


def _is_fresh(request: HttpRequest) -> bool:
    """Proved just now; a login of the last minutes is proof enough where there is no phone yet."""
    has_phone = second_factor.device_of(request.password_user) is not None
    return _is_proved(request) or (not has_phone and sessions.age(request) < FRESH)


# Where to go on


def _following(request: HttpRequest) -> str:
    """The page that was asked for before the login, if it is one of ours."""
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if is_ours else reverse("admin:index")


def _with_following(request: HttpRequest, name: str) -> str:
    return reverse(name) + "?" + urlencode({REDIRECT_FIELD_NAME: _following(request)})


def _show(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, **context}
    return render(request, f"admin/accounts/{template}.html", context)
