"""The second factor: a code from the editor's phone (TOTP), or a recovery code in its place.

Every change goes through these verbs: each is written to the trail, told by mail, and ends the user's other sessions.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from base64 import b32encode
from typing import Any
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django_otp import login as remember_device
from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice

from publishing import trail
from publishing.accounts import recovery, sessions
from publishing.accounts.models import RecoveryCode
from publishing.accounts.notices import tell

# In the session of somebody who has shown a password and not yet the second factor.
PENDING = "second_factor_pending"
CODE = re.compile(r"[0-9]{6}")


def device_of(user: Any) -> TOTPDevice | None:
    """The phone that proves the user, if one was enrolled."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def is_required() -> bool:
    """Whether everybody in the office must have one."""
    return settings.SECOND_FACTOR_REQUIRED


def is_missing(request: HttpRequest, user: Any) -> bool:
    """Whether this session still has to show the second factor before it may do anything."""
    if not user.is_authenticated or user.is_verified():
        return False
    return is_required() or PENDING in request.session


def is_held_off(device: TOTPDevice) -> dt.datetime | None:
    """Until when no code is looked at after wrong ones; each one doubles the wait."""
    allowed, reason = device.verify_is_allowed()
    return None if allowed else reason["locked_until"]


# Showing it


def check(request: HttpRequest, user: Any, code: str) -> bool:
    """Lets the session in if the code is right; a code works once."""
    device = device_of(user)
    right = device is not None and verify_token(user, device.persistent_id, plain(code)) is not None
    if right:
        let_in(request, user, device)
    elif device is not None:
        trail.write("second_factor_failed", user, user)
    return right


def check_recovery(request: HttpRequest, user: Any, code: str) -> bool:
    """Lets the session in with a recovery code, which is void from then on."""
    device = device_of(user)
    if device is None or not recovery.use(user, code):
        trail.write("second_factor_failed", user, user, recovery=True)
        return False
    let_in(request, user, device)
    trail.write("recovery_code", user, user, left=recovery.left(user))
    tell(user, "用了备用码登录", f"有人用备用码登录，还剩{recovery.left(user)}个。手机丢了，请登录后换绑新手机。")
    return True


def let_in(request: HttpRequest, user: Any, device: TOTPDevice) -> None:
    """The session is verified from now on, under a new key."""
    request.user = user
    remember_device(request, device)
    request.session.pop(PENDING, None)
    request.session.cycle_key()


def plain(code: str) -> str:
    """Six digits however they were typed; anything else as a text that is no code."""
    digits = "".join(unicodedata.normalize("NFKC", code).split())
    return digits if CODE.fullmatch(digits) else "no code"


# Changing it


def begin(user: Any) -> TOTPDevice:
    """A phone that is being enrolled; nothing rests on it before its first right code."""
    found = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return found or TOTPDevice.objects.create(user=user, name="手机", confirmed=False)


def enrol(request: HttpRequest, user: Any, code: str) -> list[str] | None:
    """Takes the phone into use if its code is right; gives back the recovery codes, else None."""
    device = begin(user)
    if verify_token(user, device.persistent_id, plain(code)) is None:
        return None
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
        TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
        device.refresh_from_db()
        codes = recovery.renew(user)
        let_in(request, user, device)
        trail.write("second_factor", user, user)
        sessions.end_all(user, keep=request.session.session_key)
    tell(user, "启用了二次验证", "启用了二次验证，或者换了手机。以后登录要输入手机上的验证码。")
    return codes


def renew_codes(user: Any) -> list[str]:
    """New recovery codes for a user who has just proved who they are."""
    codes = recovery.renew(user)
    trail.write("recovery_codes_renewed", user, user)
    tell(user, "换了备用码", "生成了新的备用码，旧的都作废了。")
    return codes


def remove(user: Any, actor: Any | None, keep: str | None = None) -> None:
    """Takes phone and recovery codes away: by the owner, by an administrator, or (without an actor) on the server."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()
        sessions.end_all(user, keep=keep)
        trail.write("second_factor_off" if actor == user else "second_factor_reset", user, actor)
    tell(user, "二次验证被取消", "二次验证被取消或重置，原来的手机和备用码都作废了。")


def tidy() -> str:
    """Housekeeping: forgets phones whose enrolment was never finished."""
    day_ago = timezone.now() - dt.timedelta(days=1)
    gone = TOTPDevice.objects.filter(confirmed=False, created_at__lt=day_ago).delete()[0]
    return f"{gone} unfinished enrolments" if gone else ""


# What the phone is shown


def secret(device: TOTPDevice) -> str:
    """The key in groups of four, for typing it by hand."""
    key = b32encode(device.bin_key).decode()
    return " ".join(key[place : place + 4] for place in range(0, len(key), 4))


def address(device: TOTPDevice) -> str:
    """What the QR code says, in the form that every authenticator reads."""
    issuer = settings.SITE_NAME.replace(":", " ")
    label = quote(f"{issuer}:{device.user.get_username()}")
    query = urlencode({"secret": b32encode(device.bin_key).decode(), "issuer": issuer, "digits": 6, "period": 30})
    return f"otpauth://totp/{label}?{query}"


def picture(device: TOTPDevice) -> SafeString:
    """The QR code as SVG without styles or scripts, dark on white in every mode."""
    code = segno.make(address(device), error="m", micro=False)
    # Only modules of the code are drawn; the address itself does not stand in the markup.
    return mark_safe(code.svg_inline(omitsize=True, light="#fff", dark="#000", svgclass="account-qr", lineclass=None))  # noqa: S308
