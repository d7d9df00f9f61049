"""Pictures for docs/editors.zh.md, taken from a running site with its content:

    .venv/bin/python docs/make_editor_screens.py http://127.0.0.1:8000 NAME PASSWORD [QUESTION]

NAME is an editor who may write; a draft of that question (28 by default) is opened, changed and left as it is.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent / "images" / "editors"
COLOURS = 64


def shoot(page: Page, name: str, height: int) -> None:
    """One picture, cut to a height and to few colours, so that it stays small."""
    picture = Image.open(
        io.BytesIO(page.screenshot(clip={"x": 0, "y": 0, "width": 1100, "height": height}, full_page=True))
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


def main(base: str, name: str, password: str, question: str = "28") -> None:
    """Logs in, makes a small change in a draft, and shoots the pages that the handbook explains."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai")
        page.goto(f"{base}/admin/")
        page.fill("#id_username", name)
        page.fill("#id_password", password)
        page.click("[type=submit]")
        shoot(page, "desk", 720)
        document = f"{base}/admin/faq/question/{question}"
        page.goto(f"{document}/draft/")
        if page.locator("[name=_edit]").count():
            page.click("[name=_edit]")
        page.frame_locator("iframe.cke_wysiwyg_frame").locator("body[contenteditable=true]").click()
        page.keyboard.press("Control+End")
        page.keyboard.insert_text("办好以后，记得核对起止日期。")
        page.locator("[data-saved]:not(:empty)").wait_for(timeout=30_000)
        page.evaluate("scrollTo(0, 0)")
        shoot(page, "text", 1150)
        for tab, height in (("history", 900), ("preview", 1000), ("change", 900)):
            page.goto(f"{document}/{tab}/")
            page.wait_for_timeout(1500)
            shoot(page, tab, height)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
