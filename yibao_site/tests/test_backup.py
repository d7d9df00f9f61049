"""Backups come back row for row; what is damaged, cut off or in the way is refused with a sentence."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from PIL import Image
from psycopg.rows import tuple_row

from feedback.tests.scenes import asked
from publishing.roles import Role
from publishing.uploads import store
from tests.factories import make_article, make_figure, make_province, make_question, make_user
from tests.limits import no_room
from yibao_site.backup import BackupError, archive, dumps, making, nightly
from yibao_site.backup.restoring import restore, verify
from yibao_site.backup.rotation import backups, name_for

REPOSITORY = Path(__file__).parents[2]
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def site(transactional_db: None, settings: Any, tmp_path: Path) -> Path:
    """A small site with something in many tables and two pictures; gives back the folder for backups."""
    settings.MEDIA_ROOT = tmp_path / "media"
    make_figure("filing_days")
    make_question(body="<p>一般[[filing_days]]。[^1]</p>", provinces=[make_province()])
    make_article()
    asked()
    make_user("writer", role=Role.WRITER)
    for colour in ("red", "blue"):
        picture = io.BytesIO()
        Image.new("RGB", (30, 20), colour).save(picture, "PNG")
        picture.seek(0)
        picture.size = len(picture.getvalue())
        store(picture)
    return tmp_path / "backups"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[str]:
    """The address of a new, empty database of the kind that the tests run on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path}/restored.sqlite3"
        return
    with closing(_server()) as server:
        name = f"restored_{os.getpid()}"
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
        own = connection.settings_dict
        yield f"postgres://{own['USER']}:{own['PASSWORD']}@{own['HOST']}:{own['PORT'] or 5432}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _server() -> psycopg.Connection:
    arguments = dumps.connect_arguments(connection.settings_dict) | {"dbname": "postgres"}
    return psycopg.connect(**arguments, autocommit=True)


