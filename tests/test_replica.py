"""A real streaming replica: what is read from it, what never is, and that nobody notices when it lags, stops or is killed."""

from __future__ import annotations

import http.client
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from deploy import postgresql
from deploy.local import DATABASE, Stack, stack
from tests.test_deploy import free_ports, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.django_db,  # makes pytest-django create the database whose tables the cluster gets
    pytest.mark.skipif(not postgresql.installed(), reason="no PostgreSQL server programs found"),
]

SERVES, UNUSABLE = "The replica serves public pages", "the replica cannot be used"
NEW_TOPIC = "/topics/newly-made/feed.atom"  # on the replica not found
SEARCHES = ("/search/?q=%E5%A4%87%E6%A1%88", "/search/suggest/?q=%E5%A4%87%E6%A1%88")
# Which database each kind of work would read, asked in the site's own process.
CHOICES = """
import json
from django.http import HttpResponse
from django.test import RequestFactory
from publishing.version import ContentChange
from taxonomy.models import Topic
from yibao_site.routers import ReadFromReplica, replica
assert replica.serves()
read = lambda: Topic.objects.all().db
found = {"command": read(), "version": ContentChange.objects.all().db}
def ask(name, method, path, work=lambda: None):
    def view(request):
        work()
        found[name] = read()
        return HttpResponse()
    ReadFromReplica(view)(getattr(RequestFactory(), method)(path))
ask("page", "get", "/topics/")
ask("head", "head", "/topics/")
ask("post", "post", "/ask/")
ask("admin", "get", "/admin/")
ask("preview", "get", "/preview/x/")
ask("after a write", "get", "/topics/", lambda: Topic.objects.filter(slug="none").update(name="x"))
ask("next page", "get", "/topics/")
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def schema(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    """The tables of the tests' database, which takes a second where migrations take twenty."""
    with tempfile.TemporaryDirectory() as folder, django_db_blocker.unblock():
        given = connection.settings_dict
        file = Path(folder) / "schema.sql"
        subprocess.run(
            [postgresql.program("pg_dump"), "--no-owner", f"--host={given['HOST']}", f"--port={given['PORT'] or 5432}",
             f"--username={given['USER']}", f"--file={file}", given["NAME"]],
            check=True, env={"PGPASSWORD": given["PASSWORD"]},
        )  # fmt: skip
        yield file


@pytest.fixture(scope="module")
def site(schema: Path) -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="yibao-") as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "static").mkdir()
        own = settings.STATICFILES_DIRS[0]
        paths = {name: name for name in (str(path.relative_to(own)) for path in own.rglob("*.*"))}
        manifest = json.dumps({"paths": paths, "version": "1.1", "hash": ""})
        (Path(folder) / "static" / "staticfiles.json").write_text(manifest, encoding="utf-8")
        with stack(
            Path(folder) / "stack", free_ports(5), "postgresql", replica=True, nginx=False, dump=schema, workers=1,
            static=Path(folder) / "static", PAGE_CACHE="off",
        ) as running:  # fmt: skip
            yield running


def execute(site: Stack, server: str, sql: str) -> object:
    """Runs a statement on the primary or the replica; gives back its one value, if it has one."""
    address = f"host=127.0.0.1 port={site.port(server)} user=postgres dbname={DATABASE}"
    with psycopg.connect(address, autocommit=True) as link:
        found = link.execute(sql)
        return found.fetchone()[0] if found.description else None


def page(site: Stack, path: str = "/api/v1/parameters/") -> int:
    """The status of a public page that reads from the database."""
    link = http.client.HTTPConnection("127.0.0.1", site.port("app"), timeout=20)
    try:
        link.request("GET", path)
        return link.getresponse().status
    finally:
        link.close()


def always(holds: Callable[[], object], seconds: float) -> None:
    """Looks again and again for a while; fails as soon as it does not hold."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert holds()
        time.sleep(0.05)


def said(site: Stack, words: str) -> int:
    """How often the site logged something."""
    return (site.folder / "app.log").read_text(encoding="utf-8").count(words)


def test_pages_read_from_the_replica_and_nothing_else_does(site: Stack) -> None:
    found = json.loads(site.manage("shell", "--verbosity=0", "-c", CHOICES).splitlines()[-1])
    assert found == {
        "command": "default", "version": "replica", "page": "replica", "head": "replica", "post": "default",
        "admin": "default", "preview": "default", "after a write": "default", "next page": "replica",
    }  # fmt: skip


def test_a_replica_that_lags_is_not_asked_and_one_that_caught_up_is(site: Stack) -> None:
    wait_until(lambda: page(site) == 200 and said(site, SERVES) == 1)
    execute(site, "replica", "SELECT pg_wal_replay_pause()")
    execute(
        site,
        "primary",
        "INSERT INTO taxonomy_topic (name, slug, description, \"group\", \"order\") VALUES ('新栏目', 'newly-made', '', '', 1)",
    )
    wait_until(lambda: page(site, NEW_TOPIC) == 200, 6)  # the primary's
    assert said(site, "bytes behind") == 1
    always(lambda: page(site, NEW_TOPIC) == 200, 2)
    assert said(site, "bytes behind") == 1  # once, not at every page
    execute(site, "replica", "SELECT pg_wal_replay_resume()")
    wait_until(lambda: page(site) == 200 and said(site, SERVES) == 2, 20)
    assert page(site, NEW_TOPIC) == 200


def test_a_killed_replica_costs_no_page(site: Stack) -> None:
    always(lambda: page(site) == 200, 0.5)
    outages = said(site, UNUSABLE)
    site.kill("replica")
    always(lambda: page(site) == 200, 4)
    assert said(site, UNUSABLE) == outages + 1
    site.start("replica")
    back = said(site, SERVES)
    wait_until(lambda: page(site) == 200 and said(site, SERVES) > back, 30)
    assert said(site, "Internal Server Error: /api/") == 0


def test_pages_survive_the_primary_as_long_as_there_is_a_replica(site: Stack) -> None:
    assert [page(site, path) for path in SEARCHES] == [200, 200]  # the first one makes the index's own row
    wait_until(lambda: execute(site, "replica", "SELECT COUNT(*) FROM search_indexstate"))
    site.kill("primary")
    always(lambda: page(site) == 200, 3)
    assert [page(site, path) for path in SEARCHES] == [200, 200]
    assert said(site, "search index cannot be read") == 0
    site.start("primary")


def test_migrations_are_the_primarys(site: Stack) -> None:
    assert execute(site, "replica", "SELECT pg_is_in_recovery()") is True
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        execute(site, "replica", "DELETE FROM taxonomy_topic")
    assert "No migrations to apply" in site.manage("migrate")
