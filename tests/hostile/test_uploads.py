"""Files that attack: refused with a sentence, or written anew as nothing but pixels; never an error page, never much memory."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from publishing.roles import Role
from publishing.uploads import LONGEST_SIDE, REQUEST_BYTES, PictureField, Refused, written_anew
from tests.factories import make_user
from tests.hostile import files
from tests.hostile.places import judged

# What is cleaned and shown is the same on every database.
pytestmark = pytest.mark.sqlite

MEMORY = 700 * 1024 * 1024  # a picture of the most pixels that are taken, unpacked twice, and the interpreter


@pytest.fixture
def editor(db: None, client: Client) -> Client:
    client.force_login(make_user(role=Role.ADMINISTRATOR, is_superuser=True))
    return client


def send(client: Client, content: bytes, name: str = "a.png", kind: str = "image/png") -> Any:
    return client.post("/admin/faq/questionrevision/upload/", {"upload": SimpleUploadedFile(name, content, kind)})


def is_bare(content: bytes) -> bool:
    """Whether nothing but a picture is left."""
    shown = Image.open(io.BytesIO(content))
    known = {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "progressive",
        "progression",
        "loop",
        "background",
        "timestamp",
        "duration",
    }
    return (
        not shown.getexif()
        and set(shown.info) <= known
        and max(shown.size) <= LONGEST_SIDE
        and not any(mark in content for mark in (files.SECRET, b"<script", b"<?php", b"__hit", b"PK\x03\x04"))
    )


@pytest.mark.parametrize("name", files.PICTURES)
def test_a_picture_is_written_anew_or_refused(name: str, editor: Client) -> None:
    make, may_become_one = files.PICTURES[name]
    response = send(editor, make())
    assert response.status_code == (200 if may_become_one else 400), response.content.decode()
    answer = response.json()
    if may_become_one:
        stored = answer["url"].removeprefix("/media/")
        with default_storage.open(stored) as file:
            assert is_bare(file.read())
        assert Path(stored).suffix in {".jpg", ".webp"}
    else:
        assert answer["error"]["message"].endswith("。")


@pytest.mark.parametrize("name", files.NAMES)
def test_what_a_file_is_called_decides_nothing(name: str, editor: Client) -> None:
    response = send(editor, files.picture("PNG"), name, "text/html")
    assert response.status_code == 200 or "没有收到图片" in response.json()["error"]["message"]
    if response.status_code == 200:
        assert response.json()["url"].startswith("/media/uploads/")
        shown = editor.get(response.json()["url"])
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
        assert "sandbox" in shown["Content-Security-Policy"]
        shown.close()
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", files.PICTURES)
def test_a_cover_is_read_in_the_same_way(name: str) -> None:
    make, may_become_one = files.PICTURES[name]
    field = PictureField(required=False)
    file = SimpleUploadedFile("a.png", make(), "image/png")
    if may_become_one:
        assert is_bare(field.clean(file).read())
    else:
        with pytest.raises(ValidationError):
            field.clean(file)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=6)), max_size=8),
    cut=st.floats(0.05, 1),
    tail=st.binary(max_size=40),
)
def test_any_damage_is_refused_or_mended(
    kind: str, changes: list[tuple[float, bytes]], cut: float, tail: bytes
) -> None:
    content = bytearray({"JPEG": files.with_exif, "PNG": files.with_text}.get(kind, lambda: files.picture(kind))())
    for place, new in changes:
        start = int(place * len(content))
        content[start : start + len(new)] = new
    try:
        clean, _ = written_anew(bytes(content[: int(cut * len(content))]) + tail)
    except Refused:
        return
    assert is_bare(clean)


def test_pictures_take_little_memory() -> None:
    """In a process of its own, which may not have more: every picture, and one of as many pixels as are taken."""
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({MEMORY * 2}, {MEMORY * 2}))\n"
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "import django; django.setup()\n"
        "from publishing.uploads import Refused, written_anew\n"
        "from tests.hostile import files\n"
        "for name, (make, good) in {**files.PICTURES, 'large': (lambda: files.picture('PNG', (4900, 4890)), True)}.items():\n"
        "    try: written_anew(make()); assert good, name\n"
        "    except Refused as refusal: assert not good and not isinstance(refusal.__cause__, MemoryError), name\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_huge_request_is_refused_before_it_is_stored(editor: Client) -> None:
    huge = SimpleUploadedFile("a.png", b"\x00" * (REQUEST_BYTES + 1))
    for url in ("/admin/faq/questionrevision/upload/", "/ask/", "/admin/faq/question/import/", "/admin/login/"):
        response = editor.post(url, {"upload": huge, "import_file": huge}, HTTP_ORIGIN="http://testserver")
        huge.seek(0)
        assert response.status_code in {400, 413}, url


def test_a_large_picture_is_refused_with_a_sentence(editor: Client) -> None:
    response = send(editor, files.picture("PNG") + b"\x00" * 6_000_000)
    assert (response.status_code, response.json()["error"]["message"]) == (400, "图片超过5MB，请先压缩再上传。")


@pytest.mark.parametrize(
    "table", ["faq_question", "articles_article", "policies_policydocument", "policies_parametervalue"]
)
def test_no_table_breaks_the_import(table: str, editor: Client) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, (form, make) in files.TABLES.items():
        file = SimpleUploadedFile(f"{name}.xlsx", make())
        response = editor.post(
            f"/admin/{table.replace('_', '/')}/import/", {"format": form, "resource": "", "import_file": file}
        )
        assert response.status_code in {200, 400}, name
        assert judged(response["Content-Type"], response.content) == [], name
        assert "root:" not in response.content.decode(), name
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < MEMORY


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "passwd", "..", "", "a\x00b", "a" * 300])
def test_a_confirmation_reads_no_other_file(name: str, editor: Client) -> None:
    for table in ("faq/question", "policies/policydocument"):
        data = {"import_file_name": name, "original_file_name": name, "format": "1", "resource": ""}
        response = editor.post(f"/admin/{table}/process_import/", data, follow=True)
        assert response.status_code == 200
        assert "root:" not in response.content.decode()
    assert Path("/etc/passwd").exists()
