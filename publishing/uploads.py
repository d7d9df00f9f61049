"""Pictures for the editor: really decoded, made small, written anew without metadata, named by their content."""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from PIL import Image, ImageOps

BYTES = 5 * 1024 * 1024
REQUEST_BYTES = 20 * 1024 * 1024
PIXELS = 24_000_000
LONGEST_SIDE = 1600
KINDS = {"jpg": "image/jpeg", "webp": "image/webp"}
FORMATS = ["JPEG", "PNG", "WEBP", "GIF"]


class RequestLimit(FileUploadHandler):
    """Refuses a request with files that is larger than any form needs, before its first byte is written to the disk."""

    def handle_raw_input(
        self, input_data: Any, meta: dict[str, Any], content_length: int, boundary: bytes, encoding: str | None = None
    ) -> None:
        if content_length > REQUEST_BYTES:
            raise RequestDataTooBig("The request is larger than any form of this site needs.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class Refused(Exception):
    """The file is no picture that may be shown; the text says what to do."""


def upload(request: HttpRequest, model: Any) -> JsonResponse:
    """The editor's upload: answers as CKEditor wants it, with the address of the picture or a sentence."""
    if not request.user.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}"):
        raise PermissionDenied
    file = request.FILES.get("upload")
    if request.method != "POST" or file is None:
        return _refusal("没有收到图片，请再选一次。")
    try:
        name = store(file)
    except Refused as refusal:
        return _refusal(str(refusal))
    return JsonResponse({"uploaded": 1, "fileName": file.name, "url": default_storage.url(name)})


def _refusal(sentence: str) -> JsonResponse:
    return JsonResponse({"uploaded": 0, "error": {"message": sentence}}, status=400)


def store(file: Any) -> str:
    """Saves the picture under the hash of its new content; the same picture twice is one file."""
    if file.size > BYTES:
        raise Refused("图片超过5MB，请先压缩再上传。")
    content, suffix = written_anew(file.read())
    digest = hashlib.sha256(content).hexdigest()
    name = f"uploads/{digest[:2]}/{digest[:32]}.{suffix}"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(content))
    return name


class PictureField(forms.ImageField):
    """A picture in a form of the admin, stored as `store` does it."""

    def to_python(self, data: Any) -> Any:
        # Not ImageField's own reading, which tries every format that Pillow knows.
        file = forms.FileField.to_python(self, data)
        if file is None:
            return None
        if file.size > BYTES:
            raise ValidationError("图片超过5MB，请先压缩再上传。")
        file.seek(0)
        try:
            content, suffix = written_anew(file.read())
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return SimpleUploadedFile(f"{hashlib.sha256(content).hexdigest()[:32]}.{suffix}", content, KINDS[suffix])


def show(request: HttpRequest, name: str) -> HttpResponse:
    """An uploaded picture, where no web server in front does it; its name is its content, so it may be kept for ever."""
    suffix = name.rpartition(".")[2]
    if suffix not in KINDS or not default_storage.exists(name):
        raise Http404("没有这张图片")
    response = FileResponse(default_storage.open(name), content_type=KINDS[suffix])
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def written_anew(data: bytes) -> tuple[bytes, str]:
    """The picture in new bytes with its suffix; Refused where the bytes are anything else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return encode(decode(data))
    except Refused:
        raise
    except Exception as error:  # on bytes made to break them, Pillow's decoders raise whatever they meet
        raise Refused("这个文件不是能用的图片，请上传 JPG、PNG、WebP 或 GIF。") from error


def decode(data: bytes) -> Image.Image:
    """The picture itself, its pixels read; raises where the bytes are anything else."""
    picture = Image.open(io.BytesIO(data), formats=FORMATS)
    if picture.width * picture.height > PIXELS:
        raise Refused("图片的像素太多，请缩小到宽 1600 像素左右再上传。")
    picture.load()
    return picture


def encode(picture: Image.Image) -> tuple[bytes, str]:
    """New bytes with nothing in them but pixels: photographs as JPEG, the rest as WebP."""
    is_photo = picture.format == "JPEG"
    picture.thumbnail(
        (LONGEST_SIDE, LONGEST_SIDE)
    )  # before it is turned: a turned copy of a large one takes twice the room
    picture = ImageOps.exif_transpose(picture)
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    clean = picture.convert("RGB" if is_photo or not has_alpha else "RGBA")
    clean.info.clear()  # or comment and XMP would be written again
    buffer = io.BytesIO()
    if is_photo:
        clean.save(buffer, "JPEG", quality=85, optimize=True, progressive=True)
        return buffer.getvalue(), "jpg"
    clean.save(buffer, "WEBP", quality=88, method=4, exif=b"", icc_profile=b"")
    return buffer.getvalue(), "webp"
