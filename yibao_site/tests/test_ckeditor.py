"""What keeps the old editor harmless; docs/ckeditor.md says why each of these holds."""

from __future__ import annotations

import json
from typing import Any

import html5lib
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse

from publishing.roles import Role
from tests.factories import draft_question, make_user

CONFIG = settings.CKEDITOR_CONFIGS["default"]
NOT_SERVED = (
    "exportpdf",
    "scayt",
    "wsc",
    "preview",
    "iframe",
    "flash",
    "codesnippetgeshi",
    "docprops",
    "ajax",
    "embed",
)


def served_files() -> set[str]:
    """Every static file that collectstatic would publish."""
    patterns = apps.get_app_config("staticfiles").ignore_patterns
    return {path for finder in get_finders() for path, _ in finder.list(patterns)}


def test_uploader_is_absent() -> None:
    assert not apps.is_installed("ckeditor_uploader")
    for name in ("ckeditor_upload", "ckeditor_browse"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def test_filter_is_a_list_and_scripts_and_styles_are_forbidden() -> None:
    assert CONFIG["fullPage"] is False
    assert isinstance(CONFIG["allowedContent"], str)
    assert not {"script", "style", "iframe"} & set(CONFIG["allowedContent"].split())
    for rule in ("script", "style", "iframe", "*[on*]", "*{*}", "*(*)"):
        assert rule in CONFIG["disallowedContent"]


def test_editor_asks_no_foreign_service() -> None:
    assert CONFIG["versionCheck"] is False
    assert CONFIG["disableNativeSpellChecker"] is False
    assert {"exportpdf", "scayt", "wsc", "preview", "iframe", "flash"} <= set(CONFIG["removePlugins"].split(","))


def test_chinese_punctuation_stays_as_it_is() -> None:
    assert CONFIG["entities"] is False


def test_toolbar_has_no_source_button() -> None:
    assert "Source" not in {button for group in CONFIG["toolbar"] for button in group}


def test_dangerous_plugins_and_samples_are_not_served() -> None:
    files = served_files()
    assert "ckeditor/ckeditor/ckeditor.js" in files
    dangerous = tuple(f"ckeditor/ckeditor/plugins/{name}/" for name in NOT_SERVED)
    assert [path for path in files if path.startswith(dangerous) or "samples/" in path] == []


def test_no_migration_names_the_editor() -> None:
    found = [
        path for path in settings.BASE_DIR.glob("*/migrations/*.py") if "ckeditor" in path.read_text(encoding="utf-8")
    ]
    assert found == []


def opened(client: Client, draft: Any) -> Any:
    """The text area that becomes the editor, as the page of a draft holds it."""
    page = client.get(f"/admin/faq/questionrevision/{draft.pk}/change/").content.decode()
    areas = html5lib.parse(page, namespaceHTMLElements=False).iter("textarea")
    return next(area for area in areas if area.get("data-type") == "ckeditortype")


@pytest.mark.django_db
def test_the_page_gives_the_editor_this_configuration(client: Client) -> None:
    client.force_login(make_user(role=Role.WRITER))
    given = json.loads(opened(client, draft_question()).get("data-config"))
    for name in (
        "fullPage",
        "allowedContent",
        "disallowedContent",
        "removePlugins",
        "versionCheck",
        "disableNativeSpellChecker",
    ):
        assert given[name] == CONFIG[name], name
    assert given["uploadUrl"] == "/admin/faq/questionrevision/upload/"


@pytest.mark.django_db
def test_what_slipped_past_everything_is_clean_when_the_editor_opens(client: Client) -> None:
    """A row written by hand in the database: the shape of CVE-2024-24815 and an ordinary handler."""
    draft = draft_question()
    with connection.cursor() as cursor:
        hostile = "<p>好</p><style><![CDATA[</style><img src=x onerror=alert(1)>]]></style><script>alert(2)</script>"
        cursor.execute("UPDATE faq_questionrevision SET body = %s WHERE id = %s", [hostile, draft.pk])
    client.force_login(make_user(role=Role.WRITER))
    text = opened(client, draft).text
    assert "<p>好</p>" in text
    assert not [word for word in ("onerror", "<script", "<style", "CDATA") if word in text]


@pytest.mark.django_db
def test_an_upload_wants_a_token_and_the_right_to_edit() -> None:
    address = reverse("admin:faq_questionrevision_upload")
    file = {"upload": SimpleUploadedFile("a.svg", b"<svg onload=alert(1)></svg>")}
    strict, reviewer_of_nothing = Client(enforce_csrf_checks=True), Client()
    strict.force_login(make_user(role=Role.WRITER))
    reviewer_of_nothing.force_login(make_user())
    assert strict.post(address, file).status_code == 403
    assert reviewer_of_nothing.post(address, file).status_code == 403
    writer = Client()
    writer.force_login(make_user(role=Role.WRITER))
    assert (
        writer.post(address, {"upload": SimpleUploadedFile("a.svg", b"<svg onload=alert(1)></svg>")}).status_code == 400
    )


@pytest.mark.parametrize("name", [*NOT_SERVED, "samples"])
def test_what_is_left_out_has_no_address(client: Client, name: str) -> None:
    folder = "" if name == "samples" else "plugins/"
    for file in ("plugin.js", "index.html"):
        assert client.get(f"/static/ckeditor/ckeditor/{folder}{name}/{file}").status_code == 404


def test_it_is_pinned_to_the_version_that_was_read() -> None:
    pinned = (settings.BASE_DIR / "requirements.in").read_text(encoding="utf-8")
    assert "django-ckeditor==6.7.4\n" in pinned
