"""Every part is pinned by its hash, has a licence that we may use, and stands in the list of parts."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from cyclonedx.validation.json import JsonValidator
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docs.make_parts import PAGE, page, parts, sbom

# The same on every database.
pytestmark = pytest.mark.sqlite

ROOT = Path(settings.BASE_DIR)
FILES = ["requirements", "requirements-dev"]
# Free to use on a server without publishing our own code. LGPL: psycopg is used as it comes, never changed or copied in.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "CC0-1.0", "LGPL-2.1-or-later", "LGPL-3.0-only", "MIT",
    "MIT-CMU", "MPL-1.1", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip


def blocks(name: str) -> list[str]:
    """One text for each package of a lock file, with its hashes."""
    text = (ROOT / f"{name}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return re.split(r"\n(?=\S)", "\n".join(lines))


@pytest.mark.parametrize("name", FILES)
def test_every_package_is_pinned_to_a_version_and_to_hashes(name: str) -> None:
    bad = [
        block.split("\n")[0]
        for block in blocks(name)
        if not re.match(r"[A-Za-z0-9._-]+(\[.*\])?==\S+.*(\n +--hash=sha256:[0-9a-f]{64}( \\)?)+", block)
    ]
    assert bad == []
    assert len(blocks(name)) > 40


@pytest.mark.parametrize("name", FILES)
def test_nothing_comes_from_an_address_of_its_own(name: str) -> None:
    for file in (ROOT / f"{name}.txt", ROOT / f"{name}.in"):
        lines = [line.split("#")[0] for line in file.read_text(encoding="utf-8").splitlines()]
        assert not [
            line for line in lines if re.search(r"://|^-e|--(extra-)?index-url|--trusted-host|--find-links", line)
        ]


@pytest.mark.parametrize("name", FILES)
def test_the_lock_file_holds_what_the_list_asks_for(name: str) -> None:
    asked = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[\w,]+\])?==(\S+)", (ROOT / f"{name}.in").read_text(encoding="utf-8"), re.MULTILINE
    )
    locked = dict(
        re.findall(
            r"^([a-z0-9._-]+)(?:\[.*\])?==(\S+)", (ROOT / f"{name}.txt").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    assert asked
    assert {
        package: version for package, version in asked if locked.get(package.lower().replace("_", "-")) != version
    } == {}


def test_extras_that_parts_ask_for_are_pinned_as_extras() -> None:
    """Without them, pip 23 takes the newest `coverage` for `coverage[toml]`, which has no hash here, and stops."""
    pinned = {
        canonicalize_name(name): set(re.findall(r"[\w-]+", extras))
        for name, extras in (
            re.match(r"([A-Za-z0-9._-]+)(\[.*\])?==", block).groups(default="") for block in blocks("requirements-dev")
        )
    }
    asked = [
        requirement
        for name in pinned
        for requirement in map(Requirement, installed_requirements(name))
        if requirement.extras
        and (not requirement.marker or any(map(requirement.marker.evaluate, wishes(pinned[name]))))
    ]
    assert asked
    assert {str(one) for one in asked if not one.extras <= pinned[canonicalize_name(one.name)]} == set()


def installed_requirements(name: str) -> list[str]:
    """What an installed part asks for; nothing where it is for another system."""
    try:
        return requires(name) or []
    except PackageNotFoundError:
        return []


def wishes(extras: set[str]) -> list[dict[str, str]]:
    """What a marker may be asked about: the part itself, and each of its extras."""
    return [{"extra": extra} for extra in ("", *extras)]


def test_pip_takes_nothing_without_a_hash() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = [line for line in makefile.splitlines() if "pip install" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)


def test_an_environment_that_was_never_finished_is_made_again(tmp_path: Path) -> None:
    """Python is in it long before pip is."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)

    def plan() -> str:
        return subprocess.run(
            ["make", "-n", ".venv/.site"], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    assert "-m venv .venv" in plan()
    (tmp_path / ".venv" / "bin" / "pip").touch()
    assert "-m venv .venv" not in plan()


def test_every_licence_may_be_used() -> None:
    """One of an OR is enough; of an AND each must be allowed."""
    refused = {
        part.name: part.licence
        for part in parts()
        if not any(set(choice.split(" AND ")) <= ALLOWED for choice in part.licence.split(" OR "))
    }
    assert refused == {}


def test_the_page_of_licences_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make sbom`"


def test_the_list_of_parts_is_whole_valid_and_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = sbom()
    components = {part["name"]: part for part in json.loads(text)["components"]}
    # The same text is as valid the second time, and finding that out takes seconds.
    monkeypatch.setattr(JsonValidator, "validate_str", lambda *_: None)
    assert text == sbom()
    assert components.keys() == {part.name for part in parts()}
    pinned = [part for part in components.values() if part["purl"].startswith("pkg:pypi/")]
    assert all(part["externalReferences"][0]["hashes"] for part in pinned)
    assert components["ckeditor4"]["version"] == "4.22.1"


def test_the_editor_inside_is_the_one_that_is_listed() -> None:
    import ckeditor

    script = Path(ckeditor.__file__).parent / "static" / "ckeditor" / "ckeditor" / "ckeditor.js"
    assert 'version:"4.22.1"' in script.read_text(encoding="utf-8")


def test_nothing_of_others_is_copied_into_the_tree() -> None:
    """Scripts and styles are our own: small, readable, without another's copyright."""
    for file in [*(ROOT / "static").rglob("*.js"), *(ROOT / "static").rglob("*.css")]:
        text = file.read_text(encoding="utf-8")
        assert max(map(len, text.splitlines())) < 400, file
        assert not re.search(r"copyright|@license|\(c\) ?\d", text, re.IGNORECASE), file
