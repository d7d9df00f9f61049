"""Tables that people upload: how large they may be, and where they wait between preview and confirmation."""

from __future__ import annotations

import io
import re
import tempfile
import time
import zipfile
from pathlib import Path
from typing import IO, Any

import openpyxl
import tablib
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import XLSX
from import_export.tmp_storages import TempFolderStorage

MOST_ROWS, MOST_COLUMNS = 20_000, 60
UNPACKED = 80 * 1024 * 1024  # a packed table of a few kilobytes may hold gigabytes
KEPT = 24 * 3600  # seconds that a table waits for its confirmation


class TooLarge(Exception):
    """The table holds more than is ever needed; the text says what to do."""


class Sheet(XLSX):
    """An Excel table, read no further than its limits."""

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        with zipfile.ZipFile(io.BytesIO(in_stream)) as archive:
            if sum(part.file_size for part in archive.infolist()) > UNPACKED:
                raise TooLarge("这个表格解开以后太大，请只保留要导入的行，另存一份再上传。")
        book = openpyxl.load_workbook(io.BytesIO(in_stream), read_only=True, data_only=True)
        rows = book.active.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS, values_only=True)
        table = tablib.Dataset(headers=list(next(rows)))
        for number, row in enumerate(rows):
            if number > MOST_ROWS:
                raise TooLarge(f"这个表格超过{MOST_ROWS}行，请分成几份上传。")
            if any(value is not None for value in row):
                table.append(row)
        return table


class WaitingRoom(TempFolderStorage):
    """Uploaded tables in a folder of their own: the name comes back from a form, and must lead nowhere else."""

    def get_full_path(self) -> str:
        name = Path(self.name).name
        if not re.fullmatch(r"\w{1,40}", name):
            raise FileNotFoundError(name)
        return str(_folder() / name)

    def _open(self, mode: str = "r") -> IO[Any]:
        if self.name:
            return super()._open(mode)
        for path in _folder().iterdir():
            if path.stat().st_mtime < time.time() - KEPT:
                path.unlink(missing_ok=True)
        file = tempfile.NamedTemporaryFile(dir=_folder(), delete=False)  # noqa: SIM115 - the caller closes it
        self.name = file.name
        return file


def _folder() -> Path:
    folder = Path(settings.IMPORTS_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


class BoundedImportMixin(ImportExportMixin):
    """Import with those limits; sentences instead of error pages."""

    tmp_storage_class = WaitingRoom

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        sentence = str(e) if isinstance(e, TooLarge) else "没有读懂这个文件，请用导出的表格来改，格式选对 xlsx 或 csv。"
        form.add_error("import_file", sentence)

    def export_action(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        try:
            return super().export_action(request, *args, **options)
        except IncorrectLookupParameters:
            messages.error(request, "没有导出：网址里的筛选条件不对。请在下面重新筛选，再按导出。")
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    def process_import(self, request: HttpRequest, **options: Any) -> HttpResponse:
        try:
            return super().process_import(request, **options)
        except FileNotFoundError:
            messages.error(request, "这份文件的预览已经过期，一行也没有写入，请重新上传。")
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_import"))
