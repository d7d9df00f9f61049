"""Pictures for the editor: really decoded, made small, written anew without metadata, named by their content."""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from PIL import Image, ImageOps, UnidentifiedImageError

BYTES = 5 * 1024 * 1024
PIXELS = 24_000_000
LONGEST_SIDE = 1600
KINDS = {"jpg": "image/jpeg", "webp": "image/webp"}
FORMATS = ["JPEG", "PNG", "WEBP", "GIF"]


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
    content, suffix = encode(decode(file.read()))
    digest = hashlib.sha256(content).hexdigest()
    name = f"uploads/{digest[:2]}/{digest[:32]}.{suffix}"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(content))
    return name


class PictureField(forms.ImageField):
    """A picture in a form of the admin, stored as `store` does it."""

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        if file is None:
            return None
        if file.size > BYTES:
            raise ValidationError("图片超过5MB，请先压缩再上传。")
        file.seek(0)
        try:
            content, suffix = encode(decode(file.read()))
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


def decode(data: bytes) -> Image.Image:
    """The picture itself; Refused where the bytes are anything else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            if picture.width * picture.height > PIXELS:
                raise Refused("图片的像素太多，请缩小到宽 1600 像素左右再上传。")
            picture.load()
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise Refused("这个文件不是能用的图片，请上传 JPG、PNG、WebP 或 GIF。") from error
    return picture


def encode(picture: Image.Image) -> tuple[bytes, str]:
    """New bytes with nothing in them but pixels: photographs as JPEG, the rest as WebP."""
    is_photo = picture.format == "JPEG"
    picture = ImageOps.exif_transpose(picture)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    buffer = io.BytesIO()
    if is_photo:
        picture.convert("RGB").save(buffer, "JPEG", quality=85, optimize=True, progressive=True)
        return buffer.getvalue(), "jpg"
    clean = picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
    clean.info.clear()
    clean.save(buffer, "WEBP", quality=88, method=4, exif=b"", icc_profile=b"")
    return buffer.getvalue(), "webp"
