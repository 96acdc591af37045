"""Keeps uploaded files: one folder per organisation, random names, on disk before anybody is told so."""

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from tenants.errors import Invalid, NoRoom, TooLarge

ORPHAN_AFTER = 3600
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is safe on disk: its path below MEDIA_ROOT."""

    name: str
    path: str
    size: int
    sha256: str


def check_room(size: int) -> None:
    """Refuse a body before it is read when it is too large, or the disk too full to keep it."""
    if size > settings.UPLOAD_LIMIT_BYTES:
        raise TooLarge(
            _("The file is larger than %(most)d MB. Split it by year and upload the parts.")
            % {"most": settings.UPLOAD_LIMIT_BYTES // 2**20}
        )
    if shutil.disk_usage(settings.MEDIA_ROOT).free < 2 * size + 64 * 2**20:
        raise NoRoom(
            _("There is not enough room to keep this file safely. Nothing was stored. Please try again later.")
        )


def store(source: UploadedFile, *, organisation_id: int) -> Stored:
    """Move an uploaded file to its place, and return only when it is on disk."""
    if not source.size:
        raise Invalid(_("“%(name)s” is empty.") % {"name": source.name})
    check_room(source.size)
    path = f"{organisation_id}/{secrets.token_hex(16)}"
    place = settings.MEDIA_ROOT / path
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with open(place, "xb", opener=_private) as target:
        for block in source.chunks(BLOCK):
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    _sync_folder(place.parent)
    return Stored(name=Path(source.name).name[-255:], path=path, size=source.size, sha256=digest.hexdigest())


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def place(path: str) -> Path:
    """Return where a stored file lies."""
    return settings.MEDIA_ROOT / path


@contextmanager
def workbench() -> Iterator[Path]:
    """Lend a folder that is gone afterwards."""
    with TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        yield Path(folder)


def tidy() -> None:
    """Remove what a killed upload or job left behind."""
    oldest = time.time() - ORPHAN_AFTER
    for left in settings.FILE_UPLOAD_TEMP_DIR.iterdir():
        if left.stat().st_mtime < oldest:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
