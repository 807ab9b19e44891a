"""Music out of Debian packages, each held against its SHA-256 before it is opened."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from prankfilter.errors import BadInput
from prankfilter_training.music.works import PACKAGES, WORKS, Package, Works


def fetch(packages: Path) -> None:
    """Download the packages that a folder does not hold, by the ``apt-get`` of Debian bookworm."""
    packages.mkdir(parents=True, exist_ok=True)
    wanted = [package for package in PACKAGES if not (packages / package.file).exists()]
    if not wanted:
        return
    if shutil.which("apt-get") is None:
        raise BadInput(
            f"there is no apt-get here; put {', '.join(package.file for package in wanted)} of Debian "
            f"bookworm into {packages}"
        )
    names = [f"{package.name}={package.version}" for package in wanted]
    _run(["apt-get", "download", "--quiet", *names], packages)


def unpack(packages: Path, out: Path) -> int:
    """Put each author's recordings into a folder of its own, and say how many there are.

    Raises
    ------
    BadInput
        If a package is missing, is not the one that was measured with, or cannot be opened.
    """
    count = 0
    for package in PACKAGES:
        _checked(packages / package.file, package)
        with tempfile.TemporaryDirectory() as folder:
            _run(["dpkg-deb", "--extract", str((packages / package.file).resolve()), folder], packages)
            for works in (one for one in WORKS if one.package == package):
                count += _copied(works, Path(folder), out / works.folder)
    return count


def _checked(path: Path, package: Package) -> None:
    if not path.exists():
        raise BadInput(f"{path} is missing: it is {package.name} {package.version} of Debian bookworm")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != package.sha256:
        raise BadInput(f"{path} has SHA-256 {found}, not {package.sha256}; delete it and fetch it again")


def _copied(works: Works, unpacked: Path, out: Path) -> int:
    found = sorted(unpacked.glob(works.pattern))
    if not found:
        raise BadInput(f"{works.package.name} holds nothing like {works.pattern}")
    out.mkdir(parents=True, exist_ok=True)
    for path in found:
        shutil.copyfile(path, out / _name(path))
    return len(found)


def _name(path: Path) -> str:
    """All songs of a game may have one name, and differ in their folder's."""
    name = f"{path.parent.name}{path.suffix}" if path.stem == "song" else path.name
    return name.replace(" ", "_").lower()


def _run(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError as missing:
        raise BadInput(f"{command[0]} is not installed; it is part of Debian and Ubuntu") from missing
    except subprocess.CalledProcessError as failed:
        raise BadInput(f"{' '.join(command[:2])} failed: {failed.stderr.strip()}") from failed
