"""Settings for tests: the site's own on an empty environment, with fast passwords and with files in a scratch folder.

Which backends are used is the environment's choice, as in production: `DATABASE_URL` and `CACHE_URL`.
"""

import os
import tempfile
from unittest.mock import patch

from environs import Env

_scratch = tempfile.TemporaryDirectory(prefix="yibao-tests-")

os.environ["SECRET_KEY"] = "only-for-tests-" + "0123456789abcdef" * 3
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")

with patch.object(Env, "read_env"):  # a developer's .env has no say here
    from yibao_site.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MEDIA_ROOT = os.path.join(_scratch.name, "media")  # noqa: PTH118
VIEWS_DIR = os.path.join(_scratch.name, "views")  # noqa: PTH118
IMPORTS_DIR = os.path.join(_scratch.name, "imports")  # noqa: PTH118
STATIC_ROOT = _scratch.name  # it exists; pages are tested without collectstatic
STORAGES = {
    "default": {"BACKEND": "publishing.whole_files.WholeFiles"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
