"""The console's own styles, scripts and pictures: served by the service itself, under names that hold a hash.

A file that lies in ``assets`` is served; nothing has to be added here. Its name changes with its content, so
browsers keep it for a year and never have an old one.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "assets"
ADDRESS = "/console/assets/"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HASH_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is sent."""

    name: str
    """With its hash."""
    media_type: str
    content: bytes
    zipped: bytes


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:_HASH_DIGITS]
    name = f"{path.stem}.{digest}{path.suffix}"
    return Asset(name, MEDIA_TYPES[path.suffix], content, gzip.compress(content, mtime=0))


class Assets:
    """All of them, read once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        found = sorted(path for path in folder.iterdir() if path.suffix in MEDIA_TYPES)
        self._by_file = {path.name: _read(path) for path in found}
        self._by_name = {asset.name: asset for asset in self._by_file.values()}

    def address(self, file: str) -> str:
        """Where a page finds a file: ``console.css`` is at ``/console/assets/console.<hash>.css``."""
        return ADDRESS + self._by_file[file].name

    def named(self, name: str) -> Asset | None:
        """The file that an address asks for."""
        return self._by_name.get(name)
