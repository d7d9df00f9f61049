"""`manage.py draw_pictures`: draws the pictures that are shown when a page is shared, into static/og/.

Run it after adding a topic, look at the result and commit it. It needs a Chinese font on this machine only.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from PIL import Image, ImageDraw, ImageFont

from taxonomy.models import Topic

SIZE = (1200, 630)
LOGO = (400, 400)
# The colours of static/css/site.css: brand, brand wash, paper.
BRAND, WASH, PAPER = "#0b5d56", "#e5f0ed", "#fbfaf6"
FONTS = ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc")
SIMPLIFIED = 2  # the index of the simplified Chinese face in the collection
LIMIT = 30_000  # bytes; messengers give up on heavy pictures
MOTTO = "有依据 · 有日期 · 写给普通人"


class Command(BaseCommand):
    help = "Draws static/og/<topic>.png, default.png and logo.png. Needs the Noto Sans CJK font."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--font", type=Path, help="a bold Chinese font file")
        parser.add_argument("--to", type=Path, default=settings.BASE_DIR / "static" / "og", help="the folder")

    def handle(self, *args: Any, font: Path | None, to: Path, **options: Any) -> None:
        path = next((path for path in ([font] if font else map(Path, FONTS)) if path.is_file()), None)
        if path is None:
            raise CommandError("No Chinese font found. Install fonts-noto-cjk, or name one with --font.")
        to.mkdir(parents=True, exist_ok=True)
        names = {"default": settings.SITE_NAME, **dict(Topic.objects.values_list("slug", "name"))}
        for slug, name in names.items():
            save(card(name, path), to / f"{slug}.png")
        save(logo(path), to / "logo.png")
        self.stdout.write(f"{len(names) + 1} pictures in {to}.")


def card(name: str, font: Path) -> Image.Image:
    """The picture of a topic: its name, the site's name below."""
    picture = Image.new("RGB", SIZE, BRAND)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 510, SIZE[0], SIZE[1]), fill=WASH)
    draw.rectangle((90, 150, 102, 420), fill=WASH)
    size = min(150, 920 // max(len(name), 1))
    draw.text((150, 285), name, font=_face(font, size), fill=PAPER, anchor="lm")
    foot = MOTTO if name == settings.SITE_NAME else f"{settings.SITE_NAME}　{MOTTO}"
    draw.text((90, 570), foot, font=_face(font, 42), fill=BRAND, anchor="lm")
    return picture


def logo(font: Path) -> Image.Image:
    """The site's mark: two characters on the brand colour."""
    picture = Image.new("RGB", LOGO, BRAND)
    ImageDraw.Draw(picture).text((200, 196), "异医", font=_face(font, 160), fill=PAPER, anchor="mm")
    return picture


def save(picture: Image.Image, path: Path) -> None:
    """Writes a small PNG; refuses one that is too heavy to share."""
    picture.quantize(32, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > LIMIT:
        raise CommandError(f"{path} is larger than {LIMIT} bytes. Shorten the name or draw less.")


def _face(font: Path, size: int) -> ImageFont.FreeTypeFont:
    index = SIMPLIFIED if font.suffix == ".ttc" else 0
    return ImageFont.truetype(str(font), size, index=index)
