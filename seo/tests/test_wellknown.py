"""Small files at fixed addresses."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest
from django.test import Client

from seo.tests.reading import body
from seo.tests.test_markdown import words
from tests.factories import make_article, make_question

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("agent", ["*", "Baiduspider", "Googlebot", "GPTBot", "Bytespider", "ClaudeBot", "360Spider"])
def test_robots_lets_everyone_see_everything_but_the_admin(client: Client, agent: str) -> None:
    reader = RobotFileParser()
    reader.parse(body(client.get("/robots.txt")).decode().splitlines())
    for path in ("/", "/faq/1/", "/search/?q=a", "/static/css/site.css", "/static/js/a.js", "/media/a.png", "/api/v1/"):
        assert reader.can_fetch(agent, path)
    assert not reader.can_fetch(agent, "/admin/")
    assert reader.site_maps() == ["http://127.0.0.1:8000/sitemap.xml"]


def security_txt(client: Client) -> dict[str, str]:
    lines = body(client.get("/.well-known/security.txt")).decode().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_security_txt_has_what_rfc_9116_wants(client: Client, settings) -> None:
    settings.SECURITY_TXT_EXPIRES = dt.date(2027, 3, 1)
    assert security_txt(client) == {
        "Contact": "mailto:editor@example.org",
        "Expires": "2027-03-01T00:00:00+08:00",
        "Preferred-Languages": "zh, en",
        "Canonical": "http://127.0.0.1:8000/.well-known/security.txt",
    }


def test_security_txt_is_good_for_another_thirty_days(client: Client) -> None:
    """On the real clock: when this fails, see whether mail to the contact is read, and set a new day in the settings."""
    left = dt.datetime.fromisoformat(security_txt(client)["Expires"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=30) < left < dt.timedelta(days=366)


def test_llms_txt_lists_every_live_page_with_its_answer(client: Client) -> None:
    question, article = make_question("能[报]*吗*？", summary="能_报_。"), make_article()
    text = body(client.get("/llms.txt")).decode()
    assert text.startswith("# 异地就医问答\n\n> ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["文章", "问题", "栏目", "Optional"]
    line = next(line for line in text.splitlines() if f"/faq/{question.pk}.md" in line)
    assert words(line) == "能[报]*吗*？:能_报_。"
    assert f"http://127.0.0.1:8000/articles/{article.pk}.md" in text


def test_the_indexnow_key_is_served_exactly(client: Client, settings) -> None:
    settings.INDEXNOW_KEY = "abcdef12-3456"
    response = client.get("/abcdef12-3456.txt")
    assert (response.content, response["Content-Type"]) == (b"abcdef12-3456", "text/plain; charset=utf-8")
    assert client.get("/abcdef12-3456.html").status_code == 404
    assert client.get("/abcdef12-3457.txt").status_code == 404


def test_no_key_no_file(client: Client, settings) -> None:
    settings.INDEXNOW_KEY = ""
    assert client.get("/.txt").status_code == 404


def test_ownership_files(client: Client, settings, tmp_path: Path) -> None:
    settings.VERIFICATION_DIR = tmp_path / "proofs"
    assert client.get("/baidu_verify_codeva-abc.html").status_code == 404
    settings.VERIFICATION_DIR.mkdir()
    (settings.VERIFICATION_DIR / "baidu_verify_codeva-abc.html").write_text("\ufeffabc123", encoding="utf-8")
    (settings.VERIFICATION_DIR / "huge.txt").write_text("x" * 20_000)
    (settings.VERIFICATION_DIR / "folder.txt").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    assert client.get("/baidu_verify_codeva-abc.html").content == b"abc123"
    for path in ("/huge.txt", "/folder.txt", "/..%2Fsecret.txt", "/%2e%2e/secret.txt", "/中.txt"):
        assert client.get(path).status_code == 404
