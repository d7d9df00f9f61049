"""What this site is called, who runs it, and what it tells search engines."""

import datetime as dt
import re

from django.core.exceptions import ImproperlyConfigured

from yibao_site.settings.environment import VAR_DIR, env, parsed

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

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
