"""Files that are there whole under their name, or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage

# In the name of a file that is still being written, or whose writer died.
PART = ".part-"


class WholeFiles(FileSystemStorage):
    """Writes under another name first. Half a file under the right name would be taken for the whole one for ever: by the
    next upload of the same picture, or by the next `collectstatic`."""

    # An editor was told that the picture is stored; what can be collected anew need not wait for the disk.
    waits_for_the_disk = True

    def _save(self, name: str, content: File) -> str:
        part = f"{name}{PART}{secrets.token_hex(4)}"
        try:
            super()._save(part, content)
            if self.waits_for_the_disk:
                _sync(Path(self.path(part)))
            Path(self.path(part)).replace(self.path(name))
            if self.waits_for_the_disk:
                _sync(Path(self.path(name)).parent)
        finally:
            self.delete(part)
        return name


def _sync(path: Path) -> None:
    """Waits until a file's content, or a folder's names, would survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
