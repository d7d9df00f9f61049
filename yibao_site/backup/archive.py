"""The file: a compressed tar whose last member lists every other one with its hash; encrypted with age where wanted."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyrage

from publishing.whole_files import PART
from yibao_site.backup import BackupError

FORMAT = 1
MANIFEST = "manifest.json"
MEDIA = "media"
# More would cost much time for little room: the dump is text that repeats itself.
LEVEL = 3
BLOCK = 1 << 20


@dataclass
class Manifest:
    """What a backup holds, so that whoever restores it can tell whether all of it came back."""

    made_at: str
    database: str
    tables: dict[str, list[Any]]
    migrations: list[str]
    settings: dict[str, Any]
    versions: dict[str, str]
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(count for count, _ in self.tables.values())

    @property
    def dump(self) -> str:
        """The name of the file that holds the database."""
        return dump_name(self.database)


def dump_name(vendor: str) -> str:
    return {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}[vendor]


class Hashing(io.RawIOBase):
    """Reads a file and knows the hash of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sha = file, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.sha.update(block)
        return block


# Writing


def write(path: Path, dump: Path, media: Path, manifest: Manifest) -> None:
    """Packs the dump, then the pictures that it may name, then the manifest; all of it is on the disk afterwards."""
    with path.open("xb") as raw:
        path.chmod(0o600)
        with (
            gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=LEVEL, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|", bufsize=BLOCK, format=tarfile.PAX_FORMAT) as tar,
        ):
            manifest.files[manifest.dump] = _add(tar, dump, manifest.dump)
            for file in _pictures(media):
                name = str(PurePosixPath(MEDIA, file.relative_to(media)))
                manifest.files[name] = _add(tar, file, name)
            text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
            info = tarfile.TarInfo(MANIFEST)
            info.size, info.mode = len(text), 0o600
            tar.addfile(info, io.BytesIO(text))
        raw.flush()
        os.fsync(raw.fileno())


def _pictures(media: Path) -> list[Path]:
    """Every file, but not those that somebody is writing just now: no text names them."""
    files = (one for one in media.rglob("*") if one.is_file() and not one.is_symlink())
    return sorted(one for one in files if PART not in one.name)


def _add(tar: tarfile.TarFile, file: Path, name: str) -> str:
    with file.open("rb") as opened:
        info = tarfile.TarInfo(name)
        status = os.fstat(opened.fileno())
        info.size, info.mtime, info.mode = status.st_size, int(status.st_mtime), 0o600
        reader = Hashing(opened)
        tar.addfile(info, reader)
    return reader.sha.hexdigest()


def encrypt(plain: Path, secret: Path, recipients: Iterable[str]) -> None:
    """Encrypts a file for everybody named; only a private key, which need not be here, opens it again."""
    try:
        keys = [pyrage.x25519.Recipient.from_str(name.strip()) for name in recipients]
    except pyrage.RecipientError as error:
        raise BackupError(f"This is no age recipient (age1…): {error}.") from error
    with plain.open("rb") as source, secret.open("xb") as target:
        secret.chmod(0o600)
        pyrage.encrypt_io(source, target, keys)
        target.flush()
        os.fsync(target.fileno())


# Reading


def decrypt(secret: Path, plain: Path, identity: Path | None) -> None:
    """Opens an encrypted file with the private keys in the identity file."""
    if identity is None:
        raise BackupError("The backup is encrypted: name the file with the private key (--identity FILE).")
    try:
        lines = [line.strip() for line in identity.read_text(encoding="ascii").splitlines()]
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise BackupError(f"{identity} holds no age private key (AGE-SECRET-KEY-1…).") from error
    try:
        with secret.open("rb") as source, plain.open("xb") as target:
            pyrage.decrypt_io(source, target, keys)
    except (pyrage.DecryptError, OSError) as error:
        if getattr(error, "errno", None):
            raise  # the disk, not the file; of a file that was cut off pyrage says OSError without a number
        raise BackupError(
            f"{secret.name} cannot be decrypted: the key is another one, or the file is damaged."
        ) from error


def read(path: Path, into: Path | None = None) -> Manifest:
    """Reads the whole archive, compares every hash, and gives back the manifest; unpacks it into a folder if asked."""
    found: dict[str, str] = {}
    text = b""
    try:
        with gzip.open(path) as packed, tarfile.open(fileobj=packed, mode="r|", bufsize=BLOCK) as tar:
            for member in tar:
                if not member.isreg() or ".." in PurePosixPath(member.name).parts or member.name.startswith("/"):
                    raise BackupError(f"{path.name} holds something that no backup holds: {member.name}.")
                content = tar.extractfile(member)
                if member.name == MANIFEST:
                    text = content.read()
                else:
                    found[member.name] = _copy(content, into / member.name if into else None)
            packed.read()  # to the end, where the checksum of the compression stands
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BackupError(f"{path.name} is damaged or cut off: {error}.") from error
    manifest = _manifest(path, text)
    if found != manifest.files:
        wrong = sorted(
            name for name in found.keys() | manifest.files.keys() if found.get(name) != manifest.files.get(name)
        )
        raise BackupError(f"{path.name} is damaged: {', '.join(wrong[:5])} is missing or differs from the list.")
    return manifest


def _copy(content: IO[bytes], target: Path | None) -> str:
    reader = Hashing(content)
    if target is None:
        while reader.read(BLOCK):
            pass
        return reader.sha.hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        while block := reader.read(BLOCK):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return reader.sha.hexdigest()


def _manifest(path: Path, text: bytes) -> Manifest:
    if not text:
        raise BackupError(f"{path.name} is cut off: its list of contents is missing.")
    try:
        values = json.loads(text)
        if values["format"] != FORMAT:
            raise BackupError(f"{path.name} was made by another version of this command (format {values['format']}).")
        return Manifest(**values)
    except (ValueError, TypeError, KeyError) as error:
        raise BackupError(f"{path.name} is damaged: its list of contents cannot be read.") from error
