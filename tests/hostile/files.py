"""Files that nobody should keep as they are, made by code: pictures that are something else, bombs, tables that explode."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image, PngImagePlugin

SECRET = b"GEHEIM-31.2304N-121.4737E"  # what metadata says of a person; it must be gone
CODE = b"<script>__hit(1)</script><?php system($_GET[0]); ?>"


def picture(kind: str, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    """A small picture of a kind."""
    file = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, rows: bytes, *more: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG that says it has this size, whatever its rows hold."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def zipped(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E], exif[0x9286], exif[0x0112] = SECRET.decode(), SECRET, 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 49.0)
    return picture(
        "JPEG", exif=exif, comment=SECRET, icc_profile=SECRET * 4, xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    )


def with_text() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", SECRET.decode())
    text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return picture("PNG", pnginfo=text, icc_profile=SECRET * 4)


def frames(count: int, size: int) -> bytes:
    """An animation whose frames together are very large."""
    file = io.BytesIO()
    first, *others = [Image.new("P", (size, size), number % 250) for number in range(count)]
    first.save(file, "GIF", save_all=True, append_images=others)
    return file.getvalue()


# Every file with whether it may become a picture (then without anything but pixels) or must be refused.
PICTURES: dict[str, tuple[Callable[[], bytes], bool]] = {
    "gif and program": (lambda: b"GIF89a/*" + b"\x00" * 20 + b"*/=1;__hit(1)//", False),
    "gif, then a program": (lambda: picture("GIF") + CODE, True),
    "jpeg with a page in its comment": (lambda: picture("JPEG", comment=CODE), True),
    "jpeg, then a page": (lambda: picture("JPEG") + CODE, True),
    "page before a jpeg": (lambda: b"<html>" + CODE + picture("JPEG"), False),
    "png, then an archive": (lambda: picture("PNG") + zipped(a=CODE), True),
    "png with a program in its text": (lambda: png(2, 2, b"\x00" * 14, chunk(b"tEXt", b"x\x00" + CODE)), True),
    "png with a program in its pixels": (lambda: png(20, 1, b"\x00" + CODE[:60].ljust(60)), True),
    "webp with a program at its end": (lambda: picture("WEBP") + CODE, True),
    "exif, place, comment, profile": (with_exif, True),
    "png with words and profile": (with_text, True),
    "vector": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="__hit(1)"/>', False),
    "vector with declaration": (lambda: b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>", False),
    "page": (lambda: b"<!DOCTYPE html>" + CODE, False),
    "script": (lambda: b"__hit(1)", False),
    "portable document": (lambda: b"%PDF-1.7\n" + CODE, False),
    "archive": (lambda: zipped(a=CODE), False),
    "program": (lambda: b"\x7fELF" + b"\x00" * 200, False),
    "bitmap": (lambda: picture("BMP"), False),
    "tiff": (lambda: picture("TIFF"), False),
    "icon": (lambda: picture("ICO", (16, 16)), False),
    "postscript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file\n", False),
    "photoshop": (lambda: b"8BPS\x00\x01" + b"\x00" * 60, False),
    "font": (lambda: b"\x00\x01\x00\x00" + b"\x00" * 60, False),
    "nothing": (lambda: b"", False),
    "one byte": (lambda: b"\xff", False),
    "zeros": (lambda: b"\x00" * 1000, False),
    "only a beginning": (lambda: picture("PNG")[:40], False),
    "half a jpeg": (lambda: picture("JPEG", (900, 900))[:2000], False),
    "half a webp": (lambda: picture("WEBP", (90, 90))[:60], False),
    "half a gif": (lambda: picture("GIF", (90, 90))[:30], False),
    "fifty thousand by fifty thousand": (lambda: png(50_000, 50_000, b"\x00" * 1000), False),
    "as large as a number can be": (lambda: png(2**31 - 1, 2**31 - 1, b"\x00"), False),
    "no width": (lambda: png(0, 9, b"\x00"), False),
    "sixteen million rows packed small": (lambda: png(5000, 4900, b"\x00" * (5000 * 3 + 1) * 100), False),
    "words that unpack to a gigabyte": (lambda: png(2, 2, b"\x00" * 14, chunk(b"zTXt", b"x\x00\x00" + zlib.compress(b"\x00" * 90_000_000, 9))), False),
    "profile that unpacks to a gigabyte": (lambda: png(2, 2, b"\x00" * 14, chunk(b"iCCP", b"x\x00\x00" + zlib.compress(b"\x00" * 90_000_000, 9))), False),
    "animation of four hundred frames": (lambda: frames(400, 300), True),
    "checksum wrong": (lambda: picture("PNG").replace(b"IHDR\x00", b"IHDR\x01"), False),
    "header says another format": (lambda: b"\xff\xd8\xff\xe0" + picture("PNG"), False),
}  # fmt: skip
NAMES = [
    "../../etc/passwd", "..\\..\\windows\\a.png", "/etc/cron.d/x", "a\x00.php.png", "a.php", "a.php.jpg", "a.html", "a.svg", ".htaccess",
    "con", "a" * 400 + ".png", "图片.png", "a\u202egnp.exe", "<script>__hit(1)</script>.png", '"; filename="x.php', "a\r\nX-Injected: 1.png",
    "%2e%2e%2fa.png", "....//a.png", " ", "=cmd|' /C calc'!A0.png", "{{7*7}}.png", "$(id).png", "`id`.png", "a;b.png",
]  # fmt: skip

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
BOOK = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}  # fmt: skip
BILLION = (
    "<!DOCTYPE x [<!ENTITY a0 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>"
)


def book(sheet: str, before: str = "", **more: bytes) -> bytes:
    """An Excel file around this sheet."""
    parts = {name: text.encode() for name, text in BOOK.items()}
    return zipped(**parts, **{"xl/worksheets/sheet1.xml": (before + SHEET.format(sheet)).encode()}, **more)


def _cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def _row(number: int, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'


HEAD = _row(1, _cell("A1", "标题"))
TABLES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "entities that multiply": ("0", lambda: book(f"<sheetData>{HEAD}{_row(2, _cell('A2', '&a9;'))}</sheetData>", BILLION)),
    "an entity that reads a file": ("0", lambda: book(f"<sheetData>{HEAD}{_row(2, _cell('A2', '&x;'))}</sheetData>", "<!DOCTYPE x [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>")),
    "an archive that unpacks to much": ("0", lambda: book(f"<sheetData>{HEAD}</sheetData>", **{"xl/media/a.bin": b"\x00" * 120_000_000})),
    "the last cell that there can be": ("0", lambda: book(f"<sheetData>{HEAD}{_row(1048576, _cell('XFD1048576', 'x'))}</sheetData>")),
    "a dimension that lies": ("0", lambda: book(f'<dimension ref="A1:XFD1048576"/><sheetData>{HEAD}{_row(2, _cell("A2", "x"))}</sheetData>')),
    "no rows": ("0", lambda: book("<sheetData></sheetData>")),
    "no sheet": ("0", lambda: zipped(a=b"x")),
    "not an archive": ("0", lambda: b"PK\x03\x04" + b"\x00" * 99),
    "an archive of an archive": ("0", lambda: zipped(**{"xl/workbook.xml": zipped(a=b"\x00" * 1_000_000)})),
    "parts that climb": ("0", lambda: book("<sheetData/>", **{"../../../../tmp/x": b"x"})),
    "a giant cell": ("1", lambda: "标题\r\n".encode() + b'"' + b"x" * 3_000_000 + b'"'),
    "a quote that never ends": ("1", lambda: '标题\r\n"'.encode() + b"x\n" * 200_000),
    "bytes of no encoding": ("1", lambda: bytes(range(256)) * 40),
    "half of a wide encoding": ("1", lambda: "标题\r\n异地".encode("utf-16")[:-1]),
    "NULs": ("1", lambda: "标题\r\n".encode() + b"\x00" * 5000),
    "columns without end": ("1", lambda: b",".join([b"x"] * 50_000) + b"\r\n" + b",".join([b"y"] * 50_000)),
    "formulas": ("1", lambda: "标题,检索词\r\n=HYPERLINK(\"http://canary.invalid\"),@SUM(1)".encode()),
}  # fmt: skip
