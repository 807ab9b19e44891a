"""The only place where artefacts touch the disk: reads with a cap, writes that are whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

from prankfilter.errors import ArtefactCorrupt, ArtefactMissing

RESTORE = "Restore it from where it came from, or go back with `prankfilter-train rollback`."
CHUNK_BYTES = 1 << 20


def read_capped(path: Path, cap_bytes: int) -> bytes:
    """Read a regular file whole, after a look at its size."""
    _check_size(path, cap_bytes)
    with path.open("rb") as file:
        content = file.read(cap_bytes + 1)
    if len(content) > cap_bytes:
        raise ArtefactCorrupt(f"{path} grew while it was read. {RESTORE}")
    return content


def read_shown(path: Path, cap_bytes: int) -> dict[str, Any]:
    """Read a document for show, empty where it is missing or damaged.

    What an artefact may do is decided elsewhere, by its hash.
    """
    try:
        document = json.loads(read_capped(path, cap_bytes))
    except (ArtefactMissing, ArtefactCorrupt, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def sha256_of(path: Path, cap_bytes: int) -> str:
    """Hash a file that is too large to hold, or that nobody should load."""
    _check_size(path, cap_bytes)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _check_size(path: Path, cap_bytes: int) -> None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise ArtefactMissing(f"{path} is missing. {RESTORE}") from None
    if not stat.S_ISREG(status.st_mode):
        raise ArtefactCorrupt(f"{path} is no file. {RESTORE}")
    if status.st_size > cap_bytes:
        raise ArtefactCorrupt(f"{path} has {status.st_size} bytes, {cap_bytes} are allowed. {RESTORE}")


def write_durably(path: Path, content: bytes) -> None:
    """Write a file and wait for the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def append_durably(path: Path, lines: bytes, *, after_bytes: int) -> None:
    """Add lines behind so many bytes and wait for the disk; what follows those was never finished."""
    is_new = not path.exists()
    with path.open("ab") as file:
        file.truncate(after_bytes)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(path.parent)


def replace_durably(path: Path, content: bytes) -> None:
    """Put a file in the place of another: a reader sees the old or the new one, never half of either."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    write_durably(beside, content)
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
