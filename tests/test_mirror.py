"""The static mirror as files: what is in it, what is not, and that an export never leaves less than there was."""

from __future__ import annotations

import datetime as dt
import gzip
import os
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_article, make_province, make_question, make_topic
from tests.limits import no_room
from yibao_site import mirror

pytestmark = pytest.mark.django_db
# Files are files: on the other database it is enough that every page can be had.
once = pytest.mark.sqlite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mirror"


def names(folder: Path) -> set[str]:
    """Every page of the mirror, without its twins."""
    root = folder / "current"
    found = (str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    return {name for name in found if not name.endswith((".gz", ".br"))}


@once
@pytest.mark.parametrize(
    ("address", "kind", "name"),
    [
        ("/", "text/html", "index.html"),
        ("/faq/1/", "text/html", "faq/1/index.html"),
        ("/faq/?topic=filing&page=2", "text/html", "faq/index@page=2&topic=filing.html"),
        ("/api/v1/", "application/json", "api/v1/index.data"),
        ("/feed.json", "application/feed+json", "feed.json"),
        ("/.well-known/security.txt", "text/plain", ".well-known/security.txt"),
        ("/faq/1.md", "text/markdown", "faq/1.md"),
        ("/llms.txt", "text/markdown", "llms.txt@.markdown"),
    ],
)
def test_file_names(address: str, kind: str, name: str) -> None:
    assert mirror.file_name(address, kind) == name


def test_every_page_is_there_with_twins_that_say_the_same(folder: Path) -> None:
    question = make_question(provinces=[make_province()])
    article = make_article()
    report = mirror.export(folder)
    assert not report.failed
    found = names(folder)
    assert {
        "index.html", "faq/index.html", f"faq/{question.pk}/index.html", f"faq/{question.pk}.md",
        f"articles/{article.pk}/index.html", "topics/filing/index.html", "provinces/jiangsu/index.html",
        "site-map/index.html", "about/index.html", "about/privacy/index.html", "search/index.html", "ask/index.html",
        "filing/index.html", "sitemap.xml", "sitemap.txt", "sitemap-question-0.xml", "robots.txt", "feed.atom", "feed.json",
        "llms.txt@.markdown", "api/v1/index.data", ".well-known/security.txt",
    } <= found  # fmt: skip
    assert report.written == len(found)
    for name in found:
        page = folder / "current" / name
        body = page.read_bytes()
        assert body
        assert gzip.decompress(Path(f"{page}.gz").read_bytes()) == body
        assert brotli.decompress(Path(f"{page}.br").read_bytes()) == body


@once
def test_nothing_of_editors_and_of_one_visitor_is_there(folder: Path) -> None:
    make_question()
    mirror.export(folder)
    for name in names(folder):
        assert not name.startswith(
            ("admin", "preview", "feedback", "static", "media", "healthz", "readyz", "metrics")
        ), name
        assert "mode=" not in name
        assert "q=" not in name


@once
def test_lists_come_with_their_pages(folder: Path) -> None:
    for number in range(21):
        make_question(f"第{number}个问题怎么办？", topics=[make_topic()])
    mirror.export(folder)
    assert {"faq/index.html", "faq/index@page=2.html"} <= names(folder)
    assert "faq/index@page=3.html" not in names(folder)


@once
def test_what_did_not_change_is_not_written_again(folder: Path) -> None:
    question, other = make_question("甲怎么办？"), make_question("乙怎么办？")
    first = mirror.export(folder)
    page = folder / "current" / f"faq/{other.pk}/index.html"
    before = page.stat()
    revision = question.live
    type(revision).objects.filter(pk=revision.pk).update(body="<p>新的正文。</p>")
    second = mirror.export(folder)
    assert second.written + second.unchanged == first.written
    assert 0 < second.written < second.unchanged
    assert (page.stat().st_ino, page.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert "新的正文" in (folder / "current" / f"faq/{question.pk}/index.html").read_text(encoding="utf-8")


@once
def test_a_page_that_is_gone_is_gone_from_the_mirror(folder: Path) -> None:
    question = make_question()
    mirror.export(folder)
    assert f"faq/{question.pk}/index.html" in names(folder)
    type(question).objects.filter(pk=question.pk).update(availability="unpublished")
    mirror.export(folder)
    assert f"faq/{question.pk}/index.html" not in names(folder)
    assert len([path for path in folder.iterdir() if path.name.startswith("pages-")]) == 1


def break_page(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """From now on one address answers 500, as a fault in a view would make it."""
    usual = mirror.Client.get

    def get(self: Any, address: str, **more: Any) -> Any:
        response = usual(self, address, **more)
        if address == broken:
            response.status_code = 500
        return response

    monkeypatch.setattr(mirror.Client, "get", get)


@once
@pytest.mark.parametrize(
    ("address", "name"),
    [("/faq/", "faq/index.html"), ("/feed.atom", "feed.atom"), ("/llms.txt", "llms.txt@.markdown")],
)
def test_a_broken_page_keeps_its_file_and_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, address: str, name: str
) -> None:
    make_question()
    mirror.export(folder)
    before = (folder / "current" / name).read_bytes()
    break_page(monkeypatch, address)
    with pytest.raises(CommandError, match="1 pages failed"):
        call_command("export_static", folder, verbosity=0)
    assert (folder / "current" / name).read_bytes() == before


@once
def test_a_broken_home_page_leaves_the_mirror_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_question()
    mirror.export(folder)
    before = os.readlink(folder / "current")  # noqa: PTH115 - the text of the link, not where it leads
    break_page(monkeypatch, "/")
    with pytest.raises(CommandError, match="home page"):
        call_command("export_static", folder, verbosity=0)
    assert os.readlink(folder / "current") == before  # noqa: PTH115
    assert not list(folder.glob("new-*"))


@once
def test_a_disk_that_fills_up_leaves_the_old_mirror_and_nothing_half(folder: Path) -> None:
    question = make_question()
    mirror.export(folder)
    question.live.title = "很长的题目" * 20
    question.live.body = "<p>" + "说得很长。" * 5_000 + "</p>"
    question.live.save()
    with no_room(40_000), pytest.raises(CommandError, match="stays as it was"):
        call_command("export_static", folder, verbosity=0)
    assert "说得很长" not in (folder / "current" / f"faq/{question.pk}/index.html").read_text(encoding="utf-8")
    assert len(list(folder.glob("[np]*-*"))) == 1
    mirror.export(folder)
    assert "说得很长" in (folder / "current" / f"faq/{question.pk}/index.html").read_text(encoding="utf-8")


@once
def test_two_exports_do_not_mix(folder: Path) -> None:
    folder.mkdir()
    with mirror._alone(folder), pytest.raises(mirror.Refused, match="another export"):
        mirror.export(folder)


@once
def test_what_a_killed_export_left_is_cleared(folder: Path) -> None:
    make_question()
    (folder / "new-1" / "faq").mkdir(parents=True)
    mirror.export(folder)
    assert not list(folder.glob("new-*"))


@once
def test_housekeeping_makes_it_once_a_night(folder: Path, settings: Any, frozen: Any) -> None:
    make_question()
    settings.MIRROR_DIR = ""
    assert mirror.nightly() == ""
    settings.MIRROR_DIR = str(folder)
    assert "pages written" in mirror.nightly()  # there was none
    made = dt.datetime.fromtimestamp((folder / "current").lstat().st_mtime, dt.UTC)
    for days, hour, is_due in ((0, 3, False), (2, 12, False), (2, 3, True)):
        day = made + dt.timedelta(days=days)
        frozen(f"{day:%Y-%m-%d}T{hour:02}:00")
        assert bool(mirror.nightly()) is is_due, (days, hour)
