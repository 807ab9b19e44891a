"""Reading an artefact folder: nothing is believed before it is verified, nothing is executed at all."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.digest import artefact_id, is_id
from prankfilter.bundle.disk import RESTORE, read_capped, sha256_of
from prankfilter.bundle.manifest import ARRAYS, FILE_CAPS_BYTES, Manifest
from prankfilter.bundle.trust import Trust
from prankfilter.errors import ArtefactCorrupt, ArtefactMissing

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
MANIFEST_CAP_BYTES = 1_000_000
UNPACKED_CAP_BYTES = 256_000_000
MOST_ARRAYS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Artefact:
    """A verified folder."""

    folder: Path
    manifest: Manifest
    arrays: Mapping[str, NDArray[Any]]
    """Read-only."""


def read_folder(folder: Path, trust: Trust, *, kind: str) -> Artefact:
    """Read and verify an artefact folder.

    The order is that of trust: first the manifest's own bytes, by hash or signature, then every file by the
    manifest's hashes, then the content by its own name. What is hashed is what is used.

    Parameters
    ----------
    folder : Path
        Its name is the artefact's id.
    trust : Trust
        What is shipped, and whose signatures count.
    kind : str
        ``model`` or ``ears``.

    Raises
    ------
    ArtefactMissing
        If the folder or a file of it is not there.
    ArtefactUntrusted
        If the manifest is neither shipped nor signed by a trusted key.
    ArtefactCorrupt
        If anything is too large, has another hash, another format, or is not what its name says.
    """
    if not folder.is_dir():
        raise ArtefactMissing(f"{folder} is missing. {RESTORE}")
    manifest = _trusted_manifest(folder, trust)
    if (manifest.kind, manifest.id) != (kind, folder.name):
        raise ArtefactCorrupt(
            f"{folder / MANIFEST} is of {manifest.kind} {manifest.id}, not of {kind} {folder.name}. {RESTORE}"
        )
    arrays = parse_arrays(_verified_arrays(folder, manifest), folder / ARRAYS)
    if not is_id(manifest.id) or artefact_id(arrays, manifest.recipe, manifest.features) != manifest.id:
        raise ArtefactCorrupt(f"{folder}: its content is not what the id is a hash of. {RESTORE}")
    return Artefact(folder, manifest, arrays)


def _trusted_manifest(folder: Path, trust: Trust) -> Manifest:
    path, signature = folder / MANIFEST, folder / SIGNATURE
    content = trust.read(path, f"{folder.name}/{MANIFEST}", cap_bytes=MANIFEST_CAP_BYTES, signature=signature)
    try:
        return Manifest.from_bytes(content)
    except ValueError as problem:
        raise ArtefactCorrupt(f"{path}: {problem}. It may be of another version of prankfilter.") from problem


def _verified_arrays(folder: Path, manifest: Manifest) -> bytes:
    """Hold every listed file against its hash; return the bytes of the only one that is used."""
    arrays = read_capped(folder / ARRAYS, FILE_CAPS_BYTES[ARRAYS])
    for name, expected in manifest.files.items():
        path = folder / name
        found = (
            hashlib.sha256(arrays).hexdigest() if name == ARRAYS else sha256_of(path, FILE_CAPS_BYTES[name])
        )
        if found != expected:
            raise ArtefactCorrupt(f"{path}: its SHA-256 is not the one in {MANIFEST}. {RESTORE}")
    return arrays


def parse_arrays(content: bytes, path: Path) -> dict[str, NDArray[Any]]:
    """Read plain arrays from npz bytes, or raise `ArtefactCorrupt`; pickles are refused."""
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
        unpacked_bytes = sum(member.file_size for member in members)
        if len(members) > MOST_ARRAYS or unpacked_bytes > UNPACKED_CAP_BYTES:
            raise ValueError(f"it holds {len(members)} arrays of {unpacked_bytes} bytes, which is too much")
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: np.asarray(archive[name]) for name in archive.files}
    except Exception as problem:
        # Zip, deflate and npy readers have a dozen ways to say that bytes are bad; all mean the same here.
        raise ArtefactCorrupt(f"{path}: {problem}. {RESTORE}") from problem
    for array in arrays.values():
        array.setflags(write=False)
    return arrays
