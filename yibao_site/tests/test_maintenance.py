"""Maintenance mode closes public pages with 503 and opens them again."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client


@pytest.fixture(autouse=True)
def _own_file(settings, tmp_path: Path) -> None:
    settings.MAINTENANCE_FILE = tmp_path / "new" / "maintenance"


@pytest.mark.parametrize("path", ["/", "/faq/1/", "/search/", "/sitemap.xml", "/api/v1/", "/nothing/"])
def test_public_pages_answer_503_without_a_database(client: Client, path: str) -> None:
    call_command("maintenance", "on", "--minutes", "20")
    response = client.get(path)
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (503, "1200", "no-store")
    assert "20分钟" in response.content.decode()
    assert "12393" in response.content.decode()
    assert client.post(path).status_code == 503


def test_the_rest_stays_open(client: Client, db: None) -> None:
    call_command("maintenance", "on")
    assert client.get("/healthz").status_code == 200
    assert client.get("/robots.txt").status_code == 200
    assert client.get("/admin/login/").status_code == 200


def test_on_and_off(client: Client) -> None:
    assert client.get("/robots.txt").status_code == client.get("/about/").status_code == 200
    call_command("maintenance", "on")
    call_command("maintenance", "on")
    assert client.get("/about/").status_code == 503
    call_command("maintenance", "off")
    call_command("maintenance", "off")
    assert client.get("/about/").status_code == 200


@pytest.mark.parametrize("text", ["", "soon", "-5", "9" * 50])
def test_a_damaged_file_still_closes(client: Client, settings, text: str) -> None:
    settings.MAINTENANCE_FILE.parent.mkdir()
    settings.MAINTENANCE_FILE.write_text(text)
    response = client.get("/about/")
    assert response.status_code == 503
    assert int(response["Retry-After"]) >= 1


@pytest.mark.parametrize("minutes", ["0", "-1", "99999999"])
def test_a_silly_duration_is_refused(minutes: str) -> None:
    with pytest.raises(CommandError, match="--minutes"):
        call_command("maintenance", "on", "--minutes", minutes)
