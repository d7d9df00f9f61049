"""The settings say clearly what is wrong with the environment, and .env.example knows every variable."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

READ = re.compile(r'(?:env\.\w+|parsed|required)\(\s*"([A-Z_]+)"')
EXAMPLE = re.compile(r"^#? ?([A-Z_]+)=", re.MULTILINE)


def load_settings(code: str = "import yibao_site.settings", **environment: str) -> subprocess.CompletedProcess[str]:
    """Loads the settings in a new process with this environment; a developer's .env cannot override it."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 50, **environment},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_env_example_lists_exactly_the_variables_that_settings_read() -> None:
    files = (settings.BASE_DIR / "yibao_site" / "settings").glob("*.py")
    source = "".join(file.read_text(encoding="utf-8") for file in files)
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
        ("EMAIL_URL", "smtp.example.org:587"),
        ("EMAIL_URL", "http://smtp.example.org"),
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgras://user:hunter2@host/name"),
        ("DATABASE_URL", "postgres://user:hunter2/3@host/name"),
        ("EMAIL_URL", "smpt://user:hunter2@host"),
        ("EMAIL_URL", "smtp://user:hunter2/3@host"),
    ],
)
def test_a_secret_is_not_repeated_in_the_complaint(name: str, value: str) -> None:
    result = load_settings(**{name: value})
    assert f"Environment variable {name} " in result.stderr
    assert "hunter2" not in result.stderr


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", ["console", None, None, None, None, False, False]),
        ("smtp://127.0.0.1", ["smtp", "127.0.0.1", 25, None, None, False, False]),
        (
            "submission://me%40example.org:a%3Ab%2Fc@smtp.example.org",
            ["smtp", "smtp.example.org", 587, "me@example.org", "a:b/c", True, False],
        ),
        (
            "smtp://me:word@smtp.example.org:465/?ssl=true",
            ["smtp", "smtp.example.org", 465, "me", "word", False, True],
        ),
    ],
)
def test_one_address_says_all_about_mail(address: str, expected: list[object]) -> None:
    code = (
        "import json; from yibao_site import settings as s; print(json.dumps([s.EMAIL_BACKEND.split('.')[-2], s.EMAIL_HOST,"
        "s.EMAIL_PORT, s.EMAIL_HOST_USER, s.EMAIL_HOST_PASSWORD, s.EMAIL_USE_TLS, s.EMAIL_USE_SSL]))"
    )
    result = load_settings(code, **({"EMAIL_URL": address} if address else {}))
    assert json.loads(result.stdout) == expected
