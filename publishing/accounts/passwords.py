"""What a password must not be, besides short or common: the site's own words, or a few signs over and over."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError

WORDS = (
    "异地就医", "医保", "问答", "编辑部", "备案", "yibao", "yidijiuyi", "yidi", "jiuyi", "medical", "insurance", "admin", "password",
    "mima", "qwertyuiop", "qwerty", "asdfghjkl", "asdf", "zxcvbnm", "1qaz2wsx", "1234567890", "12345",
)  # fmt: skip
LEAST_OTHER, LEAST_DIFFERENT = 8, 5
# What comes later is not looked at: Unicode's normal form of a hundred thousand accents takes half a minute.
LOOKED_AT = 500


class LengthValidator(MinimumLengthValidator):
    """Django's rule with a sentence in our language."""

    def get_error_message(self) -> str:
        return f"密码太短，至少要{self.min_length}个字符。"

    def get_help_text(self) -> str:
        return f"至少{self.min_length}个字符，越长越好。"


class SiteWordsValidator:
    """Refuses passwords that hold little besides the words that everybody would try here first."""

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError with a sentence where somebody who knows the site would soon guess it."""
        plain = unicodedata.normalize("NFKC", password[:LOOKED_AT]).casefold()
        if len(set(plain)) < LEAST_DIFFERENT:
            raise ValidationError(f"密码里至少要有{LEAST_DIFFERENT}个不同的字符。", code="password_repeats")
        own = [settings.SITE_NAME, user.get_username() if user else "", getattr(user, "first_name", "")]
        for word in sorted((word.casefold() for word in (*WORDS, *own) if len(word) > 1), key=len, reverse=True):
            plain = plain.replace(word, "")
        if len(plain) < LEAST_OTHER:
            raise ValidationError(
                f"密码里除了网站名、账号名这些常见的词，至少还要有{LEAST_OTHER}个别的字符。", code="password_site_words"
            )

    def get_help_text(self) -> str:
        return "不要只用网站名、账号名和常见的词拼成。可以是一句只有您知道的话，用汉字、空格、符号都行，也可以粘贴。"
