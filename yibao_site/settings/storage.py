"""Where things are kept and for how long: database, cache, files, backups, what readers send."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from yibao_site.settings.environment import DEBUG, VAR_DIR, env, parsed

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
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = env.str("CACHE_URL", "")
IN_MEMORY = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 2000}}
IN_REDIS = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": CACHE_URL,
    # A Redis that fell silent must not hold workers up.
    "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
}
# `process` is for what each process may well know for itself: it needs no Redis and cannot fail.
CACHES = {"default": IN_REDIS if CACHE_URL else IN_MEMORY, "process": {**IN_MEMORY, "LOCATION": "process"}}

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

FILE_UPLOAD_HANDLERS = [
    "publishing.uploads.RequestLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "publishing.whole_files.WholeFiles"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "yibao_site.collected.CollectedFiles"
    },
}
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Where an uploaded table waits between its preview and the confirmation.
IMPORTS_DIR = VAR_DIR / "imports"
