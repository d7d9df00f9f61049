"""`make sbom`: every part that the site runs on, as docs/licences.md and as var/sbom.cdx.json (CycloneDX).

The parts are those of requirements.txt, with the hashes that pip checks; licences are what the installed packages say.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
SBOM = ROOT / "var" / "sbom.cdx.json"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==([^ \\;]+)", re.MULTILINE)
# What a licence is called in words, and what SPDX calls it.
WORDS = {
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "MIT License": "MIT",
    "The Unlicense (Unlicense)": "Unlicense",
}
# Packages whose own data do not say it, or that only other systems install: read in their sources.
READ = {"pyrage": "MIT", "async-timeout": "Apache-2.0", "colorama": "BSD-3-Clause"}
# Parts inside of packages that have weaknesses of their own and must be watched by name.
INSIDE = {
    "ckeditor4": ("4.22.1", "GPL-2.0-or-later OR LGPL-2.1-or-later OR MPL-1.1", "in django-ckeditor; docs/ckeditor.md")
}
SPDX = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR) [A-Za-z0-9.+-]+)*")


@dataclass(frozen=True)
class Part:
    """A package at its version, with its licence as an SPDX expression."""

    name: str
    version: str
    licence: str
    note: str = ""


def parts(requirements: Path = ROOT / "requirements.txt") -> list[Part]:
    """Everything that the site runs on, by name."""
    pinned = PINNED.findall(requirements.read_text(encoding="utf-8"))
    found = [Part(name, version, licence(name)) for name, version in pinned]
    return sorted([*found, *(Part(name, *said) for name, said in INSIDE.items())], key=lambda part: part.name)


def licence(name: str) -> str:
    """The SPDX expression of an installed package; "unknown" where it cannot be told."""
    if name in READ:
        return READ[name]
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "unknown"
    classes = [line.split(" :: ")[-1] for line in said.get_all("Classifier") or [] if line.startswith("License ::")]
    for words in (said.get("License-Expression"), said.get("License"), *classes):
        expression = WORDS.get(words or "", words or "")
        if expression and SPDX.fullmatch(expression):
            return expression
    return "unknown"


def page() -> str:
    """docs/licences.md as it should be."""
    rows = "\n".join(f"| {part.name} | {part.version} | {part.licence} | {part.note} |" for part in parts())
    return (
        "# Parts and their licences\n\nWritten by `make sbom` from `requirements.txt`; a test fails where it is out of date or where a "
        "licence is not on the list in `tests/test_supply_chain.py`.\n\n"
        f"| part | version | licence | |\n|---|---|---|---|\n{rows}\n"
    )


def sbom() -> str:
    """The parts in CycloneDX form, the same bytes each time; SystemExit where it is not valid."""
    command = [str(Path(sys.executable).with_name("cyclonedx-py")), "requirements", "--output-reproducible", "--of", "JSON",
               "--sv", "1.6", str(ROOT / "requirements.txt")]  # fmt: skip
    made = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - a pinned tool of ours
    document: dict[str, Any] = json.loads(made.stdout)
    known = {part.name: part for part in parts()}
    for component in document["components"]:
        component.pop("description", None)  # the whole line of requirements.txt once more
        component["licenses"] = [{"expression": known[component["name"]].licence}]
    for name in INSIDE:
        part = known[name]
        document["components"].append(
            {"type": "library", "bom-ref": name, "name": name, "version": part.version, "description": part.note,
             "purl": f"pkg:npm/{name}@{part.version}", "licenses": [{"expression": part.licence}]}
        )  # fmt: skip
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if errors := make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_6).validate_str(text):
        raise SystemExit(f"The list of parts is not valid CycloneDX: {errors}")
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    SBOM.parent.mkdir(exist_ok=True)
    SBOM.write_text(sbom(), encoding="utf-8")
    print(f"{len(parts())} parts in {PAGE.relative_to(ROOT)} and {SBOM.relative_to(ROOT)}")
