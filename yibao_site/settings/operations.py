"""Mail, logs and metrics."""

from django.core.exceptions import ImproperlyConfigured

from yibao_site.settings.environment import DEBUG, VAR_DIR, env, parsed
from yibao_site.settings.site import CONTACT_EMAIL

# What the address says: EMAIL_HOST and all the others that Django knows.
_mail = parsed("EMAIL_URL", env.dj_email_url, "console:")
if "EMAIL_BACKEND" not in _mail:
    raise ImproperlyConfigured("Environment variable EMAIL_URL must begin with smtp: or submission:. See .env.example.")
globals().update(_mail)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = CONTACT_EMAIL

# docs/operations.md. /metrics answers on this machine, or to whoever sends the token.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
METRICS_DIR = VAR_DIR / "metrics"
HOUSEKEEPING_FILE = METRICS_DIR / "housekeeping"
SLOW_QUERY_MS = parsed("SLOW_QUERY_MS", env.int, 200)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"trace": {"()": "yibao_site.observability.logs.Trace"}},
    "formatters": {"line": {"()": f"yibao_site.observability.logs.{'Plain' if DEBUG else 'Json'}"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["trace"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Axes tells every login; the log `security` says it better.
    "loggers": {"axes": {"level": "ERROR"}},
}
