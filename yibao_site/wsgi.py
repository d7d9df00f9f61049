"""The WSGI entry point that granian serves."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from yibao_site.observability import processes
from yibao_site.page_cache import in_front_of
from yibao_site.plain_requests import readable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yibao_site.settings")

processes.begin(settings.METRICS_DIR)
application = in_front_of(readable(get_wsgi_application()))
processes.follow_page_cache()

# What is loaded by now lives as long as the process. To look for garbage among it, every few pages, costs a page a tenth
# of its time (docs/performance-profile.md).
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 10, 10)