def every_row(url: str = "") -> Rows:
    """All rows of all tables, sorted, read without anything of the backup's own code; by default of the site."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///") or ":memory:")) as own:
            if not url:
                connection.connection.backup(own)
            names = own.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
            ).fetchall()
            return {name: sorted(own.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for (name,) in names}
    connection.ensure_connection()
    own = psycopg.connect(url or connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"])
    own.row_factory = tuple_row
    with own:
        names = own.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {name: sorted(own.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for (name,) in names}


def pictures(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# There and back


@pytest.mark.parametrize("encrypted", [False, True])
def test_every_row_and_every_picture_comes_back(site: Path, place: str, tmp_path: Path, encrypted: bool) -> None:
    key, said = tmp_path / "key", StringIO()
    options: dict[str, Any] = {}
    if encrypted:
        call_command("backup", make_key=key, stdout=said)
        options["encrypt_to"] = [said.getvalue().split()[2]]
    before = every_row()
    call_command("backup", to=site, stdout=said, **options)
    (file,) = backups(site)
    assert (file.suffix == ".age") is encrypted
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"filing_days" not in file.read_bytes()
    call_command("backup", verify=file, identity=key if encrypted else None, stdout=said)
    make_question("备份以后才有的问题？")
    identity = key if encrypted else None
    call_command("restore", file, into=place, media=tmp_path / "new" / "media", identity=identity, stdout=said)
    assert "Restored and verified" in said.getvalue()
    assert every_row(place) == before
    assert sum(map(len, before.values())) > 200
    assert pictures(tmp_path / "new" / "media") == pictures(site.parent / "media")
    assert len(pictures(site.parent / "media")) == 2


@pytest.mark.sqlite
def test_a_sqlite_backup_grows_into_postgresql(site: Path, tmp_path: Path) -> None:
    """Every row of every model, as Django reads it on either database."""
    url = os.environ.get("TEST_DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
    try:
        server = psycopg.connect(url, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL answers")
    made = making.make(site)
    expected = json.loads(_dumped(None))
    name = f"grown_{os.getpid()}"
    target = f"{url.rpartition('/')[0]}/{name}"
    with closing(server):
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
        try:
            restore(made.path, target, tmp_path / "grown")
            assert json.loads(_dumped(target)) == expected
            with psycopg.connect(target) as own:
                (last,) = own.execute("SELECT max(id) FROM faq_question").fetchone()
                (given,) = own.execute("SELECT nextval(pg_get_serial_sequence('faq_question', 'id'))").fetchone()
            assert given == last + 1
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _dumped(url: str | None) -> str:
    """Every row of every model as Django writes it, in the order of the keys."""
    if url is None:
        out = StringIO()
        call_command("dumpdata", use_base_manager=True, stdout=out)
        text = out.getvalue()
    else:
        command = [sys.executable, "manage.py", "dumpdata", "--all"]
        environment = {**os.environ, "DATABASE_URL": url}
        text = subprocess.run(
            command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
        ).stdout
    rows = json.loads(text)
    return json.dumps(sorted(rows, key=lambda row: (row["model"], str(row["pk"]))), sort_keys=True)


# What is refused


@pytest.fixture
def made(site: Path) -> Path:
    return making.make(site).path


def damaged(file: Path, data: bytes) -> Path:
    other = file.with_name(f"damaged-{file.name}")
    other.write_bytes(data)
    return other


@pytest.mark.parametrize("part", [0.0, 0.01, 0.3, 0.7, 0.99, 0.9999])
def test_a_backup_that_was_cut_off(made: Path, part: float) -> None:
    data = made.read_bytes()
    with pytest.raises(BackupError, match=r"damaged|cut off"):
        verify(damaged(made, data[: int(len(data) * part)]))


def unpacked(data: bytes) -> bytes | None:
    """What the archive holds; None where it cannot be read."""
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return None


@pytest.mark.parametrize("place", [0, 15, 100, 0.2, 0.5, 0.8, -3])
def test_a_backup_with_one_wrong_byte(made: Path, place: float) -> None:
    data = bytearray(made.read_bytes())
    data[int(place * len(data)) if isinstance(place, float) else place] ^= 0x41
    if unpacked(bytes(data)) == unpacked(made.read_bytes()):
        return  # a bit that means nothing to the compression: everything is there
    with pytest.raises(BackupError, match=r"damaged|cut off|holds something|another version"):
        verify(damaged(made, bytes(data)))


def test_a_backup_whose_content_was_changed_behind_its_back(made: Path, tmp_path: Path) -> None:
    """Repacked in good order, with one picture changed, one added, one missing, or a path that leads outside."""
    with gzip.open(made) as packed, tarfile.open(fileobj=packed) as tar:
        members = [(member.name, tar.extractfile(member).read()) for member in tar]
    picture = next(number for number, (name, _) in enumerate(members) if name.startswith("media/"))
    changed, missing = list(members), list(members)
    changed[picture] = (members[picture][0], b"other")
    del missing[picture]
    for forged in (
        changed,
        missing,
        [("media/new.webp", b"x"), *members],
        [("../outside", b"x"), *members],
        members[:-1],
        [],
    ):
        other = tmp_path / "forged.tar.gz"
        with gzip.open(other, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
            for name, data in forged:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        with pytest.raises(BackupError, match=r"is damaged|holds something|cut off"):
            verify(other)
    assert not (tmp_path / "outside").exists()


def test_a_wrong_key_and_no_key(site: Path, tmp_path: Path) -> None:
    right, wrong = pyrage.x25519.Identity.generate(), tmp_path / "wrong"
    wrong.write_text(str(pyrage.x25519.Identity.generate()))
    file = making.make(site, [str(right.to_public())]).path
    with pytest.raises(BackupError, match="cannot be decrypted"):
        verify(file, wrong)
    with pytest.raises(BackupError, match="is encrypted"):
        verify(file)
    with pytest.raises(BackupError, match="no age private key"):
        verify(file, file)
    with pytest.raises(BackupError, match="no age recipient"):
        making.make(site, ["age1nonsense"])
    assert backups(site) == [file]


@pytest.mark.parametrize("part", [0.01, 0.5, 0.999])
def test_an_encrypted_backup_that_was_cut_off(site: Path, tmp_path: Path, part: float) -> None:
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(str(key))
    file = making.make(site, [str(key.to_public())]).path
    data = file.read_bytes()
    with pytest.raises(CommandError, match="cannot be decrypted"):
        call_command("backup", verify=damaged(file, data[: int(len(data) * part)]), identity=tmp_path / "key")


def test_no_room_to_unpack_a_backup(made: Path) -> None:
    with no_room(10_000), pytest.raises(CommandError, match="too large"):
        call_command("backup", verify=made)


def test_nothing_is_overwritten_without_the_flag(made: Path, place: str, tmp_path: Path) -> None:
    media = tmp_path / "there"
    restore(made, place, media)
    rows = every_row(place)
    (media / "mine.txt").write_text("mine")
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", made, into=place, media=media)
    with pytest.raises(BackupError, match="damaged"):  # a restore that fails leaves what was there
        restore(damaged(made, made.read_bytes()[:5000]), place, media, replace=True)
    assert every_row(place) == rows
    assert (media / "mine.txt").exists()
    done = restore(made, place, media, replace=True)
    assert len(done.kept) == 2
    assert every_row(place) == rows
    assert not (media / "mine.txt").exists()
    assert (Path(done.kept[1]) / "mine.txt").read_text() == "mine"


def test_a_database_in_use_is_not_replaced(made: Path, place: str, tmp_path: Path) -> None:
    restore(made, place, tmp_path / "there")
    if connection.vendor == "sqlite":
        other = sqlite3.connect(place.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(place)
    with closing(other), pytest.raises(BackupError, match="in use"):
        restore(made, place, tmp_path / "there", replace=True)
    assert every_row(place)["faq_question"]
    assert len(pictures(tmp_path / "there")) == 2


def test_pictures_that_cannot_be_moved_away(made: Path, place: str, tmp_path: Path) -> None:
    """As where their folder is a mount of its own; here its name is so long that no longer one may be."""
    media = tmp_path / ("m" * 240)
    restore(made, place, media)
    rows = every_row(place)
    with pytest.raises(CommandError, match="too long"):
        call_command("restore", made, into=place, media=media, replace=True)
    assert every_row(place) == rows
    assert len(pictures(media)) == 2


LAST_WORDS = """
import os, signal, sqlite3, sys
own = sqlite3.connect(sys.argv[1], isolation_level=None)
own.executescript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0")
own.execute("UPDATE faq_question SET search_terms = 'the last words'")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.sqlite
@pytest.mark.parametrize("lost", [Path.unlink, lambda file: file.write_bytes(b"")])
def test_a_journal_whose_database_is_lost(made: Path, place: str, tmp_path: Path, lost: Any) -> None:
    """It may hold edits, so it is kept; and it is never written into the database that is restored beside it."""
    file, media = Path(place.removeprefix("sqlite:///")), tmp_path / "there"
    restore(made, place, media)
    rows = every_row(place)
    subprocess.run([sys.executable, "-c", LAST_WORDS, str(file)], check=False)
    lost(file)
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", made, into=place, media=tmp_path / "new")
    done = restore(made, place, media, replace=True)
    assert every_row(place) == rows
    assert b"the last words" in Path(f"{done.kept[0]}-wal").read_bytes()


