"""What tests of the accounts do again and again: log in, read a code from the phone, enrol."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from publishing.accounts import recovery

PASSWORD = "Pass-word-of-tests-1"
LOGIN, VERIFY, ENROL, ACCOUNT = "/admin/login/", "/admin/account/verify/", "/admin/account/enrol/", "/admin/account/"


def log_in(client: Client, name: str, password: str = PASSWORD, **extra: Any) -> HttpResponse:
    """Posts the login form."""
    return client.post(LOGIN, {"username": name, "password": password, "next": "/admin/"}, **extra)


def code_of(device: TOTPDevice, later: int = 0) -> str:
    """What the phone shows now, or some steps of half a minute later."""
    return f"{TOTP(device.bin_key, drift=later).token():06d}"


def wrong(code: str) -> str:
    """Six other digits."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def with_phone(user: Any) -> tuple[TOTPDevice, list[str]]:
    """A user whose phone is enrolled; gives back the phone and the recovery codes."""
    return TOTPDevice.objects.create(user=user, name="手机", confirmed=True), recovery.renew(user)


def verified(user: Any) -> Client:
    """A browser in which the user has shown everything; the phone is enrolled where there is none."""
    device = TOTPDevice.objects.filter(user=user, confirmed=True).first() or with_phone(user)[0]
    client = Client()
    log_in(client, user.username)
    assert client.post(VERIFY, {"code": code_of(device), "next": "/admin/"}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    """Whether the pages behind the login open."""
    return client.get(ACCOUNT).status_code == 200
