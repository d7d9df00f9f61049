"""Pictures of every template in every mode, for a person to look at: `PYTHONPATH=. python bench/screens.py ADDRESS FOLDER`.

Without an address it only says how to use it, so that `make bench` stays short. The site must be running there.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import django
from playwright.sync_api import Browser, sync_playwright

SIZES = {"phone": (360, 640), "desk": (1280, 800)}
MODES = ("standard", "large", "elder")
SCHEMES = ("light", "dark")
PAPER = (695, 1046)
# What README.md and docs/design.md show: page, size, mode, colours, width and height of the picture.
SHOWN = {
    "answer": ("answer", "phone", "standard", "light", 360, 720),
    "answer-desk": ("answer", "desk", "standard", "light", 1280, 800),
    "elder": ("answer", "phone", "elder", "light", 360, 720),
    "dark": ("answer", "phone", "standard", "dark", 360, 720),
    "home": ("home", "desk", "standard", "light", 1280, 1000),
    "provinces": ("province-list", "desk", "standard", "light", 1280, 800),
}


def picture(browser: Browser, address: str, target: Path, mode: str = "standard", scheme: str = "light",
            width: int = 360, height: int | None = None) -> None:  # fmt: skip
    """One page as one PNG: its whole length, or its top if a height is given."""
    context = browser.new_context(
        viewport={"width": width, "height": height or 640}, color_scheme=scheme, locale="zh-CN"
    )
    context.add_init_script(f"localStorage.setItem('mode', '{mode}')")
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=target, full_page=height is None)
    context.close()


def on_paper(browser: Browser, address: str, target: Path) -> None:
    """The page as it prints."""
    page = browser.new_page(viewport={"width": PAPER[0], "height": PAPER[1]})
    page.emulate_media(media="print")
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=target, full_page=True)
    page.close()


def shrink(target: Path) -> int:
    """The picture with 256 colours at most; gives back its size in bytes."""
    from PIL import Image

    Image.open(target).convert("RGB").quantize(192, dither=Image.Dither.NONE).save(target, optimize=True)
    return target.stat().st_size


def everything(browser: Browser, base: str, folder: Path, pages: dict[str, str]) -> int:
    """All templates in all modes; gives back how many pictures were taken."""
    taken = 0
    for name, path in pages.items():
        for size, (width, _) in SIZES.items():
            for mode in MODES:
                for scheme in SCHEMES:
                    picture(browser, base + path, folder / f"{name}-{size}-{mode}-{scheme}.png", mode, scheme, width)
                    taken += 1
        on_paper(browser, base + path, folder / f"{name}-paper.png")
        taken += 1
        print(f"\r{taken} pictures", end="", flush=True)
    return taken


def for_the_documents(browser: Browser, base: str, folder: Path, pages: dict[str, str]) -> None:
    for name, (page, _, mode, scheme, width, height) in SHOWN.items():
        target = folder / f"{name}.png"
        picture(browser, base + pages[page], target, mode, scheme, width, height)
        print(f"{target}: {shrink(target) // 1024} KB")


def main(arguments: list[str]) -> int:
    if not arguments:
        print(f"Skipped: {__doc__.splitlines()[0]}")
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.pages import pages

    base, folder = arguments[0].rstrip("/"), Path(arguments[1] if len(arguments) > 1 else "var/screens")
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        if "--documents" in arguments:
            for_the_documents(browser, base, folder, pages())
        else:
            everything(browser, base, folder, pages())
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
