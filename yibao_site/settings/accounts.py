"""Editors' accounts: docs/accounts.md."""

import datetime as dt

from yibao_site.settings.environment import HTTPS, env, parsed

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "publishing.accounts.passwords.LengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "publishing.accounts.passwords.SiteWordsValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"  # where the way on leads away from the site or nowhere

SECOND_FACTOR_REQUIRED = parsed("SECOND_FACTOR_REQUIRED", env.bool, HTTPS)
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Axes counts and locks; whom and for how long is in publishing/accounts/lockout.py.
AXES_HANDLER = "publishing.accounts.lockout.LoginGuard"
AXES_LOCKOUT_CALLABLE = "publishing.accounts.lockout.page"
AXES_CLIENT_IP_CALLABLE = "publishing.origin.line"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 1
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
# Axes notes the form of a failed attempt; nothing in ours is for its eyes.
AXES_SENSITIVE_PARAMETERS = [
    "username", "password", "old_password", "new_password1", "new_password2", "code", "next", "csrfmiddlewaretoken", "ip_address",
]  # fmt: skip
# The trail keeps what is worth keeping; the counts go when they no longer count.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

SESSION_ENGINE = "publishing.accounts.sessions"
SESSION_COOKIE_AGE, SESSION_IDLE_SECONDS = 12 * 3600, 30 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
