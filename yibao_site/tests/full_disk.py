"""Run by itself: a site whose disk fills up while it runs. Prints what it answered, as JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

import django


def main(draft: int, how: str) -> None:
    """Fills the disk, tries to read and to write, makes room, writes."""
    django.setup()
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import setup_test_environment

    from faq.models import QuestionRevision
    from feedback.tests.conftest import Reader
    from publishing.tests.desk_forms import text_form, text_url

    setup_test_environment()
    revision = QuestionRevision.objects.get(pk=draft)
    page = revision.document.get_absolute_url()
    editor, reader = Client(), Reader()
    editor.force_login(get_user_model().objects.get(username="writer"))
    long = "这一段很长，磁盘满了也不能丢。" * 2_000
    data = text_form(editor, revision) | {"body": f"<p>{long}</p>"}
    site = Path(str(connection.settings_dict["NAME"])).parent
    ballast = site / "ballast"
    if how == "mounted":
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    else:
        largest = max(path.stat().st_size for path in site.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    said = {"read": [reader.get(path).status_code for path in ("/", page, "/search/?q=备案")]}
    saved = editor.post(text_url(revision), data)
    said |= {"save": saved.status_code, "kept": long in saved.content.decode()}
    said["ask"] = reader.ask("去上海住院要不要备案？" * 20).status_code
    said["beacon"] = reader.post(
        "/feedback/view/", f"question/{revision.document_id}", content_type="text/plain"
    ).status_code
    with connection.cursor() as cursor:
        said["whole"] = cursor.execute("PRAGMA integrity_check").fetchone()[0]
    ballast.unlink(missing_ok=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    said["after"] = editor.post(text_url(revision), data).status_code
    os.write(1, json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
