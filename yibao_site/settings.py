"""All settings, read from the environment. `.env.example` explains each variable."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from yibao_site import early

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env(expand_vars=False)
env.read_env(BASE_DIR / ".env", recurse=False, override=False)


def required(name: str, why: str) -> str:
    """The value of a variable that has no safe default; a clear sentence where it is missing."""
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(f"Environment variable {name} is missing: {why}. See .env.example.")
    return value


def parsed(name: str, read: Any, default: Any) -> Any:
    """A typed variable; a clear sentence where the text cannot be read."""
    try:
        return read(name, default)
    except (EnvError, ValueError) as error:
        raise ImproperlyConfigured(f"Environment variable {name} cannot be read: {error}. See .env.example.") from error


# Everything that the site writes, except the database where that is elsewhere.
VAR_DIR = Path(env.str("VAR_DIR", "") or BASE_DIR / "var")

DEBUG = parsed("DEBUG", env.bool, False)
SECRET_KEY = required("SECRET_KEY", "it signs sessions; `make run` writes one into .env")
ALLOWED_HOSTS = parsed("ALLOWED_HOSTS", env.list, ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = parsed("CSRF_TRUSTED_ORIGINS", env.list, [])
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
HTTPS = SITE_URL.startswith("https://")

SITE_NAME = env.str("SITE_NAME", "异地就医问答")
SITE_OPERATOR = env.str("SITE_OPERATOR", "异地就医问答编辑部")
CONTACT_EMAIL = env.str("CONTACT_EMAIL", "editor@example.org")
# Until when security.txt promises that this address is read: less than a year; `check --deploy` asks for a new day in time.
SECURITY_TXT_EXPIRES = parsed("SECURITY_TXT_EXPIRES", env.date, dt.date(2027, 11, 1))
ICP_NUMBER = env.str("ICP_NUMBER", "")
POLICE_NUMBER = env.str("POLICE_NUMBER", "")
# Baidu does not document 410; an operator may choose 404 for removed pages.
GONE_STATUS = parsed("GONE_STATUS", env.int, 410)

# Search engines: docs/search-engines.md says where each key comes from. An empty one switches that target off.
INDEXNOW_KEY = env.str("INDEXNOW_KEY", "")
INDEXNOW_ENDPOINT = env.str("INDEXNOW_ENDPOINT", "https://api.indexnow.org/indexnow")
if INDEXNOW_KEY and not re.fullmatch(r"[A-Za-z0-9-]{8,128}", INDEXNOW_KEY):
    raise ImproperlyConfigured(
        "Environment variable INDEXNOW_KEY must be 8 to 128 letters, digits and hyphens. See .env.example."
    )
BAIDU_PUSH_TOKEN = env.str("BAIDU_PUSH_TOKEN", "")
BAIDU_PUSH_ENDPOINT = env.str("BAIDU_PUSH_ENDPOINT", "http://data.zz.baidu.com/urls")
# Files that prove to a search engine who owns the site; each is served at the root under its own name.
VERIFICATION_DIR = VAR_DIR / "verification"
# Under which terms others may use feeds, Markdown and `/api/v1/`.
DATA_LICENCE = env.str("DATA_LICENCE", "https://creativecommons.org/licenses/by/4.0/")
# While this file exists, public pages answer 503; `manage.py maintenance on|off` writes and removes it.
MAINTENANCE_FILE = VAR_DIR / "maintenance"

INSTALLED_APPS = [
    "taggit",
    "yibao_site",
    "seo",
    "feedback",
    "filing",
    "faq",
    "articles",
    "search",
    "publishing",
    "policies",
    "taxonomy",
    "ckeditor",
    "import_export",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "publishing.accounts.apps.EditorsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "yibao_site.staticfiles.StaticFilesConfig",
]

MIDDLEWARE = [
    "yibao_site.observability.middleware.observe",
    "yibao_site.headers.every_answer",
    "yibao_site.plain_requests.plain",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "yibao_site.maintenance.maintenance",
    # Outside everything that changes a page, so that its ETag is that of what is sent; streams and no-store pass by.
    "django.middleware.http.ConditionalGetMiddleware",
    "seo.middleware.indexing",
    "yibao_site.headers.Policy",
    "yibao_site.middleware.public_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "publishing.accounts.gate.hold_back",
    "publishing.accounts.sessions.note_activity",
    "publishing.trail.remember_actor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "yibao_site.modes.carry_mode",
    "axes.middleware.AxesMiddleware",
    "yibao_site.storage_trouble.StorageTrouble",
    "yibao_site.collisions.Collisions",
]

ROOT_URLCONF = "yibao_site.urls"
WSGI_APPLICATION = "yibao_site.wsgi.application"
LOADERS = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "yibao_site.observability.templates.TimedTemplates"
        if DEBUG
        else "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": LOADERS if DEBUG else [("django.template.loaders.cached.Loader", LOADERS)],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yibao_site.context.site",
            ],
        },
    },
]

DATABASES = {"default": parsed("DATABASE_URL", env.dj_db_url, f"sqlite:///{VAR_DIR / 'site.sqlite3'}")}
DATABASES["default"]["CONN_MAX_AGE"] = 60
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        # IMMEDIATE: a transaction that will write takes the lock at its start, so nobody meets "database is locked".
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=268435456;",
    )
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
REPLICA_URL = env.str("REPLICA_URL", "")
if REPLICA_URL:
    if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        raise ImproperlyConfigured(
            "Environment variable REPLICA_URL needs PostgreSQL in DATABASE_URL. See .env.example."
        )
    DATABASES["replica"] = parsed("REPLICA_URL", env.dj_db_url, "")
    DATABASES["replica"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True, TEST={"MIRROR": "default"})
    # A replica that fell silent must not hold pages up.
    DATABASES["replica"].setdefault("OPTIONS", {}).update(connect_timeout=2, tcp_user_timeout=3000)
    DATABASE_ROUTERS = ["yibao_site.routers.ReplicaRouter"]
    MIDDLEWARE.append("yibao_site.routers.ReadFromReplica")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = env.str("CACHE_URL", "")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 2000}}
}

# Whether processes keep public pages as bytes in front of Django, and how many megabytes each; docs/caching.md.
PAGE_CACHE = parsed("PAGE_CACHE", env.bool, not DEBUG)
PAGE_CACHE_MB = parsed("PAGE_CACHE_MB", env.int, 32)

# How many proxies of our own stand in front and append to X-Forwarded-For; 0 believes only the peer's address.
TRUSTED_PROXIES = parsed("TRUSTED_PROXIES", env.int, 0)
# The folder of nginx's copies of pages, for `purge_proxy`; and that of the static mirror, made each night by housekeeping.
PROXY_CACHE_DIR = env.str("PROXY_CACHE_DIR", "")
MIRROR_DIR = env.str("MIRROR_DIR", "")
# Where page views are noted until housekeeping adds them up; all processes of a machine share it.
VIEWS_DIR = Path(env.str("VIEWS_DIR", "") or VAR_DIR / "views")
# Where `manage.py backup` puts its files, once a night by housekeeping; docs/backup.md. Empty: no backups by itself.
BACKUP_DIR = Path(folder) if (folder := env.str("BACKUP_DIR", "")) else None
# Public age keys; only who holds a private one can read the backups.
BACKUP_RECIPIENTS = parsed("BACKUP_RECIPIENTS", env.list, [])
BACKUP_KEEP = parsed("BACKUP_KEEP", lambda name, default: env.list(name, default, subcast=int), [7, 5, 12])
# How many days what readers send is kept; docs/privacy-and-retention.md gives the reasons.
RETENTION_DAYS = {
    "question_after_close": 90,
    "question_unanswered": 365,
    "contact_after_close": 30,
    "report": 365,
    "vote": 365,
    "views": 400,
    "security": 365,
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
FILE_UPLOAD_HANDLERS = [
    "publishing.uploads.RequestLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "publishing.accounts.passwords.LengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "publishing.accounts.passwords.SiteWordsValidator"},
]
LOGIN_URL = "admin:login"

# Editors' accounts: docs/accounts.md.
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

# Safety of transport and of pages. Public pages run no inline script or style at all.
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = parsed("SECURE_SSL_REDIRECT", env.bool, HTTPS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# A cookie with this prefix cannot be set by another host or for part of the site; browsers take it over https only.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = ("__Host-session", "__Host-csrf") if HTTPS else ("sessionid", "csrftoken")
# Not Strict: links in mails to the desk would arrive without a login, and with a new token that breaks open forms.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "publishing.accounts.sessions"
SESSION_COOKIE_AGE, SESSION_IDLE_SECONDS = 12 * 3600, 30 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, early.CSP_HASH],
        "style-src": [SELF],
        "img-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "font-src": [NONE],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # Text becomes code only through the two policies that our own scripts declare.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["own", "related"],
        **({"upgrade-insecure-requests": True} if HTTPS else {}),
    }
}

# CKEditor 4: see docs/ckeditor.md. The toolbar is small, the filter explicit, and no plugin speaks to a foreign service.
CKEDITOR_CONFIGS = {
    "default": {
        "toolbar": [
            ["Bold", "RemoveFormat"],
            ["Format"],
            ["NumberedList", "BulletedList", "Blockquote", "Table"],
            ["Link", "Unlink", "Image"],
            ["Figure"],
            ["Undo", "Redo", "PasteText"],
        ],
        "format_tags": "p;h2;h3;h4",
        "allowedContent": "h2 h3 h4 p br strong em blockquote ul ol li; table thead tbody tr caption; td th[colspan,rowspan,scope]; a[!href]; "
        "img[!src,alt,width,height]",
        "extra_plugins": ["image2", "uploadimage", "figures"],
        "clipboard_handleImages": False,
        "disallowedContent": "script style iframe; *[on*]; *{*}; *(*)",
        "removePlugins": "exportpdf,scayt,wsc,preview,print,iframe,flash,forms,templates,smiley,save,newpage,about,elementspath,"
        "codesnippetgeshi,docprops,embed,embedbase,embedsemantic,image,stylesheetparser",
        # Our own: figures in the text, see static/admin_figures/.
        "external_plugin_resources": [("figures", f"{STATIC_URL}admin_figures/", "plugin.js")],
        "versionCheck": False,
        "disableNativeSpellChecker": False,
        "entities": False,
        "fullPage": False,
        "language": "zh-cn",
        "width": "100%",
        "height": 420,
    }
}
# The package warns that CKEditor 4 is past its life; docs/ckeditor.md lists each compensation and its test.
SILENCED_SYSTEM_CHECKS = ["ckeditor.W001"]

TAGGIT_CASE_INSENSITIVE = True
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_IMPORT_IGNORE_BLANK_LINES = True
# Where an uploaded table waits between its preview and the confirmation.
IMPORTS_DIR = VAR_DIR / "imports"

EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = CONTACT_EMAIL
EMAIL_TIMEOUT = 10

# Observability: docs/operations.md. /metrics answers on this machine, or to whoever sends the token.
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