def test_a_backup_of_a_newer_release(made: Path, place: str, tmp_path: Path) -> None:
    with gzip.open(made) as packed, tarfile.open(fileobj=packed) as tar:
        tar.extract(archive.dump_name(connection.vendor), tmp_path, filter="data")
    manifest = archive.read(made)
    manifest.files.clear()
    manifest.migrations.append("faq.9999_from_the_future")
    newer = tmp_path / "newer.tar.gz"
    archive.write(newer, tmp_path / manifest.dump, tmp_path / "none", manifest)
    with pytest.raises(BackupError, match="newer than this code"):
        restore(newer, place, tmp_path / "there")


@pytest.mark.parametrize("url", ["", "mysql://a@b/c", "sqlite://:memory:", "postgres://nobody@127.0.0.1:1/none"])
def test_a_target_that_is_none(made: Path, tmp_path: Path, url: str) -> None:
    with pytest.raises(BackupError):
        restore(made, url, tmp_path / "there")


@pytest.mark.postgres
def test_a_server_that_cannot_show_who_it_is(made: Path, place: str, tmp_path: Path) -> None:
    """What the address demands of the line holds for every connection, the first one too."""
    unknown = f"{place}?sslmode=verify-full&sslrootcert={tmp_path}/none"
    with pytest.raises(CommandError, match="cannot be reached"):
        call_command("restore", made, into=unknown, media=tmp_path / "there")


