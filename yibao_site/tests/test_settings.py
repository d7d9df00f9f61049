"""The settings say clearly what is wrong with the environment, and .env.example knows every variable."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

READ = re.compile(r'(?:env\.\w+|parsed|required)\(\s*"([A-Z_]+)"')
EXAMPLE = re.compile(r"^#? ?([A-Z_]+)=", re.MULTILINE)


def load_settings(**environment: str) -> subprocess.CompletedProcess[str]:
    """Loads the settings in a new process with this environment; a developer's .env cannot override it."""
    return subprocess.run(
        [sys.executable, "-c", "import yibao_site.settings"],
        env={"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 50, **environment},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_env_example_lists_exactly_the_variables_that_settings_read() -> None:
    source = (settings.BASE_DIR / "yibao_site" / "settings.py").read_text(encoding="utf-8")
    example = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8")
    assert sorted(EXAMPLE.findall(example)) == sorted(set(READ.findall(source)))


def test_every_variable_of_env_example_is_explained_on_the_line_before() -> None:
    lines = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8").splitlines()
    for before, line in itertools.pairwise(lines):
        if EXAMPLE.match(line):
            assert re.match(r"# [A-Za-z]", before), line
            assert not EXAMPLE.match(before), line


def test_a_good_environment_loads() -> None:
    assert load_settings().returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("DATABASE_URL", "postgres//somewhere"),
        ("DATABASE_URL", "nonsense"),
        ("DEBUG", "flase"),
        ("GONE_STATUS", "gone"),
        ("SECURE_SSL_REDIRECT", "perhaps"),
    ],
)
def test_a_bad_variable_stops_with_one_sentence_that_names_it(name: str, value: str) -> None:
    result = load_settings(**{name: value})
    last_line = result.stderr.strip().splitlines()[-1]
    assert result.returncode != 0
    assert last_line.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert f"Environment variable {name} " in last_line
    assert ".env.example" in last_line


def test_a_secret_is_not_repeated_in_the_complaint() -> None:
    result = load_settings(DATABASE_URL="postgras://user:hunter2@host/name")
    assert "hunter2" not in result.stderr
