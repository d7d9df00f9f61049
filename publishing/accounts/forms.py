"""What the pages of the accounts ask."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest

WRONG_PASSWORD = "密码不对，请再输一次。"  # noqa: S105 - a sentence, not a secret


class LoginForm(AdminAuthenticationForm):
    """Name and password; one sentence for every way in which they can be wrong."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": "用户名或密码不对。请再输一次，注意大小写。",
    }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].validators.append(MaxLengthValidator(150))


class CodeForm(forms.Form):
    """Six digits from the phone."""

    code = forms.CharField(
        label="手机上的6位验证码",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )


class RecoveryForm(forms.Form):
    """One of the codes that were written down at enrolment."""

    code = forms.CharField(
        label="备用码",
        max_length=60,
        help_text="启用二次验证时抄下的备用码，每个只能用一次。",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )


class ProofForm(forms.Form):
    """The password once more; wrong ones count like wrong ones at login."""

    password = forms.CharField(
        label="您的密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, *args: Any, request: HttpRequest, user: Any, **options: Any) -> None:
        self.request, self.user = request, user
        super().__init__(*args, **options)

    def clean_password(self) -> str:
        if not is_own_password(self.request, self.user, self.cleaned_data["password"]):
            raise ValidationError(WRONG_PASSWORD)
        return self.cleaned_data["password"]


class OwnPasswordForm(AdminPasswordChangeForm):
    """A new password for oneself; guessing the old one is stopped like guessing at login."""

    def __init__(self, *args: Any, request: HttpRequest, **options: Any) -> None:
        self.request = request
        super().__init__(*args, **options)

    def clean_old_password(self) -> str:
        if not is_own_password(self.request, self.user, self.cleaned_data["old_password"]):
            raise ValidationError(WRONG_PASSWORD)
        return self.cleaned_data["old_password"]


def is_own_password(request: HttpRequest, user: Any, password: str) -> bool:
    """Whether this is the user's password, asked through the lockout."""
    return authenticate(request, username=user.get_username(), password=password) == user
