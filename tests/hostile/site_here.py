"""The whole site with its content in this process, on a database in memory, for long trials outside pytest."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def whole_site() -> Iterator[None]:
    """Sets up Django with the tests' settings, loads the content and a few rows of every other kind."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ.setdefault("HAMMER_DATABASE_URL", "sqlite:///:memory:")
    os.environ["DATABASE_URL"], os.environ["CACHE_URL"] = os.environ["HAMMER_DATABASE_URL"], ""
    warnings.simplefilter("ignore")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    import conftest
    from tests.hostile.scene import add_rows

    logging.disable(logging.CRITICAL)
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    connection.creation.create_test_db(verbosity=0, serialize=False)
    try:
        conftest.load_content()
        add_rows()
        yield
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