def test_a_program_that_is_not_installed() -> None:
    with pytest.raises(BackupError, match="postgresql-client-99"):
        dumps.program("pg_dump", 99)


# Half a backup is none


@pytest.mark.sqlite
def test_a_disk_that_is_full_leaves_no_backup(site: Path, tmp_path: Path) -> None:
    """Under a real limit on the size of files."""
    copy = tmp_path / "site.sqlite3"
    with closing(sqlite3.connect(copy)) as target:
        connection.connection.backup(target)
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{copy}"}
    command = [sys.executable, "manage.py", "backup", f"--to={site}"]
    limit = copy.stat().st_size // 2
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert done.returncode == 1
    assert "No backup was made" in done.stderr
    assert "Traceback" not in done.stderr
    assert backups(site) == []
    assert not list(site.glob(f"{making.PARTS}*"))
    assert "yibao_backup_failed 1" in (site / "backup.prom").read_text()


def test_what_a_killed_backup_left_is_cleared_away(site: Path) -> None:
    left = site / f"{making.PARTS}killed"
    left.mkdir(parents=True)
    (left / "archive").write_bytes(b"half")
    made = making.make(site)
    assert backups(site) == [made.path]
    assert not left.exists()
    assert "yibao_backup_failed 0" in (site / "backup.prom").read_text()


def test_one_backup_at_a_time(site: Path) -> None:
    with making._alone(site), pytest.raises(BackupError, match="Another backup"):
        making.make(site)


# Every night


def test_housekeeping_makes_one_a_night(
    site: Path, settings: Any, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert nightly.run() == "", "no folder, no backup"
    settings.BACKUP_DIR = site
    frozen("2026-11-23T02:59")
    assert nightly.run() == ""
    frozen("2026-11-23T03:01")
    assert "rows" in nightly.run()
    frozen("2026-11-23T23:00")
    assert nightly.run() == ""
    frozen("2026-11-24T03:01")
    assert "rows" in nightly.run()
    assert len(backups(site)) == 2


def test_a_backup_of_a_clock_that_ran_ahead(site: Path, settings: Any, frozen: Any) -> None:
    settings.BACKUP_DIR = site
    site.mkdir()
    (site / name_for(dt.datetime(2027, 5, 1, tzinfo=dt.UTC))).touch()
    frozen("2026-11-23T03:01")
    assert "rows" in nightly.run()
    assert nightly.run() == "", "one a night all the same"


def test_a_night_that_fails_is_loud_and_tried_again_later(site: Path, settings: Any, frozen: Any) -> None:
    settings.BACKUP_DIR = site
    frozen("2026-11-23T03:01")
    with making._alone(site), pytest.raises(BackupError):
        nightly.run()
    os.utime(site / "backup.prom", (1, 1))
    assert "rows" in nightly.run(), "an hour later"
