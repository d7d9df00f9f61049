"""What the site is put together from: apps, middleware, templates, static files."""

from jinja2 import Undefined

from yibao_site.settings.environment import BASE_DIR, DEBUG, VAR_DIR, env, parsed, required
from yibao_site.settings.storage import REPLICA_URL

SECRET_KEY = required("SECRET_KEY", "it signs sessions; `make run` writes one into .env")
ALLOWED_HOSTS = parsed("ALLOWED_HOSTS", env.list, ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = parsed("CSRF_TRUSTED_ORIGINS", env.list, [])

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
if REPLICA_URL:
    MIDDLEWARE.append("yibao_site.routers.ReadFromReplica")

ROOT_URLCONF = "yibao_site.urls"
WSGI_APPLICATION = "yibao_site.wsgi.application"
LOADERS = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        # Readers' pages. This engine is asked first, and knows its own folder only.
        "NAME": "pages",
        "BACKEND": "yibao_site.observability.templates.TimedPages"
        if DEBUG
        else "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "pages"],
        "OPTIONS": {
            "environment": "yibao_site.page_templates.environment",
            "undefined": Undefined,
            "context_processors": ["yibao_site.context.site"],
        },
    },
    {
        # The admin's.
        "NAME": "admin",
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

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "yibao_site.error_pages.ErrorPages",
]

TAGGIT_CASE_INSENSITIVE = True
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_IMPORT_IGNORE_BLANK_LINES = True
