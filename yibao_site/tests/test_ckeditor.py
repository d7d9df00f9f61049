"""What keeps the old editor harmless; docs/ckeditor.md says why each of these holds."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.urls import NoReverseMatch, reverse

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
