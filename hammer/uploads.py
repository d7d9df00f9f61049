"""Damaged and disguised pictures by the thousand, and every table that attacks, many times over."""

from __future__ import annotations

import random
import resource
from typing import Any

from hammer.report import Line

TIMES = 6000
MEMORY = 700 * 1024 * 1024


def run(times: int) -> list[Line]:
    """Two lines: pictures, tables."""
    from tests.hostile.site_here import whole_site

    with whole_site():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        lines = [_pictures(times), _tables(max(1, times // 1000))]
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        title = f"memory that all of them took ({grown // 2**20 or 1} MB, {MEMORY // 2**20} allowed)"
        return [*lines, Line(title, 1, ["too much"] if grown > MEMORY else [])]


def _pictures(times: int) -> Line:
    from publishing.uploads import Refused, written_anew
    from tests.hostile import files
    from tests.hostile.test_uploads import is_bare

    draw, broke = random.Random(20261122), []
    good = [make() for make, fine in files.PICTURES.values() if fine and len(make()) < 100_000]
    for _ in range(times):
        content = bytearray(draw.choice(good))
        for _ in range(draw.randint(0, 12)):
            content[draw.randrange(len(content))] = draw.randrange(256)
        try:
            clean, _ = written_anew(bytes(content[: draw.randint(1, len(content))] if draw.random() < 0.3 else content))
        except Refused:
            continue
        except Exception as error:
            broke.append(repr(error))
            continue
        if not is_bare(clean):
            broke.append("something besides pixels was kept")
    return Line("damaged pictures", times, broke)


def _tables(rounds: int) -> Line:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from publishing.roles import Role
    from tests.factories import make_user
    from tests.hostile import files

    client, broke, tried = Client(raise_request_exception=False), [], 0
    client.force_login(make_user(role=Role.ADMINISTRATOR, is_superuser=True))
    for _ in range(rounds):
        for table in ("faq/question", "articles/article", "policies/policydocument", "policies/parametervalue"):
            for name, (form, make) in files.TABLES.items():
                data: dict[str, Any] = {
                    "format": form,
                    "resource": "",
                    "import_file": SimpleUploadedFile("a.xlsx", make()),
                }
                response = client.post(f"/admin/{table}/import/", data)
                tried += 1
                if response.status_code >= 500:
                    broke.append(f"{table} {name}: {response.status_code}")
    return Line("tables that attack", tried, broke)
